"""Prompts on which reviewers disagree: what each said, without names until one settles it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st

from dashboard import look
from dashboard._drafts import Said
from dashboard._panel import words
from evalkit.judging.records import Judgement, Prompt
from evalkit.judging.store import Store


def others(store: Store, study: str, prompt: Prompt, names: bool = False) -> None:
    """Show what the reviewers of a prompt said, as A, B and so on, or with their names."""
    said = store.judgements(study, prompt.id)
    who = _in_order(prompt.id, {j.reviewer for j in said if names or not j.adjudicates})
    heads = [f"{name} (settled it)" if _settled(said, name) else name for name in who]
    heads = heads if names else [f"Reviewer {chr(65 + n)}" for n in range(len(who))]
    rows = [
        (f"{number + 1}", *(_mark(said, name, item) for name in who))
        for number, item in enumerate(prompt.results)
    ]
    rows.append(("Comment", *(_comment(said, name) for name in who)))
    caption = "Who said what" if names else "What the others said"
    look.table(["Result", *heads], rows, caption=caption)


def _in_order(prompt: str, names: set[str]) -> list[str]:
    """Return names in an order that says nothing of them and is the same each time."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{prompt}\0{name}".encode()).digest())


def _settled(said: Sequence[Judgement], name: str) -> bool:
    """Return whether a reviewer settled a prompt."""
    return any(j.adjudicates for j in said if j.reviewer == name)


def _mark(said: Sequence[Judgement], name: str, item: str) -> str:
    """Return what a reviewer said of a result."""
    marks = (j.mark for j in said if j.reviewer == name and j.mark.item == item)
    return next((words(Said(m.effective, m.grade, m.error)) for m in marks), "")


def _comment(said: Sequence[Judgement], name: str) -> str:
    """Return the comment of a reviewer."""
    return next((j.comment for j in said if j.reviewer == name and j.comment), "")


def revealed(store: Store, study: str) -> None:
    """Show who said what on the prompt that was settled last, and forget it."""
    prompt = st.session_state.pop("settled", None)
    if prompt is not None:
        st.success("It is settled; your marks count alone.")
        others(store, study, prompt, names=True)

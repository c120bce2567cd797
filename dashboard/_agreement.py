"""How far the reviewers of a study agree: over all, each with the others, and where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import look
from evalkit.judging.agreement import Agreement, ByItem, Figure, agreement, in_words
from evalkit.judging.records import Judgement, Study
from evalkit.judging.store import Store
from evalkit.report.text import DASH, number, one_line, span

QUESTION = "How far do reviewers agree, who stands out, and which results divide them?"
_MOST, _LETTERS = 50, 80


def agreed(store: Store, study: Study) -> None:
    """Show how far reviewers agree; results of prompts that still want judgements stay hidden."""
    look.note(QUESTION)
    said = store.judgements(study.name)
    if not said:
        look.empty("Nobody has judged anything in this study yet, so that nothing can agree.")
        return
    found = _measured(said)
    _coefficients(found)
    _people(found)
    _contested(store, study, found)


@st.cache_data(show_spinner="Measuring agreement", max_entries=8)
def _measured(said: Sequence[Judgement]) -> Agreement:
    """Return how far reviewers agree."""
    return agreement(said)


def _coefficients(found: Agreement) -> None:
    """Show the coefficients of agreement over all results, and what they mean."""
    kinds = {
        "Krippendorff's alpha": found.alpha,
        "Krippendorff's alpha of grades": found.grades,
        "Fleiss' kappa": found.kappa,
        "Gwet's AC1": found.ac1,
        "Raw agreement": found.raw,
    }
    many = (found.judgements, found.results, found.prompts, len(found.reviewers))
    people = "reviewer" if len(found.reviewers) == 1 else "reviewers"
    counts = "{} judgements of {} results of {} prompts by {} " + people
    look.table(
        ("Agreement", "Value (90 % interval)", "Results judged twice or more"),
        [(name, _figure(one), look.count(one.n)) for name, one in kinds.items()],
        caption=counts.format(*map(look.count, many)),
        right="Results judged twice or more",
    )
    look.note(
        f"By Krippendorff's alpha: {in_words(found.alpha.value)}. Alpha and kappa are low where "
        "nearly every result is of one kind, however well reviewers agree; AC1 and raw agreement "
        "are not."
    )


def _people(found: Agreement) -> None:
    """Show each reviewer beside the majority of the others."""
    look.heading("Each reviewer and the majority of the others")
    rows = [
        (one.reviewer, look.count(one.judged), number(one.effective), _figure(one.alpha),
         _figure(one.raw))
        for one in found.reviewers
    ]  # fmt: skip
    names = ("Reviewer", "Judged", "Called effective", "Krippendorff's alpha", "Raw agreement")
    look.table(names, rows, label="Reviewers", right="Judged,Called effective")


def _contested(store: Store, study: Study, found: Agreement) -> None:
    """Show the results on which reviewers differ, the most contested first."""
    look.heading("Most contested results")
    finished = [one for one in found.contested if one.votes >= study.wanted]
    waiting = len(found.contested) - len(finished)
    if waiting:
        look.note(
            f"{look.count(waiting)} more are of prompts that still want judgements; they are not "
            "shown, so that nobody is led by what others said."
        )
    if not finished:
        look.empty("No result with as many judgements as are wanted is contested.")
        return
    look.frame(_frame(store, study, finished[:_MOST]), "contested", key="contested")
    if (more := len(finished) - _MOST) > 0:
        look.note(f"and {look.count(more)} more; `evalkit judge agreement --json` has them all.")


def _frame(store: Store, study: Study, items: Sequence[ByItem]) -> pd.DataFrame:
    """Return contested results as a table: what was asked, what was found, and the votes."""
    words: dict[tuple[str, str, str], str] = {}
    for side, place in (("query", "query"), ("corpus", "item")):
        wanted: dict[str, set[str]] = defaultdict(set)
        for one in items:
            wanted[one.case].add(getattr(one, place))
        for case, ids in wanted.items():
            seen = store.seen(study.name, case, side, sorted(ids))
            words |= {(case, side, key): one.text for key, one in seen.items()}
    return pd.DataFrame(
        {
            "query": _told(words.get((one.case, "query", one.query)), one.query),
            "result": _told(words.get((one.case, "corpus", one.item)), one.item),
            "case": one.case,
            "judgements": one.votes,
            "called effective": one.effective,
            "pairs that agree": one.agreement,
        }
        for one in items
    )


def _told(text: str | None, name: str) -> str:
    """Return a short text of an item, its id where it has none."""
    words = one_line(text or "") or name
    return words if len(words) <= _LETTERS else f"{words[: _LETTERS - 1].rstrip()}…"


def _figure(one: Figure) -> str:
    """Return a coefficient with its interval, a dash where it is not known."""
    if one.value != one.value:
        return DASH
    return f"{number(one.value)} ({span(one.low, one.high) or 'no interval'})"

"""The panel of a reviewer: a query, its results as cards, and a key for every mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import look
from dashboard._drafts import Draft, Said
from dashboard.look import Markup
from evalkit.judging.records import GRADES, ErrorType, Prompt, Seen
from evalkit.judging.store import Store
from evalkit.report.view.pictures import Content

ERRORS: Mapping[ErrorType, tuple[str, str]] = {
    "irrelevant": ("I", "about something else"),
    "missed": ("M", "lacks what was asked for"),
    "contradictory": ("D", "says the opposite"),
    "inconsistent": ("N", "answers now one way, now another"),
}
"""Each error type: its key, and what it means."""
_STYLE = Markup(
    "<style>"
    ".judge-query .item { border-color: var(--accent); }"
    ".judge-results .item.now, .judge-results > div.now > .item { border-color: var(--accent);"
    " box-shadow: 0 0 0 2px var(--accent); }"
    ".judge-results > div { min-width: 0; } .judge-results .item { height: 100%; }"
    ".st-key-marking { position: sticky; top: 3.2rem; z-index: 5; background: var(--paper);"
    " padding: .5rem 0 .6rem; border-bottom: 1px solid var(--line); }"
    "</style>"
)


def shown(store: Store, study: str, prompt: Prompt) -> tuple[Seen, list[Seen]]:
    """Return what is shown of a query and of its results, in the order of the prompt."""
    query = store.seen(study, prompt.case, "query", [prompt.query])
    found = store.seen(study, prompt.case, "corpus", prompt.results)
    nothing = "Nothing of it is kept that could be shown."
    results = [found.get(item, Seen(item, "", nothing)) for item in prompt.results]
    return query.get(prompt.query, Seen(prompt.query, "", nothing)), results


def panel(draft: Draft, query: Seen, results: list[Seen]) -> None:
    """Show a query and its results, and what marks them; the draft takes the marks."""
    look.html(_STYLE)
    one = look.card(_content(query, "Query"), head="Query")
    look.html(Markup('<div class="judge-query items">{}</div>').format(one))
    with st.container(key="marking"):
        _buttons(draft)
    cards = (_card(draft, number, seen) for number, seen in enumerate(results))
    whole = Markup('<div class="judge-results items">{}</div>')
    look.html(whole.format(Markup().join(cards)))


def _content(seen: Seen, name: str) -> Content:
    """Return what is shown as a card takes it; the id of the item is not told."""
    return Content(name, seen.modality, seen.text, (), seen.picture, seen.sound)


def _card(draft: Draft, number: int, seen: Seen) -> Markup:
    """Return a result as a card, the one that is looked at framed."""
    name = f"Result {number + 1}"
    now = number == draft.at
    card = look.card(_content(seen, name), head=f"{name}: {words(draft.of(number))}")
    inside = Markup('<div class="{}"{}>{}</div>')
    current = Markup(' aria-current="true"') if now else Markup()
    return inside.format("now" if now else "", current, card)


def words(said: Said) -> str:
    """Return what is said of a result."""
    if said.effective is None:
        told = "not marked yet"
    else:
        told = "effective" if said.effective else said.error or "not effective"
    return told if said.grade is None else f"{told}, grade {said.grade}"


def _buttons(draft: Draft) -> None:
    """Show the buttons that mark the result that is looked at, each with its key."""
    said, count = draft.of(draft.at), len(draft.results)
    left = len(draft.unmarked())
    rest = f"{left} of {count} are left to mark" if left else "all are marked: save them"
    told = f"Result {draft.at + 1}: {words(said)}; {rest}."
    look.html(Markup('<p class="note" role="status">{}</p>').format(told))
    with st.container(horizontal=True):
        _key("Effective", "E", draft.mark, True, on=said.effective is True)
        wrong = said.effective is False and not said.error
        _key("Not effective", "X", draft.mark, False, on=wrong)
        for error, (key, meaning) in ERRORS.items():
            on = said.error == error
            _key(error.capitalize(), key, draft.mark, False, error, on=on, help_=meaning)
    with st.container(horizontal=True):
        for grade, meaning in GRADES.items():
            on = said.grade == grade
            _key(f"Grade {grade}", str(grade), draft.grade, grade, on=on, help_=meaning)
        _key("Previous", "K", draft.go, draft.at - 1)
        _key("Next", "J", draft.go, draft.at + 1)


def _key(
    label: str,
    key: str,
    work: Callable[..., None],
    *args: object,
    on: bool = False,
    help_: str = "",
) -> None:
    """Show a button that works by a key; on: it stands for what is said already."""
    st.button(
        label,
        key=f"mark-{key}",
        shortcut=key,
        on_click=work,
        args=args,
        type="primary" if on else "secondary",
        help=help_ or None,
    )

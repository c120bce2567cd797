"""Data: what a run was measured on, and what of it can be looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import links, look, runs
from evalkit.archive import CaseFacts, Opened
from evalkit.core.items import Card
from evalkit.core.results import CLEAN
from evalkit.report.text import DASH
from evalkit.report.view.notes import Data, notes
from evalkit.report.view.overview import skipped
from evalkit.report.view.pictures import contents

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "Data"
QUESTION = "What was this measured on: which queries and items, how many of what, judged how?"
_SHOWN = 12
_SIDES = {"query": "Queries", "corpus": "Items"}
_VALUES = 12


def page() -> None:
    """Show the data sets of a run."""
    opened = runs.chosen()
    known = {data.card.name or data.cases[0].dataset: data for data in notes(opened.run).data}
    if not known:
        look.empty("This run has no case, so that it was measured on nothing.")
        return
    left, right = st.columns(2)
    data = known[links.choice("Data set", list(known), "data", where=left)]
    cases = {case.name: case for case in data.cases}
    case = cases[links.choice("Case", list(cases), "case", where=right)]
    _card(data)
    _amounts(opened, case)
    _lost(opened, case)
    _tags(opened, case)
    _judgements(opened, case)
    _samples(opened, case)


def _card(data: Data) -> None:
    """Show what a data set says of itself."""
    card: Card = data.card
    look.heading(card.name or data.cases[0].dataset)
    if card.about:
        look.note(card.about)
    else:
        look.note("This data set says nothing of itself: it has no card.")
    look.facts(
        [
            ("Licence", card.licence), ("Source", card.source),
            ("Languages", ", ".join(card.languages)), ("Modalities", ", ".join(card.modalities)),
            ("Groups", ", ".join(card.groups)), ("Ground truth", card.ground_truth),
            ("Limits", look.listed(card.limits)),
            ("Fingerprint", data.cases[0].fingerprint),
        ]
    )  # fmt: skip


def _amounts(opened: Opened, case: CaseFacts) -> None:
    """Show how much a case embeds, and how many inputs there are of each modality."""
    look.heading("How much")
    look.facts(
        [
            ("Task", case.task), ("Queries", look.count(case.queries)),
            ("Items", look.count(case.corpus)), ("Similarity", case.similarity),
            ("Relevant from grade", str(case.relevant)),
            ("Searched", f"{look.count(case.depth)} deep, {look.count(case.keep)} stored"),
        ]
    )  # fmt: skip
    found = _known(str(opened.folder), runs.stamp(opened.folder), case.name)
    rows = [
        (_SIDES.get(side, side), kind, look.count(count), _whole(case, side, kind))
        for (side, kind), count in found.modalities.items()
    ]
    columns = ("Side", "Modality", "Stored for looking at", "In the case")
    look.table(columns, rows, label="Modalities", right=",".join(columns[2:]))


def _whole(case: CaseFacts, side: str, kind: str) -> str:
    """Return how many inputs of a modality the case has, a dash where that is not stored."""
    if side == "corpus":
        known = case.corpus_counts.get(kind)
        alone = case.corpus if case.corpus_modalities == (kind,) else None
        count = known if known is not None else alone
    else:
        count = case.queries if case.query_modalities == (kind,) else None
    return DASH if count is None else look.count(count)


def _lost(opened: Opened, case: CaseFacts) -> None:
    """Show which inputs of a case, as they are, could not be used, and why."""
    rows = [
        (
            _SIDES.get(row.side, row.side), row.kind, look.count(row.count), row.model or "every",
            "; ".join(f"{item} {why}".strip() for item, why in row.examples),
        )
        for row in skipped(opened.run).lost
        if row.case == case.name and row.probe == CLEAN
    ]  # fmt: skip
    if rows:
        look.heading("What could not be used")
        columns = ("Side", "What", "Inputs", "Model", "The first of them")
        look.table(columns, rows, label="Inputs that could not be used", right="Inputs")


class _Known:
    """What the stored inputs of a case say of themselves: how many have which modality and tag."""

    def __init__(self, rows: pa.Table) -> None:
        import pyarrow.compute as pc

        self.modalities: dict[tuple[str, str], int] = {}
        self.tags: dict[tuple[str, str], Counter[str]] = {}
        for side in _SIDES:
            mine = rows.filter(pc.equal(rows["side"], side))
            for found in pc.value_counts(mine["modality"]).to_pylist():
                self.modalities[side, found["values"]] = found["counts"]
            for found in pc.value_counts(mine["tags"]).to_pylist():
                self._count(side, found["values"], found["counts"])

    def _count(self, side: str, text: str, times: int) -> None:
        """Count the values of the tags of inputs that are alike in them."""
        tags: Mapping[str, Any] = json.loads(text or "{}")
        for name, values in tags.items():
            counted = self.tags.setdefault((side, name), Counter())
            counted.update(dict.fromkeys(map(str, values), times))


@st.cache_resource(show_spinner=False, max_entries=32)
def _known(folder: str, stamp: tuple[int, int], case: str) -> _Known:
    """Return what a case's stored inputs say of themselves; no text or picture is read."""
    opened = runs.opened_at(folder, stamp)
    return _Known(opened.rows("items", ("side", "modality", "tags"), {"case": case}))


def _tags(opened: Opened, case: CaseFacts) -> None:
    """Show the tags of a case with their commonest values."""
    found = _known(str(opened.folder), runs.stamp(opened.folder), case.name).tags
    if not found:
        return
    look.heading("Tags")
    rows = [
        (_SIDES[side], name, look.count(len(values)), _commonest(values))
        for (side, name), values in found.items()
    ]
    columns = ("Side", "Tag", "Values", "How often")
    look.table(columns, rows, label="Tags", right="Values", whole=("Side", "Tag"))


def _commonest(values: Counter[str]) -> str:
    """Return the commonest values of a tag with how often each occurs."""
    shown = ", ".join(f"{value} {look.count(many)}" for value, many in values.most_common(_VALUES))
    more = len(values) - _VALUES
    return f"{shown} and {look.count(more)} more" if more > 0 else shown


def _judgements(opened: Opened, case: CaseFacts) -> None:
    """Show how many judgements there are of each grade, and for how many queries."""
    look.heading("Judgements")
    if case.truth != "grades":
        look.note(f"This case compares with {case.truth}; it has no graded judgements.")
        return
    grades, queries = _graded(str(opened.folder), runs.stamp(opened.folder), case.name)
    if not grades:
        look.note("No judgement is stored.")
        return
    total = sum(grades.values())
    each = f" ({total / queries:.1f} each)" if queries else ""
    look.note(f"{look.count(total)} judgements of {look.count(queries)} queries{each}.")
    shown = [
        (grade, "relevant" if grade >= case.relevant else "not relevant", n, n / total)
        for grade, n in sorted(grades.items(), reverse=True)
    ]
    frame = pd.DataFrame(shown, columns=["grade", "counts as", "judgements", "share"])
    look.frame(frame, f"judgements-{case.name}", key="grades")


@st.cache_data(show_spinner=False, max_entries=32)
def _graded(folder: str, stamp: tuple[int, int], case: str) -> tuple[dict[int, int], int]:
    """Return how many judgements have each grade, and of how many queries they are."""
    import pyarrow.compute as pc

    rows = runs.opened_at(folder, stamp).rows("judgements", ("query", "grade"), {"case": case})
    counts = pc.value_counts(rows["grade"]).to_pylist()
    return {c["values"]: c["counts"] for c in counts}, pc.count_distinct(rows["query"]).as_py()


# --- samples ------------------------------------------------------------------------------------


def _samples(opened: Opened, case: CaseFacts) -> None:
    """Show some queries or items as cards, a page at a time."""
    look.heading("What it looks like")
    found = _known(str(opened.folder), runs.stamp(opened.folder), case.name).modalities
    sides = [words for side, words in _SIDES.items() if any(s == side for s, _ in found)]
    if not sides:
        look.empty("The run stores no input to look at.")
        return
    left, right = st.columns([2, 1])
    words = links.choice("Show", sides, "side", where=left)
    side = next(key for key, value in _SIDES.items() if value == words)
    ids = _ids(str(opened.folder), runs.stamp(opened.folder), case.name, side)
    last = max(1, -(-len(ids) // _SHOWN))
    at = _page_of(last, right)
    shown = ids[(at - 1) * _SHOWN : at * _SHOWN]
    rows = opened.rows("items", where={"case": case.name, "side": side, "id": list(shown)})
    made = contents(rows, case.name, side, shown)
    look.note(f"{look.count(len(ids))} {words.lower()}, page {at} of {last}.")
    look.cards([made[name] for name in shown])


def _page_of(last: int, where: Any) -> int:
    """Return which page is looked at, from the address or a box that changes it."""
    asked = links.get("page", default="1")
    now = min(max(int(asked), 1), last) if asked.isdecimal() else 1
    if last == 1:
        return now
    st.session_state["data-page"] = now

    def keep() -> None:
        links.put(page=st.session_state["data-page"])

    found = where.number_input(f"Page of {last}", 1, last, key="data-page", on_change=keep)
    return int(found)


@st.cache_data(show_spinner=False, max_entries=16)
def _ids(folder: str, stamp: tuple[int, int], case: str, side: str) -> Sequence[str]:
    """Return the ids of one side of a case; nothing else of it is read."""
    opened = runs.opened_at(folder, stamp)
    ids: list[str] = opened.rows("items", ("id",), {"case": case, "side": side})["id"].to_pylist()
    return ids

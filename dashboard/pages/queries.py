"""Queries: found by words, tag, group, rank and error; one of them at every size, in full."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import _place, _results, links, look, runs
from evalkit.archive import CaseFacts, Opened
from evalkit.core.results import CLEAN, Cell
from evalkit.report.text import one_line
from evalkit.report.view.lists import Answers, Variant, losses_of
from evalkit.report.view.pictures import Content
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.search import RANKS, Hit, Index, Page, Wanted, index

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "Queries"
QUESTION = "Which queries go wrong, what did each of them find at every size, and what did it miss?"
_ANY, _MANY = "any", 200
_DATA = "the order of the data"


def page() -> None:
    """Show the queries that the address asks for, and one of them in full."""
    opened = runs.chosen()
    case, model, size, probe = st.columns(4)
    scope = _place.case_of(opened.run, case)
    series = _place.series_of(scope, model)
    dim = _place.size_of(scope, series, size)
    cell = scope.cell(series, dim, _place.probe_of(scope, probe))
    if not scope.facts.queries:
        look.empty(
            f"The case {scope.facts.name} has no queries: its task, {scope.facts.task}, compares "
            "items with each other. Its worst items stand in the report of the run."
        )
        return
    known = _index(_place.stamp(opened), cell)
    wanted = _wanted(scope, known)
    found = known.page(wanted, _number((cell, wanted)))
    _found(known, found, wanted)
    query = _picked(found, known)
    if query:
        _query(opened, scope, series, cell, query)


@st.cache_resource(show_spinner="Reading the queries", max_entries=8)
def _index(stamp: tuple[str, int], cell: Cell) -> Index:
    """Return the queries of a case as they are searched in a cell; no media are read."""
    opened = runs.opened(Path(stamp[0]))
    facts = next(case for case in opened.run.cases if case.name == cell.case)
    where = {"case": cell.case, "side": "query"}
    columns = ("metric", "column", "unit", "value", "eligible")
    return index(
        facts,
        cell,
        opened.rows("items", ("id", "modality", "text", "tags"), where),
        _place.of_cell(opened, "scores", cell, columns),
        _good(opened, facts, cell),
        opened.run.lost,
        {m.name: m.better for m in opened.run.metrics},
    )


def _good(opened: Opened, facts: CaseFacts, cell: Cell) -> pa.Table:
    """Return the relevant results of a cell, of which the file holds more that are not."""
    import pyarrow.compute as pc

    if facts.truth != "grades":
        return opened.run.rankings
    judged = opened.rows("judgements", ("grade",), {"case": facts.name})
    highest = pc.max(judged["grade"]).as_py() or 0
    grades = list(range(max(facts.relevant, 1), max(highest, facts.relevant, 1) + 1))
    return _place.of_cell(opened, "rankings", cell, ("query", "rank", "grade"), grade=grades)


# --- what is wanted -----------------------------------------------------------------------------


def _wanted(scope: Scope, known: Index) -> Wanted:
    """Return which queries the address asks for, from boxes of what there is to choose from."""
    words = _words()
    tags = known.tags
    groups = [g for g in scope.facts.groups if "*" in g or g in tags]
    few = [name for name, values in tags.items() if len(values) <= _MANY]
    names = [*groups, *(name for name in few if name not in groups)]
    tag, *boxes = st.columns(5 if links.get("tag") in names else 4)
    rank, error, lost = boxes[-3:]
    by = links.choice("Tag or group", (_ANY, *names), "tag", where=tag)
    among = known.crossed(by) if by != _ANY else Counter[str]()
    offered = sorted(value for value, _ in among.most_common(_MANY))
    has = _box(boxes[0], "Its value", offered, "value", among) if among else ""
    placed = [name for name in RANKS if (known.first >= 0).any()]
    return Wanted(
        words=words,
        tag="" if by == _ANY else by,
        value=has,
        rank=_box(rank, "First relevant at rank", placed, "rank"),
        error=_box(error, "Error", known.errors, "error"),
        lost=_box(lost, "Lost", list(known.lost), "lost"),
        **_order(scope, known),
    )


def _words() -> str:
    """Return the words to search for, from a field that follows the address."""
    st.session_state["words"] = links.get("words")

    def keep() -> None:
        links.put(words=st.session_state["words"] or None, page=None)

    return st.text_input(
        "Words in the query or its id", key="words", on_change=keep, placeholder="all queries"
    )


def _box(
    where: Any,
    label: str,
    options: Sequence[str],
    key: str,
    counts: Mapping[str, int] | None = None,
) -> str:
    """Return what is chosen of some options, "" for any; without options nothing is asked."""
    if not options:
        return ""

    def show(one: str) -> str:
        return one_line(f"{one} ({look.count(counts[one])})" if counts and one in counts else one)

    found = links.choice(label, (_ANY, *options), key, show=show, where=where)
    return "" if found == _ANY else found


def _order(scope: Scope, known: Index) -> dict[str, Any]:
    """Return by what the queries are put in order."""
    sort, way = st.columns(2)
    metrics = [m for m in scope.facts.metrics if m in known.scores]
    default = scope.primary if scope.primary in metrics else None
    by = links.choice("In order of", (*metrics, _DATA), "sort", default=default, where=sort)
    first = links.choice("First", ("the worst", "the best"), "order", where=way)
    return {"sort": "" if by == _DATA else by, "worst": first == "the worst"}


def _number(asked: tuple[Cell, Wanted]) -> int:
    """Return the number of the page that the address names, the first where other are asked for."""
    before = st.session_state.get("asked")
    st.session_state["asked"] = asked
    if before not in (None, asked):
        links.put(page=None)
    number = links.get("page", default="1")
    return int(number) if number.isdecimal() else 1


# --- what is found ------------------------------------------------------------------------------


def _found(known: Index, found: Page, wanted: Wanted) -> None:
    """Show one page of the queries found, and the way to the others."""
    if not found.total:
        look.empty(
            f"None of the {look.count(len(known))} queries is like that. "
            "Take a condition away, or search for fewer words."
        )
        return
    first, last = found.span
    told = look.Markup('<p class="note" role="status">{} of {} queries; {} to {} are shown.</p>')
    look.html(told.format(*map(look.count, (found.total, len(known), first, last))))
    _table(found.hits, wanted.sort)
    _turn(found)


def _table(hits: Sequence[Hit], metric: str) -> None:
    """Show queries as a table of which a row can be picked, without columns that are all empty."""
    rows = [_row(hit, metric) for hit in hits]
    data = pd.DataFrame(rows)[[name for name in rows[0] if any(row[name] != "" for row in rows)]]
    ids = [hit.id for hit in hits]

    def pick() -> None:
        rows = st.session_state["found"].selection.rows
        if rows:
            links.put(query=ids[rows[0]])

    shown = {metric: st.column_config.NumberColumn(format="%.3f")} if metric else {}
    look.frame(
        data, "queries", key="found", on_select=pick, selection_mode="single-row",
        column_config=shown,
    )  # fmt: skip


def _row(hit: Hit, metric: str) -> dict[str, object]:
    """Return a query as a row of the table."""
    score = {metric: hit.score} if metric else {}
    return {
        "query": hit.text,
        "id": hit.id,
        **score,
        "first relevant at": _results.rank(hit.first, hit.judged),
        "errors": ", ".join(hit.errors),
        "lost": ", ".join(hit.lost),
        "tags": hit.tags,
    }


def _turn(found: Page) -> None:
    """Show the way to the page before and after this one."""
    if found.pages < 2:
        return
    number = found.number
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Earlier", disabled=number == 1, on_click=_go, args=(number - 1,))
        st.text(f"page {number} of {look.count(found.pages)}", width="content")
        st.button("Later", disabled=number == found.pages, on_click=_go, args=(number + 1,))


def _go(number: int) -> None:
    """Turn to a page."""
    links.put(page=number)


def _picked(found: Page, known: Index) -> str:
    """Return the query to show in full: the one that the address names, else the first one."""
    named = links.get("query")
    ids = [hit.id for hit in found.hits]
    if named and not known.has(named):
        look.problem(f"This case has no query '{named}'; it may be of another case or run.")
        named = ""
    options = ids if named in ids or not named else [named, *ids]
    if not options:
        return ""
    texts = {hit.id: hit.text for hit in found.hits}

    def show(one: str) -> str:
        return one_line(f"{one}: {texts[one]}" if texts.get(one) else one)

    return links.choice("Query to look at", options, "query", show=show)


# --- one query ----------------------------------------------------------------------------------


def _query(opened: Opened, scope: Scope, series: Series, cell: Cell, query: str) -> None:
    """Show one query: its scores and lists at every size, and what probes make of it."""
    facts = scope.facts
    look.heading("One query")
    asked = _place.shown(opened, facts.name, "query", [query]).get(query, Content(query))
    look.cards([asked])
    for one in losses_of(opened.run.lost, facts.name, query):
        if one.probe == CLEAN:
            look.problem(f"{one.kind} on {one.model or 'every model'}: {one.reason}")
    answers = _results.answers(opened, facts, query)
    _sizes(scope, series, answers, cell.probe)
    if facts.probes:
        _probes(opened, scope, answers, cell, query)


def _sizes(scope: Scope, series: Series, answers: Answers, probe: str) -> None:
    """Show what the query found at every size, side by side."""
    judged = scope.facts.truth == "grades"
    dims = scope.measured_dims(series)
    found = [answers.found(scope.cell(series, dim, probe)) for dim in dims]
    metrics = [m for m in scope.facts.metrics if any(m in one.scores for one in found)]
    rows = [
        ("first relevant result at rank", *(_results.rank(one.first, judged) for one in found)),
        *((m, *(_results.score(one.scores.get(m, math.nan)) for one in found)) for m in metrics),
    ]
    sizes = [f"at {dim}" for dim in dims]
    under = "" if probe == CLEAN else f", under {probe}"
    look.table(("", *sizes), rows, caption=f"{series}{under}", right=",".join(sizes))
    for part, dim, one in zip(st.columns(len(dims)), dims, found, strict=True):
        with part:
            _results.subheading(f"at {dim}")
            _results.results(one, judged)


def _probes(opened: Opened, scope: Scope, answers: Answers, cell: Cell, query: str) -> None:
    """Show what every probe made of the query, and the lists of one beside the clean ones."""
    facts, judged = scope.facts, scope.facts.truth == "grades"
    look.heading("Under probes")
    clean = Cell(cell.case, cell.model, cell.system, CLEAN, cell.dim)
    examples = opened.run.examples
    if examples.column_names:
        examples = opened.rows("examples", where={"case": facts.name, "item": query})
    lost = losses_of(opened.run.lost, facts.name, query)
    metric = _place.metric_facts(opened.run)[scope.primary]
    found = list(answers.variants(clean, metric, examples, lost))
    rows = [(v.label.text, *_variant(v, metric.name, judged)) for v in found]
    head = ("probe", "the query became", metric.name, "drop", "first relevant at", "note")
    look.table(head, rows, caption=f"{cell.model} at {cell.dim}", right=f"{metric.name},drop")
    look.note(
        "Of one example a run keeps what the probe made of it, of every query what it found then. "
        "A positive drop is worse than on clean input."
    )
    chosen = links.choice("Results under", [v.label.text for v in found], "under")
    changed = next(v for v in found if v.label.text == chosen)
    left, right = st.columns(2)
    for part, name, one in ((left, CLEAN, answers.found(clean)), (right, chosen, changed.found)):
        with part:
            _results.subheading(name)
            _results.results(one, judged)


def _variant(variant: Variant, metric: str, judged: bool) -> tuple[object, ...]:
    """Return what a probe made of a query, as the rest of its row."""
    found = variant.found
    return (
        _became(variant.text, variant.picture),
        _results.score(found.scores.get(metric, math.nan)),
        _results.score(variant.drop),
        _results.rank(found.first, judged),
        variant.why,
    )


def _became(text: str, picture: bytes | None) -> look.Markup:
    """Return what a probe made of a query, where that is stored."""
    if picture:
        img = look.Markup('<img src="{}" alt="the query as the probe changed it" width="112">')
        return img.format(look.address(picture))
    return look.esc(text or "–")

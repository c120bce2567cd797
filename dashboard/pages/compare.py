"""Compare: two or more runs, models, sizes or systems, on the same queries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import _place, _results, links, look, runs
from dashboard._sides import Pair, Side, differences, tallies
from evalkit.archive import Head, Opened
from evalkit.core.errors import EvalkitError
from evalkit.core.results import Cell, Estimate
from evalkit.report.text import number, one_line
from evalkit.report.view.comparison import Changed, Tally, told_apart
from evalkit.report.view.scope import Scope, scopes

TITLE = "Compare"
QUESTION = (
    "Is one run, model, size or system better than another on the same queries, "
    "and which queries changed most?"
)
_MOST = 10
_OF = ("runs", "models", "sizes", "systems")
_SIGNS = {
    "regression": "Before minus after: a positive number is a loss since then.",
    "loss": "The size compared with minus this one: a positive number is a loss.",
    "advantage": "This one minus the one compared with: a positive number is a gain.",
}
_NOTE = (
    " Behind a difference stands its 90 % interval, from the same queries drawn again. Wins, ties "
    "and losses count the queries on which this one is better, as good or worse; p is of the "
    "paired sign-flip test."
)
_PLAIN = ("before", "after")
_COLUMNS = ("difference", "which is", "wins / ties / losses", "n", "p")
_WORDS = {
    "better": "better ▲", "worse": "worse ▼", "not told apart": "not told apart", "": "–",
}  # fmt: skip


def page() -> None:
    """Show the comparison that the address asks for."""
    opened = runs.chosen()
    kind, case, model, system, size, probe = st.columns(6)
    of = links.choice("Compare", _OF, "of", default=_usual(opened), where=kind)
    scope = _place.case_of(opened.run, case)
    base = _base(scope, of, (model, system, size), _place.probe_of(scope, probe))
    pairs = _pairs(opened, scope, of, base)
    if pairs:
        _numbers(scope, pairs)
        _changes(scope, pairs)


def _usual(opened: Opened) -> str:
    """Return what is compared where the address does not say: what this run has several of."""
    found = scopes(opened.run)
    if any(len({s.model for s in scope.series}) > 1 for scope in found):
        return "models"
    return "sizes" if any(len(s.dims) > 1 for s in found) else "runs"


def _base(scope: Scope, of: str, where: Sequence[Any], probe: str) -> Cell:
    """Return the cell that the address names; what is compared is left out of the boxes."""
    model, system, size = where
    models = list(dict.fromkeys(s.model for s in scope.series))
    one = models[0] if of == "models" else links.choice("Model", models, "model", where=model)
    mine = [s for s in scope.series if of == "models" or s.model == one]
    systems = list(dict.fromkeys(s.system for s in mine))
    way = systems[0] if of == "systems" else links.choice("System", systems, "system", where=system)
    dims = sorted(
        {dim for s in mine if s.system == way for dim in scope.measured_dims(s)}, reverse=True
    )
    dim = dims[0] if of == "sizes" else int(links.choice("Vector size", dims, "at", where=size))
    return Cell(scope.facts.name, one, way, probe, dim)


# --- what is compared ---------------------------------------------------------------------------


def _pairs(opened: Opened, scope: Scope, of: str, base: Cell) -> list[Pair]:
    """Return what is compared with what, as the address says."""
    if of == "runs":
        return _with_runs(opened, base)
    field = {"models": "model", "sizes": "dim", "systems": "system"}[of]
    found = _measured(scope, base, field)
    options = [str(getattr(cell, field)) for cell in found]
    if len(options) < 2:
        look.empty(
            f"This case has one of the {of} alone under these choices, and nothing to compare it "
            f"with. Choose another case, or put more {of} into the suite."
        )
        return []
    first = links.choice("Compared with", options, "base")
    rest = [one for one in options if one != first]
    chosen = _place.several(f"The {of} compared", rest, "with", rest[:3])
    sides = {name: Side(name, opened, cell) for name, cell in zip(options, found, strict=True)}
    if not chosen:
        look.empty(f"Choose one or more of the {of} to compare with {first}.")
    return [Pair(sides[first], sides[name]) for name in chosen]


def _measured(scope: Scope, base: Cell, field: str) -> list[Cell]:
    """Return the cells that differ from one in a field alone, in the order of the run."""
    kept = {replace(c, **{field: getattr(base, field)}): None for c in scope.cells}
    if base not in kept:
        return []
    found = [c for c in scope.cells if replace(c, **{field: getattr(base, field)}) == base]
    return sorted(found, key=lambda c: -c.dim) if field == "dim" else found


def _with_runs(opened: Opened, base: Cell) -> list[Pair]:
    """Return earlier runs that are compared with the chosen one, on a cell."""
    others = {
        runs.name(head): head
        for head in runs.heads()
        if not head.problem and head.folder != opened.folder
    }
    if not others:
        look.empty("There is no other run to compare with. Run the suite again, then come back.")
        return []
    own = opened.folder.parent.name
    called = _called(others)
    same = [name for name in others if name.startswith(f"{own}/")]
    chosen = _place.several(
        "Compared with the runs", [*same, *(n for n in others if n not in same)], "with", same[:1],
        called.__getitem__,
    )  # fmt: skip
    if not chosen:
        look.empty("Choose one or more runs to compare with.")
    after = Side(f"this run, {runs.short(opened.run.created)},", opened, base)
    return [Pair(Side(called[n], runs.opened(others[n].folder), base), after) for n in chosen]


def _called(others: Mapping[str, Head]) -> dict[str, str]:
    """Return what runs are called: suite and time, with the run's own letters where two share it.

    others: name -> head.
    """
    often = Counter(map(runs.said, others.values()))
    return {
        name: said if often[said := runs.said(head)] == 1 else f"{said} ({head.id[-6:]})"
        for name, head in others.items()
    }


# --- the numbers --------------------------------------------------------------------------------


def _numbers(scope: Scope, pairs: Sequence[Pair]) -> None:
    """Show the differences of every pair, what they mean, and all of them as a download."""
    kinds, made = set(), []
    for pair in pairs:
        look.heading(_title(pair))
        try:
            found = {e.metric: e for e in differences(pair)}
            counts = tallies(pair, _MOST)
        except EvalkitError as e:
            look.problem(str(e))
            continue
        rows = [_row(pair, found[m], counts.get(m)) for m in scope.facts.metrics if m in found]
        head = ("metric", *_sides(pair), *_COLUMNS)
        look.table(
            head, rows, caption=str(pair.second.cell), right=",".join((*head[1:4], "n", "p"))
        )
        kinds |= {e.kind for e in found.values()}
        made += [(pair.second.name, pair.first.name, *row) for row in rows]
    if made:
        look.note(" ".join(_SIGNS[kind] for kind in sorted(kinds)) + _NOTE)
        data = pd.DataFrame(made, columns=["this", "compared with", "metric", *_PLAIN, *_COLUMNS])
        st.download_button(
            "Download as CSV", look.csv(data), "comparison.csv", "text/csv", key="csv-comparison",
            on_click="ignore", type="tertiary",
        )  # fmt: skip


def _title(pair: Pair) -> str:
    """Return what is compared with what."""
    words = f"{pair.second.name} against {pair.first.name}"
    return words[0].upper() + words[1:]


def _sides(pair: Pair) -> tuple[str, str]:
    """Return how the columns of the two sides are headed."""
    return _PLAIN if pair.runs else (pair.first.name, pair.second.name)


def _row(pair: Pair, made: Estimate, count: Tally | None) -> tuple[object, ...]:
    """Return one metric of the table."""
    first, second = (_value(side, made.metric) for side in (pair.first, pair.second))
    shares = f"{count.wins} / {count.ties} / {count.losses}" if count else "–"
    told = _WORDS[told_apart(made)]
    p = f"{made.p:.4f}" if math.isfinite(made.p) else number(made.p)
    return made.metric, first, second, look.number(made), told, shares, made.n, p


def _value(side: Side, metric: str) -> str:
    """Return the value of a metric on a side, as its run stores it; the pair has the interval."""
    mine = (e for e in side.opened.run.estimates if e.kind == "value" and e.cell == side.cell)
    found = next((e for e in mine if e.metric == metric and not e.group), None)
    return number(found.value) if found else number(math.nan)


# --- the queries that changed most --------------------------------------------------------------


def _changes(scope: Scope, pairs: Sequence[Pair]) -> None:
    """Show the queries that changed most on a metric, and one of them in full."""
    look.heading("Queries that changed most")
    which, what, way = st.columns(3)
    titles = {_title(pair): pair for pair in pairs}
    pair = titles[links.choice("Between", list(titles), "pair", where=which)]
    try:
        counts = tallies(pair, _MOST)
    except EvalkitError as e:
        look.problem(str(e))
        return
    metrics = [m for m in scope.facts.metrics if m in counts]
    if not metrics:
        look.empty("No metric of this case scores single queries on both sides.")
        return
    metric = links.choice("On the metric", metrics, "metric", default=scope.primary, where=what)
    turn = links.choice("Which", ("lost most", "gained most"), "which", where=way)
    found = counts[metric].lost if turn == "lost most" else counts[metric].gained
    if not found:
        look.empty(f"No query {turn.split()[0]} anything on {metric} here.")
        return
    _listed(scope, pair, metric, found)


def _listed(scope: Scope, pair: Pair, metric: str, found: Sequence[Changed]) -> None:
    """Show some changed queries in a table, and the one that the address names in full."""
    side = "query" if scope.facts.queries else "corpus"
    ids = [one.unit for one in found]
    texts = _place.shown(pair.second.opened, scope.facts.name, side, ids)
    rows = [
        (texts[one.unit].text if one.unit in texts else "", one.unit, number(one.first),
         number(one.second), f"{one.by:+.3f}".replace("-", "−"))
        for one in found
    ]  # fmt: skip
    head = ("query", "id", *_sides(pair), "gain")
    look.table(head, rows, caption=metric, right=f"{head[2]},{head[3]},gain")
    if not scope.facts.queries:
        return

    def said(name: str) -> str:
        return one_line(texts[name].text or name) if name in texts else name

    query = links.choice("Show the results of", ids, "query", show=said)
    if query in texts:
        look.cards([texts[query]])
    left, right = st.columns(2)
    for part, one in ((left, pair.first), (right, pair.second)):
        with part:
            _results.subheading(one.name)
            _list(scope, one, query)
    address = links.link("queries", run=links.get("run"), case=scope.facts.name, query=query)
    look.note(look.anchor(address, "This query at every size and under every probe"))


def _list(scope: Scope, side: Side, query: str) -> None:
    """Show the result list of a query on a side."""
    answers = _results.answers(side.opened, scope.facts, query)
    _results.results(answers.found(side.cell), scope.facts.truth == "grades")

"""Queries whose results changed most: under probes, and since an earlier run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from evalkit.archive import Moved, Run
from evalkit.core.results import CLEAN, Cell
from evalkit.report.view.comparison import tally
from evalkit.report.view.lists import Answers
from evalkit.report.view.lowest import of_cell
from evalkit.report.view.pictures import Album, Content, contents
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.worst import Result

if TYPE_CHECKING:
    import pyarrow as pa

_MOST, _LEAST, _IN_ALL = 6, 2, 36
_TOP = 5
_SHARE = 0.4
"""Of the room for pictures and sounds that the worst queries have."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a query found at one time: its score and its first results."""

    words: str
    score: float
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class MovedQuery:
    """A query with what it found before and after; the score's change is the reason it is here."""

    query: Content
    before: Look
    after: Look


@dataclass(frozen=True, slots=True)
class MovedQueries:
    """The queries of a series that changed most at its widest size, by one metric.

    why: `probes` or `since`. ranked: whether anything was found for them. judged: whether the case
    has judgements. worse, scored: under probes how many of the scored pairs of a query and a probe
    have a worse score than on clean input; 0 for an earlier run.
    """

    case: str
    series: Series
    dim: int
    metric: str
    why: str
    ranked: bool
    judged: bool
    worse: int
    scored: int
    queries: tuple[MovedQuery, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A unit with the cells and scores to show side by side; results: those of then, by id."""

    unit: str
    cells: tuple[Cell, Cell]
    scores: tuple[float, float]
    words: tuple[str, str]
    results: tuple[str, ...] | None = None


def moved(run: Run, scopes: Sequence[Scope]) -> Iterator[MovedQueries]:
    """Yield the queries that changed most since an earlier run, then those under probes."""
    since = _since(run, scopes)
    probed = [(scope, series) for scope in scopes for series in scope.series]
    count = min(_MOST, max(_LEAST, _IN_ALL // max(len(probed), 1)))
    album = Album(len(since) + len(probed), _SHARE)
    for scope, series, metric, pairs in since:
        yield _shown(run, scope, series, metric, "since", pairs[:count], album)
    better = {m.name: m.better for m in run.metrics}
    for scope, series in probed:
        pairs, metric, worse, scored = _under_probes(run, scope, series, better, count)
        if pairs:
            yield _shown(run, scope, series, metric, "probes", pairs, album, worse, scored)


def _since(run: Run, scopes: Sequence[Scope]) -> list[tuple[Scope, Series, str, list[_Pair]]]:
    """Return the queries that changed since an earlier run, a case and series at a time."""
    known = {scope.facts.name: scope for scope in scopes}
    rows = run.since.moved if run.since else ()
    found = []
    for (cell, metric), some in groupby(rows, lambda m: (m.cell, m.metric)):
        if cell.case in known:
            series = Series(cell.model, cell.system)
            found.append((known[cell.case], series, metric, [_then(m) for m in some]))
    return found


def _then(one: Moved) -> _Pair:
    """Return a query of an earlier run beside itself now."""
    words, scores = ("Then", "Now"), (one.before, one.after)
    return _Pair(one.unit, (one.cell, one.cell), scores, words, one.results)


def _under_probes(
    run: Run, scope: Scope, series: Series, better: Mapping[str, str], count: int
) -> tuple[list[_Pair], str, int, int]:
    """Return the queries that lost most under any probe, each under the worst one for it."""
    widest = scope.widest(series)
    cells = [
        c
        for c in scope.cells
        if c.probe != CLEAN and c.dim == widest and Series(c.model, c.system) == series
    ]
    clean = scope.cell(series, widest)
    whole = of_cell(run.scores, clean) if cells else run.scores.slice(0, 0)
    for metric in scope.metrics() if cells else ():
        found, worse, scored = [], 0, 0
        for cell in cells:
            one = tally(whole, of_cell(run.scores, cell), metric, better.get(metric, "high"), count)
            if one is not None:
                found += [(c.by, c.unit, cell, c.first, c.second) for c in one.lost]
                worse, scored = worse + one.losses, scored + one.units
        if scored:
            return list(_first_of_each(clean, found, count)), metric, worse, scored
    return [], "", 0, 0


def _first_of_each(
    clean: Cell, found: Iterable[tuple[float, str, Cell, float, float]], count: int
) -> Iterator[_Pair]:
    """Yield the units that lost most, each once, the largest loss first."""
    seen: dict[str, None] = {}
    for _, unit, cell, before, after in sorted(found):
        if unit not in seen and len(seen) < count:
            seen[unit] = None
            words = ("As asked", f"Under {cell.probe}")
            yield _Pair(unit, (clean, cell), (before, after), words)


def _shown(
    run: Run,
    scope: Scope,
    series: Series,
    metric: str,
    why: str,
    pairs: Sequence[_Pair],
    album: Album,
    worse: int = 0,
    scored: int = 0,
) -> MovedQueries:
    """Return some queries with what they found at both times."""
    queries = tuple(_queries(run, scope, pairs, album))
    return MovedQueries(
        case=scope.facts.name,
        series=series,
        dim=pairs[0].cells[0].dim,
        metric=metric,
        why=why,
        ranked=any(q.before.results or q.after.results for q in queries),
        judged=scope.facts.truth == "grades",
        worse=worse,
        scored=scored,
        queries=queries,
    )


def _queries(run: Run, scope: Scope, pairs: Sequence[_Pair], album: Album) -> Iterator[MovedQuery]:
    """Yield queries with their results, as many pictures as there is room for."""
    case, units = scope.facts.name, [pair.unit for pair in pairs]
    listed = _of(_of(run.rankings, "query", units), "case", [case])
    cells = {cell for pair in pairs for cell in pair.cells}
    shown = {(cell, unit): [] for cell in cells for unit in units}  # type: ignore[var-annotated]
    for cell in cells:
        for row in of_cell(listed, cell).sort_by("rank").to_pylist():
            if row["rank"] <= _TOP:
                shown[cell, row["query"]].append(row["item"])
    then = {name for pair in pairs for name in pair.results or ()}
    named = {name for some in shown.values() for name in some} | then
    album.open(contents(run.items, case, "query", units), "query")
    album.open(contents(run.items, case, "corpus", named), "corpus")
    graded = _of(_of(run.judgements, "query", units), "case", [case])
    for pair in pairs:
        query = album.show("query", pair.unit)
        ids = dict.fromkeys(n for c in pair.cells for n in shown[c, pair.unit])
        items = {n: album.show("corpus", n) for n in (*ids, *(pair.results or ()))}
        mine, judged = (_of(t, "query", [pair.unit]) for t in (listed, graded))
        answers = Answers(scope.facts, mine, run.scores.slice(0, 0), judged, items)
        before, after = (answers.found(cell).results for cell in pair.cells)
        if pair.results is not None:
            grades = {row["item"]: row["grade"] for row in judged.to_pylist()}
            before = tuple(_results_then(pair.results, items, grades, scope))
        looks = [
            Look(words, score, found)
            for words, score, found in zip(pair.words, pair.scores, (before, after), strict=True)
        ]
        yield MovedQuery(query, looks[0], looks[1])


def _results_then(
    names: Iterable[str],
    items: Mapping[str, Content],
    grades: Mapping[str, int],
    scope: Scope,
) -> Iterator[Result]:
    """Yield the first results of an earlier run, of which the order and no similarity is known."""
    for rank, name in enumerate(names, 1):
        grade = grades.get(name) if scope.facts.truth == "grades" else None
        relevant = grade is not None and grade >= max(scope.facts.relevant, 1)
        yield Result(rank, items[name], math.nan, "", grade, relevant)


def _of(table: pa.Table, column: str, values: Sequence[Any]) -> pa.Table:
    """Return the rows of a table that have one of some values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column_of = table[column]
    if pa.types.is_dictionary(column_of.type):
        column_of = pc.cast(column_of, pa.string())
    return table.filter(pc.is_in(column_of, pa.array(values, pa.string())))

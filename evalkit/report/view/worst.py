"""The queries that went worst: what was asked, what came first, and what should have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.archive import Run
from evalkit.core.results import Cell
from evalkit.report.view.pictures import Album, Content, contents
from evalkit.report.view.scope import Scope, Series

if TYPE_CHECKING:
    import pyarrow as pa

_MOST, _LEAST, _IN_ALL = 12, 3, 48
_TOP, _MISSED = 5, 3


@dataclass(frozen=True, slots=True)
class Result:
    """An item that a query found. grade: None where it was not judged."""

    rank: int
    item: Content
    score: float
    grade: int | None
    relevant: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """A relevant item that is not among the first. rank: None where it was not found at all."""

    item: Content
    grade: int
    rank: int | None


@dataclass(frozen=True, slots=True)
class WorstQuery:
    """A query with its score, its first results, and the best relevant items missing from them."""

    query: Content
    score: float
    results: tuple[Result, ...]
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst queries of a series at one size. depth: how many results are stored a query."""

    case: str
    series: Series
    dim: int
    metric: str
    depth: int
    queries: tuple[WorstQuery, ...]


def worst(run: Run, scopes: Sequence[Scope]) -> Iterator[Worst]:
    """Yield the worst queries of each case and series, fewer of each where there are many."""
    pairs = [(scope, series) for scope in scopes for series in scope.series]
    count = min(_MOST, max(_LEAST, _IN_ALL // max(len(pairs), 1)))
    better = {m.name: m.better for m in run.metrics}
    album = Album(len(pairs))
    for scope, series in pairs:
        cell = scope.cell(series, scope.widest(series))
        highest_first = better.get(scope.primary) == "low"
        scores = _lowest(run.scores, cell, scope.primary, count, highest_first)
        if scores:
            rows = _queries(run, scope, cell, scores, album)
            yield Worst(cell.case, series, cell.dim, scope.primary, scope.facts.keep, rows)


def _of_cell(table: pa.Table, cell: Cell, **others: str) -> pa.Table:
    """Return the rows of a table that belong to a cell and have the other values."""
    import pyarrow.compute as pc

    wanted = {"dim": cell.dim, "case": cell.case, "model": cell.model, "system": cell.system}
    for name, value in {**wanted, "probe": cell.probe, **others}.items():
        table = table.filter(pc.equal(table[name], value))
    return table


def _lowest(
    scores: pa.Table, cell: Cell, metric: str, count: int, highest_first: bool
) -> dict[str, float]:
    """Return the units with the worst scores, the worst first, ties by id."""
    import pyarrow.compute as pc

    rows = _of_cell(scores, cell, metric=metric, column="value")
    rows = rows.filter(pc.and_(rows["eligible"], pc.is_finite(rows["value"])))
    order = [("value", "descending" if highest_first else "ascending"), ("unit", "ascending")]
    first = rows.select(["unit", "value"]).sort_by(order).slice(0, count)
    return dict(zip(first["unit"].to_pylist(), first["value"].to_pylist(), strict=True))


def _queries(
    run: Run, scope: Scope, cell: Cell, scores: Mapping[str, float], album: Album
) -> tuple[WorstQuery, ...]:
    """Return queries with their results, in the order of the scores."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = run.rankings
    table = table.filter(pc.is_in(table["query"], pa.array(list(scores), pa.string())))
    table = table.filter(pc.equal(table["case"], cell.case))
    mine = _by_query(_of_cell(table, cell))
    judged = table.filter(pc.greater_equal(table["grade"], max(scope.facts.relevant, 1)))
    known = _by_query(judged.sort_by([("grade", "descending"), ("item", "ascending")]))
    plans = {q: (_first(mine.get(q, [])), _absent(mine.get(q, []), known.get(q, []))) for q in scores}
    named = {r["item"] for first, _ in plans.values() for r in first}
    named |= {item for _, absent in plans.values() for item, _, _ in absent}
    album.open(contents(run.items, cell.case, "query", scores), "query")
    album.open(contents(run.items, cell.case, "corpus", named), "corpus")
    return tuple(_query(q, scores[q], plans[q], scope, album) for q in scores)


def _by_query(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """Return rows of a rankings table by query, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.select(["query", "rank", "item", "score", "grade"]).to_pylist():
        found.setdefault(row["query"], []).append(row)
    return found


def _first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first results of a query."""
    return sorted(rows, key=lambda r: r["rank"])[:_TOP]


def _absent(
    mine: list[dict[str, Any]], known: list[dict[str, Any]]
) -> list[tuple[str, int, int | None]]:
    """Return the best relevant items that are not among the first results: item, grade, rank."""
    ranks = {row["item"]: row["rank"] for row in mine}
    grades = {row["item"]: row["grade"] for row in known}
    late = [i for i in grades if ranks.get(i, _TOP + 1) > _TOP]
    return [(i, grades[i], ranks.get(i)) for i in late[:_MISSED]]


def _query(
    name: str, score: float, plan: tuple[list[Any], list[Any]], scope: Scope, album: Album
) -> WorstQuery:
    """Return one query with what it found and what it missed."""
    least = max(scope.facts.relevant, 1)
    results = tuple(
        Result(
            r["rank"],
            album.show("corpus", r["item"]),
            r["score"],
            r["grade"],
            r["grade"] is not None and r["grade"] >= least,
        )
        for r in plan[0]
    )
    missed = tuple(Missed(album.show("corpus", i), grade, rank) for i, grade, rank in plan[1])
    return WorstQuery(album.show("query", name), score, results, missed)

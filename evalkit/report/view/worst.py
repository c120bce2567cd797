"""The queries that went worst: what was asked, what came first, and what should have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    """The worst queries of a series at one size.

    depth: how many results a query are stored. scored: the queries that have a score. as_bad: how
    many of them do no better than the last that is shown.
    """

    case: str
    series: Series
    dim: int
    metric: str
    depth: int
    scored: int
    as_bad: int
    queries: tuple[WorstQuery, ...]


@dataclass(frozen=True, slots=True)
class _Lowest:
    """The worst scores of a cell, by query."""

    scores: dict[str, float]
    scored: int
    as_bad: int


def worst(run: Run, scopes: Sequence[Scope]) -> Iterator[Worst]:
    """Yield the worst queries of each case and series, fewer of each where there are many."""
    pairs = [(scope, series) for scope in scopes for series in scope.series]
    count = min(_MOST, max(_LEAST, _IN_ALL // max(len(pairs), 1)))
    low_is_better = {m.name for m in run.metrics if m.better == "low"}
    album = Album(len(pairs))
    for scope, series in pairs:
        cell = scope.cell(series, scope.widest(series))
        low = _lowest(run.scores, cell, scope.primary, count, scope.primary in low_is_better)
        if low.scores:
            rows = _Lists(run, scope, cell, low.scores).queries(album)
            name, keep = scope.facts.name, scope.facts.keep
            yield Worst(name, series, cell.dim, scope.primary, keep, low.scored, low.as_bad, rows)


def _of_cell(table: pa.Table, cell: Cell, **others: str) -> pa.Table:
    """Return the rows of a table that belong to a cell and have the other values."""
    import pyarrow.compute as pc

    wanted = {"dim": cell.dim, "case": cell.case, "model": cell.model, "system": cell.system}
    for name, value in {**wanted, "probe": cell.probe, **others}.items():
        table = table.filter(pc.equal(table[name], value))
    return table


def _lowest(scores: pa.Table, cell: Cell, metric: str, count: int, high_first: bool) -> _Lowest:
    """Return the worst scores, among equals one per cluster first, then by id."""
    import pyarrow.compute as pc

    rows = _of_cell(scores, cell, metric=metric, column="value")
    rows = rows.filter(pc.and_(rows["eligible"], pc.is_finite(rows["value"])))
    order = [("value", "descending" if high_first else "ascending"), ("unit", "ascending")]
    rows = rows.select(["unit", "cluster", "value"]).sort_by(order)
    if not rows.num_rows:
        return _Lowest({}, 0, 0)
    last = rows["value"][min(count, rows.num_rows) - 1]
    within = pc.greater_equal if high_first else pc.less_equal
    bad = rows.filter(within(rows["value"], last)).to_pylist()
    chosen = sorted(
        _turns(bad), key=lambda pair: (abs(pair[1]["value"] - bad[0]["value"]), pair[0])
    )
    return _Lowest({r["unit"]: r["value"] for _, r in chosen[:count]}, rows.num_rows, len(bad))


def _turns(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each row with how many rows of its cluster and value went before it."""
    seen = Counter[tuple[float, str]]()
    for row in rows:
        key = row["value"], row["cluster"]
        yield seen[key], row
        seen[key] += 1


class _Lists:
    """The stored rankings and judgements of some queries of a case, in one cell."""

    def __init__(self, run: Run, scope: Scope, cell: Cell, scores: dict[str, float]) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        self._items, self._case, self._scores = run.items, cell.case, scores
        self._least = max(scope.facts.relevant, 1)
        table = run.rankings
        table = table.filter(pc.is_in(table["query"], pa.array(list(scores), pa.string())))
        table = table.filter(pc.equal(table["case"], cell.case))
        self._found = _by_query(_of_cell(table, cell).sort_by([("rank", "ascending")]))
        known = run.judgements.filter(pc.is_in(run.judgements["query"], pa.array(list(scores))))
        known = known.filter(pc.equal(known["case"], cell.case))
        good = known.filter(pc.greater_equal(known["grade"], self._least))
        self._good = _by_query(good.sort_by([("grade", "descending"), ("item", "ascending")]))

    def queries(self, album: Album) -> tuple[WorstQuery, ...]:
        """Return the queries with what they found and what they missed, in the given order."""
        first = {q: self._found.get(q, [])[:_TOP] for q in self._scores}
        absent = {q: self._absent(q) for q in self._scores}
        named = {r["item"] for rows in (*first.values(), *absent.values()) for r in rows}
        album.open(contents(self._items, self._case, "query", self._scores), "query")
        album.open(contents(self._items, self._case, "corpus", named), "corpus")
        return tuple(
            WorstQuery(
                album.show("query", q),
                score,
                tuple(self._result(row, album) for row in first[q]),
                tuple(self._missed(q, row, album) for row in absent[q]),
            )
            for q, score in self._scores.items()
        )

    def _absent(self, query: str) -> list[dict[str, Any]]:
        """Return the best relevant items that are not among the first here."""
        first = {row["item"] for row in self._found.get(query, [])[:_TOP]}
        good = {row["item"]: row for row in self._good.get(query, [])}
        return [row for item, row in good.items() if item not in first][:_MISSED]

    def _result(self, row: dict[str, Any], album: Album) -> Result:
        """Return one result of a query."""
        relevant = row["grade"] is not None and row["grade"] >= self._least
        item = album.show("corpus", row["item"])
        return Result(row["rank"], item, row["score"], row["grade"], relevant)

    def _missed(self, query: str, row: dict[str, Any], album: Album) -> Missed:
        """Return one item that a query missed, with its rank here if it has any."""
        ranks = {r["item"]: r["rank"] for r in self._found.get(query, [])}
        return Missed(album.show("corpus", row["item"]), row["grade"], ranks.get(row["item"]))


def _by_query(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a table by query, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["query"], []).append(row)
    return found

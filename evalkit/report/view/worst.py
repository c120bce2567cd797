"""What went worst: what was asked, what came first, and what should have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.archive import Run
from evalkit.core.results import Cell
from evalkit.report.view.lowest import Lowest, lowest, of_cell
from evalkit.report.view.pictures import Album, Content, contents, place
from evalkit.report.view.scope import Scope, Series

if TYPE_CHECKING:
    import pyarrow as pa

_MOST, _LEAST, _IN_ALL = 12, 3, 48
_TOP, _MISSED = 5, 3
_SAID = {None: "", True: "belong together", False: "do not belong together"}


@dataclass(frozen=True, slots=True)
class Result:
    """An item that a query found.

    where: the part of it that won, "" for the whole. grade: None where it was not judged. shared:
    its tags, with whether the query carries the same values.
    """

    rank: int
    item: Content
    score: float
    where: str
    grade: int | None
    relevant: bool
    shared: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """A relevant item that is not among the first. rank: None where it was not found at all."""

    item: Content
    grade: int
    rank: int | None


@dataclass(frozen=True, slots=True)
class WorstQuery:
    """A query with its score, its first results, and the best relevant items missing from them.

    members: the two items, where the unit is a pair of them. said: what is known of the pair.
    """

    query: Content
    score: float
    members: tuple[Content, ...]
    results: tuple[Result, ...]
    missed: tuple[Missed, ...]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst units of a series at one size.

    units: what they are: queries, items or pairs. ranked: whether anything was found for them.
    judged: whether the case has judgements. depth: how many results a query are stored. scored: the
    units that have a score. as_bad: how many of them do no better than the last that is shown.
    """

    case: str
    series: Series
    dim: int
    metric: str
    units: str
    ranked: bool
    judged: bool
    depth: int
    scored: int
    as_bad: int
    queries: tuple[WorstQuery, ...]


def worst(run: Run, scopes: Sequence[Scope]) -> Iterator[Worst]:
    """Yield the worst units of each case and series, fewer of each where there are many."""
    pairs = [(scope, series) for scope in scopes for series in scope.series]
    count = min(_MOST, max(_LEAST, _IN_ALL // max(len(pairs), 1)))
    low_is_better = {m.name for m in run.metrics if m.better == "low"}
    album = Album(len(pairs))
    for scope, series in pairs:
        cell = scope.cell(series, scope.widest(series))
        low = lowest(run.scores, cell, scope.metrics(), low_is_better, count)
        if low:
            yield _worst(run, scope, series, low, album)


def _worst(run: Run, scope: Scope, series: Series, low: Lowest, album: Album) -> Worst:
    """Return the worst units of one series."""
    lists = _Lists(run, scope, scope.cell(series, scope.widest(series)), low)
    return Worst(
        case=scope.facts.name,
        series=series,
        dim=scope.widest(series),
        metric=low.metric,
        units="pairs" if low.members else "queries" if scope.facts.queries else "items",
        ranked=lists.ranked,
        judged=lists.judged,
        depth=scope.facts.keep,
        scored=low.scored,
        as_bad=low.as_bad,
        queries=lists.queries(album),
    )


class _Lists:
    """The stored rankings and judgements of some units of a case, in one cell."""

    def __init__(self, run: Run, scope: Scope, cell: Cell, low: Lowest) -> None:
        import pyarrow.compute as pc

        self._items, self._case, self._low = run.items, cell.case, low
        self._least = max(scope.facts.relevant, 1)
        found = of_cell(_about(run.rankings, low.scores), cell)
        self._found = _by_query(found.sort_by([("rank", "ascending")]))
        judged = run.judgements.filter(pc.equal(run.judgements["case"], cell.case))
        self.ranked, self.judged = bool(self._found), scope.facts.truth == "grades"
        known = _about(judged, low.scores)
        known = known if self.judged else known.slice(0, 0)
        good = known.filter(pc.greater_equal(known["grade"], self._least))
        self._good = _by_query(good.sort_by([("grade", "descending"), ("item", "ascending")]))

    def queries(self, album: Album) -> tuple[WorstQuery, ...]:
        """Return the units with what they found and what they missed, in the given order."""
        units, members = self._low.scores, self._low.members
        first = {q: self._found.get(q, [])[:_TOP] for q in units}
        absent = {q: self._absent(q) for q in units}
        named = {r["item"] for rows in (*first.values(), *absent.values()) for r in rows}
        named |= {one for pair in members.values() for one in pair}
        asked = named | set(units) if members else set(units)
        album.open(contents(self._items, self._case, "query", asked), "query")
        album.open(contents(self._items, self._case, "corpus", named), "corpus")
        made = []
        for unit, score in units.items():
            query = album.show("query", unit)
            pair = tuple(album.either(name) for name in members.get(unit, ()))
            results = tuple(self._result(query, row, album) for row in first[unit])
            missed = tuple(self._missed(unit, row, album) for row in absent[unit])
            said = _SAID[self._low.together.get(unit)]
            made.append(WorstQuery(query, score, pair, results, missed, said))
        return tuple(made)

    def _absent(self, query: str) -> list[dict[str, Any]]:
        """Return the best relevant items that are not among the first here."""
        first = {row["item"] for row in self._found.get(query, [])[:_TOP]}
        good = {row["item"]: row for row in self._good.get(query, [])}
        return [row for item, row in good.items() if item not in first][:_MISSED]

    def _result(self, query: Content, row: dict[str, Any], album: Album) -> Result:
        """Return one result of a query."""
        relevant = row["grade"] is not None and row["grade"] >= self._least
        item = album.show("corpus", row["item"])
        where = place(item.modality, row.get("span_from"), row.get("span_to"))
        shared = () if self.judged else _shared(query, item)
        return Result(row["rank"], item, row["score"], where, row["grade"], relevant, shared)

    def _missed(self, query: str, row: dict[str, Any], album: Album) -> Missed:
        """Return one item that a query missed, with its rank here if it has any."""
        ranks = {r["item"]: r["rank"] for r in self._found.get(query, [])}
        return Missed(album.show("corpus", row["item"]), row["grade"], ranks.get(row["item"]))


def _about(table: pa.Table, units: Iterable[str]) -> pa.Table:
    """Return the rows of a table that are about some units."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table["query"], pa.array(list(units), pa.string())))


def _shared(query: Content, item: Content) -> tuple[tuple[str, str, bool], ...]:
    """Return the tags of an item, with whether the query has the same, those first."""
    own = dict(query.tags)
    tags = [(name, value, own.get(name) == value) for name, value in item.tags if name in own]
    return tuple(sorted(tags, key=lambda tag: not tag[2]))


def _by_query(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a table by query, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["query"], []).append(row)
    return found

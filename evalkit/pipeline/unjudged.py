"""What results that nobody has judged could change: the bounds of metrics, query by query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.archive import CaseFacts, Run
from evalkit.archive.tables import measured_from
from evalkit.core import registry
from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item
from evalkit.core.metric import Metric
from evalkit.core.results import Cell, Detail, Measured, Scores, Table
from evalkit.pipeline.stored_units import rows_of

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "unjudged-results"
_CLOSE = 1e-9
_ROWS = 20_000
"""Rows of evidence that are looked at in one go."""
_COVERAGE = "judged@"
_NOTE = (
    "Results without a judgement count as not relevant. The lowest and the highest value are those "
    "that such results could give if some, none or all of them were as good as the best answer of "
    "their query; what reviewers said counts as judged."
)
Labels = Mapping[tuple[str, str], float]
"""(query, item) -> 1 for effective, 0 for not; others are not judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """How far a metric of a cell could move, float64 (n,) each, NaN for queries without a score.

    queries: the units. known: as it was measured. low, high: the least and the most that judging
    the rest could give. open: int64 (n,), results in its depth that nobody has judged.
    """

    cell: Cell
    metric: str
    queries: tuple[str, ...]
    known: Float64
    low: Float64
    high: Float64
    open: Int64


def bounds(
    run: Run, case: CaseFacts, cells: Iterable[Cell], labels: Labels | None = None
) -> Iterator[Bounds]:
    """Yield the bounds of every ranking metric of some cells with unjudged results in its depth.

    A metric that looks deeper than the run stores, or that needs more than lists and grades, is
    left out. labels: what reviewers said since.
    """
    parameters = {m.name: m.params for m in run.metrics}
    metrics = [registry.metric(name, parameters[name]) for name in case.metrics]
    known = rows_of(run.judgements, case=case.name)
    told = _with_said(known, labels or {}, case.relevant)
    for cell, scores, found in _stored(run, case, list(cells)):
        units = next(iter(scores.values())).scores
        before = _evidence(found, known, units, case.relevant)
        after = _evidence(found, told, units, case.relevant) if labels else before
        lists_read = [m for m in metrics if m.name in scores and _reads_lists(m, case)]
        left = {depth: _open(after, depth) for depth in {m.depth for m in lists_read}}
        in_question = [m for m in lists_read if left[m.depth].any()]
        same = [m for m in in_question if _same(_values(m, before), scores[m.name])]
        ends: dict[str, Bounds] = {}
        for depth in {m.depth for m in same}:
            alike = [m for m in same if m.depth == depth]
            ends |= _bounds(cell, alike, scores, after, left[depth])
        yield from (ends[m.name] for m in same)


def _stored(
    run: Run, case: CaseFacts, cells: Sequence[Cell]
) -> Iterator[tuple[Cell, dict[str, Measured], pa.Table]]:
    """Yield each cell with its scores by metric and its lists, every table read once a probe."""
    for probe in dict.fromkeys(cell.probe for cell in cells):
        tables = (run.scores, run.rankings)
        rows, lists = (rows_of(table, case=case.name, probe=probe) for table in tables)
        measured = measured_from(rows)
        for cell in (cell for cell in cells if cell.probe == probe):
            scores = {metric: one for (at, metric), one in measured.items() if at == cell}
            yield cell, scores, rows_of(lists, **asdict(cell))


def table(found: Iterable[Bounds], cell: Cell) -> Detail | None:
    """Return the bounds of a cell as a table of its report, None where everything is judged."""
    rows = tuple(
        (
            one.metric,
            float(one.open.sum()),
            float((one.open > 0).sum()),
            *(_mean(values) for values in (one.known, one.low, one.high)),
        )
        for one in found
        if one.cell == cell
    )
    columns = ("metric", "results not judged", "queries", "as measured", "lowest", "highest")
    title = "What results that nobody has judged could change"
    return Detail(cell, Table(NAME, title, columns, rows, _NOTE)) if rows else None


def _mean(values: Float64) -> float | None:
    """Return the mean of known values to nine places."""
    known = values[np.isfinite(values)]
    return round(float(known.mean()), 9) if known.size else None


def _reads_lists(metric: Metric, case: CaseFacts) -> bool:
    """Return whether a metric is told by stored lists and grades."""
    lists = metric.evidence_kind == Ranked.kind and metric.depth <= case.keep
    return lists and not metric.name.startswith(_COVERAGE)


def _values(metric: Metric, evidence: Ranked) -> Float64:
    """Return the value of every query."""
    columns = metric.per_unit(evidence).columns
    return next(iter(columns.values())) if len(columns) == 1 else np.full(len(evidence.ids), np.nan)


def _same(values: Float64, stored: Measured) -> bool:
    """Return whether values are those of the run, where both are known."""
    was = next(iter(stored.scores.columns.values()))
    both = np.isfinite(values) & np.isfinite(was)
    return bool(
        both.any() and len(was) == len(values) and np.abs(values - was)[both].max() < _CLOSE
    )


def _open(evidence: Ranked, depth: int) -> Bool:
    """Return which of the first results nobody has judged, bool (n, depth)."""
    rows = evidence.rows[:, :depth]
    return np.asarray((rows >= 0) & ~_judged(evidence, rows))


def _bounds(
    cell: Cell,
    metrics: Sequence[Metric],
    stored: Mapping[str, Measured],
    evidence: Ranked,
    open_: Bool,
) -> dict[str, Bounds]:
    """Return the bounds of metrics of one depth by name; open_: its results without judgement."""
    low = {m.name: _values(m, evidence) for m in metrics}
    high = {name: values.copy() for name, values in low.items()}
    for queries, better in _better(evidence, open_):
        for metric in metrics:
            values = _values(metric, better)
            np.fmin.at(low[metric.name], queries, values)
            np.fmax.at(high[metric.name], queries, values)
    count = open_.sum(axis=1)
    return {n: _blanked(cell, stored[n], low[n], high[n], count) for n in low}


def _better(evidence: Ranked, open_: Bool) -> Iterator[tuple[Int64, Ranked]]:
    """Yield evidence in which some open results are good, and the query of each of its rows.

    For every query: its first open result, its first two, and so on, then the same from the last.
    """
    count, pairs = open_.sum(axis=1), list[tuple[Int64, Bool]]()
    for more in range(1, int(count.max()) + 1):
        queries = np.flatnonzero(count >= more)
        here = open_[queries]
        pairs += [(queries, _first(here, more)), (queries, _first(here[:, ::-1], more)[:, ::-1])]
    at, chosen = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    for start in range(0, len(at), _ROWS):
        rows = slice(start, start + _ROWS)
        yield at[rows], _with(_of_queries(evidence, at[rows]), chosen[rows])


def _of_queries(evidence: Ranked, at: Int64) -> Ranked:
    """Return the evidence of some queries."""
    return replace(
        evidence,
        ids=tuple(evidence.ids[n] for n in at),
        units=tuple(evidence.units[n] for n in at),
        clusters=tuple(labels[at] for labels in evidence.clusters),
        rows=evidence.rows[at],
        scores=evidence.scores[at],
        judged=evidence.judged[at],
        grades=evidence.grades[at],
    )


def _blanked(cell: Cell, stored: Measured, low: Float64, high: Float64, count: Int64) -> Bounds:
    """Return bounds, NaN for queries without a score; count: their open results."""
    was = next(iter(stored.scores.columns.values()))
    blank = ~np.isfinite(was) | ~stored.eligible
    low, high = (np.where(blank, np.nan, values) for values in (low, high))
    ids, left = stored.scores.ids, np.where(blank, 0, count)
    return Bounds(cell, stored.metric, ids, was, low, high, left)


def _judged(evidence: Ranked, rows: Int64) -> Bool:
    """Return which results are judged, bool like the rows."""
    found = np.zeros(rows.shape, bool)
    for items in evidence.judged.T:
        found |= (rows == items[:, None]) & (rows >= 0)
    return found


def _first(open_: Bool, count: int) -> Bool:
    """Return the first `count` true places of each row."""
    return np.asarray(open_ & (np.cumsum(open_, axis=1) <= count))


def _with(evidence: Ranked, chosen: Bool) -> Ranked:
    """Return evidence in which some results are as good as the best known answer of their query."""
    rows = evidence.rows[:, : chosen.shape[1]]
    best = np.maximum(evidence.grades.max(axis=1, initial=0), evidence.relevant)
    judged = np.concatenate([evidence.judged, np.where(chosen, rows, -1)], axis=1)
    grades = np.concatenate([evidence.grades, np.where(chosen, best[:, None], 0)], axis=1)
    return _ordered(replace(evidence, judged=judged, grades=grades))


def _ordered(evidence: Ranked) -> Ranked:
    """Return evidence with the best grade first, and places that hold nothing last."""
    key = np.where(evidence.judged >= 0, -evidence.grades, np.iinfo(np.int64).max)
    order = np.argsort(key, axis=1, kind="stable")
    return replace(
        evidence,
        judged=np.take_along_axis(evidence.judged, order, 1),
        grades=np.take_along_axis(evidence.grades, order, 1),
    )


def _evidence(found: pa.Table, known: pa.Table, units: Scores, relevant: int) -> Ranked:
    """Return stored lists and judgements of a cell as evidence.

    found: query, rank and item of the cell. known: query, item and grade of its case.
    """
    names = sorted({*found["item"].unique().to_pylist(), *known["item"].unique().to_pylist()})
    n, ids = len(units.ids), tuple(units.ids)
    lists = _spread(n, _at(found["query"], ids), found["rank"].to_numpy() - 1,
                    _at(found["item"], names), -1)  # fmt: skip
    row, item, grade = _at(known["query"], ids), _at(known["item"], names), known["grade"]
    order = np.argsort(row, kind="stable")
    column = np.empty(len(row), np.int64)
    column[order] = np.arange(len(row)) - np.searchsorted(row[order], row[order])
    return _ordered(
        Ranked(
            ids=ids,
            rows=lists,
            scores=np.where(lists >= 0, 0.0, np.nan),
            judged=_spread(n, row, column, item, -1),
            grades=_spread(n, row, column, grade.to_numpy(), 0),
            relevant=relevant,
            clusters=units.clusters,
            units=tuple(Item(name, "") for name in ids),
            corpus=tuple(Item(name, "") for name in names),
        )
    )


def _at(column: pa.ChunkedArray, names: Sequence[str]) -> Int64:
    """Return the place of each value among names, int64, -1 for another one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(column.cast(pa.string()), value_set=pa.array(names, pa.string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), np.int64)


def _spread(n: int, row: Int64, column: Int64, value: Int64, blank: int) -> Int64:
    """Return values at their rows and columns, int64 (n, widest), `blank` elsewhere."""
    here = row >= 0
    found = np.full((n, int(column[here].max(initial=-1)) + 1), blank, np.int64)
    found[row[here], column[here]] = value[here]
    return found


def _with_said(known: pa.Table, labels: Labels, relevant: int) -> pa.Table:
    """Return judgements with those of reviewers, which stand where a truth had nothing."""
    import pyarrow as pa

    known = known.select(["query", "item", "grade"])
    there = set(zip(known["query"].to_pylist(), known["item"].to_pylist(), strict=True))
    new = [
        (query, item, relevant if label else 0)
        for (query, item), label in labels.items()
        if (query, item) not in there and not np.isnan(label)
    ]
    columns = list(zip(*new, strict=True)) or [(), (), ()]
    more = [pa.array(c, f.type) for c, f in zip(columns, known.schema, strict=True)]
    return pa.concat_tables([known, pa.table(more, schema=known.schema)])

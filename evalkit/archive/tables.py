"""Scores and rankings as Arrow tables, and scores read back from one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Float64, Int64, Ranking
from evalkit.core.results import Cell, Listing, Measured, Scores

if TYPE_CHECKING:
    import pyarrow as pa

_CELL = ("case", "model", "system", "probe", "dim")
JOINER = "\x1f"
"""Between the labels of a unit that belongs to several clusters."""

Grades = Mapping[str, Mapping[str, int]]
"""query -> item -> grade, the judgements of one case."""


def _cell_columns(cell: Cell, n: int) -> dict[str, pa.Array]:
    """Return the five columns of a cell, n rows each, compactly."""
    import pyarrow as pa

    zeros = pa.array(np.zeros(n, np.int32))
    columns: dict[str, pa.Array] = {
        name: pa.DictionaryArray.from_arrays(zeros, pa.array([getattr(cell, name)], pa.string()))
        for name in _CELL[:-1]
    }
    return columns | {"dim": pa.array(np.full(n, cell.dim, np.int32))}


def _joined(blocks: Sequence[Mapping[str, pa.Array]], schema: pa.Schema) -> pa.Table:
    """Return blocks of columns as one table."""
    import pyarrow as pa

    tables = [pa.table(dict(b)).cast(schema) for b in blocks]
    return pa.concat_tables(tables).unify_dictionaries() if tables else schema.empty_table()


def _schema(*fields: tuple[str, pa.DataType]) -> pa.Schema:
    """Return a schema that begins with the cell."""
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    cell = [(name, words) for name in _CELL[:-1]] + [("dim", pa.int32())]
    return pa.schema([*cell, *fields])


class _Words:
    """Ids as Arrow arrays, each tuple of them turned once however many cells share it."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, ...], pa.Array] = {}

    def __call__(self, ids: tuple[str, ...]) -> pa.Array:
        """Return the ids as an array of strings."""
        import pyarrow as pa

        if ids not in self._made:
            self._made[ids] = pa.array(ids, pa.string())
        return self._made[ids]


def scores_table(measured: Iterable[Measured]) -> pa.Table:
    """Return one row per cell, metric, column and unit."""
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    schema = _schema(
        ("metric", words), ("column", words), ("unit", pa.string()), ("cluster", pa.string()),
        ("value", pa.float64()), ("eligible", pa.bool_()),
    )  # fmt: skip
    every, units, blocks = list(measured), _Words(), []
    labels = _cluster_labels(every)
    for found in every:
        scores = found.scores
        zeros = pa.array(np.zeros(len(scores.ids), np.int32))
        for name, values in scores.columns.items():
            blocks.append(
                _cell_columns(found.cell, len(scores.ids))
                | {
                    "metric": pa.DictionaryArray.from_arrays(zeros, pa.array([found.metric])),
                    "column": pa.DictionaryArray.from_arrays(zeros, pa.array([name])),
                    "unit": units(scores.ids),
                    "cluster": labels[tuple(map(id, scores.clusters))],
                    "value": pa.array(values),
                    "eligible": pa.array(found.eligible),
                }
            )
    return _joined(blocks, schema)


def _cluster_labels(measured: Sequence[Measured]) -> dict[tuple[int, ...], pa.Array]:
    """Return the joined labels of units, by the identity of the label arrays behind them."""
    import pyarrow as pa

    distinct = {tuple(map(id, m.scores.clusters)): m.scores.clusters for m in measured}
    return {
        key: pa.array([JOINER.join(map(str, row)) for row in zip(*rows, strict=True)], pa.string())
        for key, rows in distinct.items()
    }


def rankings_table(listings: Iterable[Listing], grades: Mapping[str, Grades]) -> pa.Table:
    """Return one row per cell, query and rank; grades: case -> query -> item -> grade."""
    import pyarrow as pa

    schema = _schema(
        ("query", pa.string()), ("rank", pa.int32()), ("item", pa.string()),
        ("score", pa.float64()), ("grade", pa.int32()),
        ("span_from", pa.float64()), ("span_to", pa.float64()),
    )  # fmt: skip
    words, blocks = _Words(), []
    judged = {case: _Judged(known) for case, known in grades.items()}
    for listing in listings:
        ranking = listing.ranking
        query, rank = np.nonzero(ranking.rows >= 0)
        item = ranking.rows[query, rank]
        blocks.append(
            _cell_columns(listing.cell, len(query))
            | {
                "query": words(ranking.query_ids).take(pa.array(query)),
                "rank": pa.array(rank + 1, pa.int32()),
                "item": words(ranking.doc_ids).take(pa.array(item)),
                "score": pa.array(ranking.scores[query, rank]),
                "grade": judged[listing.cell.case].grades(ranking, query, item),
            }
            | _span_columns(listing.spans, query, rank)
        )
    return _joined(blocks, schema)


def _span_columns(spans: Float64 | None, query: Int64, rank: Int64) -> dict[str, pa.Array]:
    """Return where the winning part of each item begins and ends, null where it is the whole."""
    import pyarrow as pa

    won = np.full((len(query), 2), np.nan) if spans is None else spans[query, rank]
    ends = {"span_from": won[:, 0], "span_to": won[:, 1]}
    return {name: pa.array(values, mask=np.isnan(values)) for name, values in ends.items()}


class _Judged:
    """The judgements of a case, looked up for whole rankings at once."""

    def __init__(self, known: Grades) -> None:
        self._known = known
        self._made: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[Int64, Int64]] = {}

    def grades(self, ranking: Ranking, query: Int64, item: Int64) -> pa.Array:
        """Return the grades of pairs of a query and an item, null where a pair is not judged."""
        import pyarrow as pa

        pairs, grade = self._pairs(ranking.query_ids, ranking.doc_ids)
        wanted = query * len(ranking.doc_ids) + item
        at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        return pa.array(grade[at], pa.int32(), mask=pairs[at] != wanted)

    def _pairs(self, queries: tuple[str, ...], docs: tuple[str, ...]) -> tuple[Int64, Int64]:
        """Return the judged pairs as sorted numbers, and their grades; the last is no pair."""
        if (queries, docs) not in self._made:
            place = {name: n for n, name in enumerate(docs)}
            found = [
                (row * len(docs) + place[item], grade)
                for row, query in enumerate(queries)
                for item, grade in self._known.get(query, {}).items()
                if item in place
            ]
            table = np.array([*sorted(found), (np.iinfo(np.int64).max, 0)], np.int64)
            self._made[queries, docs] = table[:, 0], table[:, 1]
        return self._made[queries, docs]


def judgements_table(grades: Mapping[str, Grades]) -> pa.Table:
    """Return one row per judgement: case, query, item and grade; grades: case -> query -> item."""
    import pyarrow as pa

    rows = [
        (case, query, item, grade)
        for case, queries in grades.items()
        for query, items in queries.items()
        for item, grade in items.items()
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    kinds = (pa.string(), pa.string(), pa.string(), pa.int32())
    names = ("case", "query", "item", "grade")
    return pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names)


def measured_from(table: pa.Table) -> dict[tuple[Cell, str], Measured]:
    """Return scores per cell and metric from a table that `scores_table` made."""
    frame = table.to_pandas()
    found: dict[tuple[Cell, str], Measured] = {}
    for key, part in frame.groupby([*_CELL, "metric"], observed=True, sort=False):
        case, model, system, probe = map(str, key[:4])
        cell = Cell(case, model, system, probe, int(key[4]))
        columns = {str(n): c for n, c in part.groupby("column", observed=True, sort=False)}
        first = next(iter(columns.values()))
        labels = [str(text).split(JOINER) for text in first["cluster"].to_numpy(object)]
        scores = Scores(
            tuple(map(str, first["unit"].to_numpy(object))),
            tuple(np.array(row, object) for row in zip(*labels, strict=True)),
            {name: c["value"].to_numpy(float) for name, c in columns.items()},
        )
        eligible = first["eligible"].to_numpy(bool)
        found[cell, str(key[5])] = Measured(cell, str(key[5]), scores, eligible)
    return found

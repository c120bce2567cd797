"""Scores and rankings as Arrow tables, and scores read back from one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.results import Cell, Listing, Measured, Scores

if TYPE_CHECKING:
    import pyarrow as pa

_CELL = ("case", "model", "system", "probe", "dim")
_JOINER = "\x1f"
"""Between the labels of a unit that belongs to several clusters."""


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


def scores_table(measured: Iterable[Measured]) -> pa.Table:
    """Return one row per cell, metric, column and unit."""
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    schema = _schema(
        ("metric", words), ("column", words), ("unit", pa.string()), ("cluster", pa.string()),
        ("value", pa.float64()), ("eligible", pa.bool_()),
    )  # fmt: skip
    blocks = []
    for found in measured:
        scores, n = found.scores, len(found.scores.ids)
        labels = [_JOINER.join(map(str, row)) for row in zip(*scores.clusters, strict=True)]
        zeros = pa.array(np.zeros(n, np.int32))
        for name, values in scores.columns.items():
            blocks.append(
                _cell_columns(found.cell, n)
                | {
                    "metric": pa.DictionaryArray.from_arrays(zeros, pa.array([found.metric])),
                    "column": pa.DictionaryArray.from_arrays(zeros, pa.array([name])),
                    "unit": pa.array(scores.ids, pa.string()),
                    "cluster": pa.array(labels, pa.string()),
                    "value": pa.array(values),
                    "eligible": pa.array(found.eligible),
                }
            )
    return _joined(blocks, schema)


def rankings_table(
    listings: Iterable[Listing], grades: Mapping[str, Mapping[str, Mapping[str, int]]]
) -> pa.Table:
    """Return one row per cell, query and rank; grades: case -> query -> item -> grade."""
    import pyarrow as pa

    schema = _schema(
        ("query", pa.string()), ("rank", pa.int32()), ("item", pa.string()),
        ("score", pa.float64()), ("grade", pa.int32()),
    )  # fmt: skip
    blocks = []
    for listing in listings:
        ranking, known = listing.ranking, grades[listing.cell.case]
        query, rank = np.nonzero(ranking.rows >= 0)
        names = [ranking.query_ids[q] for q in query]
        items = [ranking.doc_ids[d] for d in ranking.rows[query, rank]]
        judged = [known.get(q, {}).get(d) for q, d in zip(names, items, strict=True)]
        blocks.append(
            _cell_columns(listing.cell, len(names))
            | {
                "query": pa.array(names, pa.string()),
                "rank": pa.array(rank + 1, pa.int32()),
                "item": pa.array(items, pa.string()),
                "score": pa.array(ranking.scores[query, rank]),
                "grade": pa.array(judged, pa.int32()),
            }
        )
    return _joined(blocks, schema)


def judgements_table(grades: Mapping[str, Mapping[str, Mapping[str, int]]]) -> pa.Table:
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
        labels = [str(text).split(_JOINER) for text in first["cluster"]]
        scores = Scores(
            tuple(map(str, first["unit"])),
            tuple(np.array(row, object) for row in zip(*labels, strict=True)),
            {name: c["value"].to_numpy(float) for name, c in columns.items()},
        )
        eligible = first["eligible"].to_numpy(bool)
        found[cell, str(key[5])] = Measured(cell, str(key[5]), scores, eligible)
    return found

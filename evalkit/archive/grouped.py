"""Tables written so that a reader can leave out what it does not need: a row group a place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Int64

if TYPE_CHECKING:
    import pyarrow as pa

_CELL = ("case", "model", "system", "probe", "dim")
_PLACES = {
    "scores": (*_CELL, "metric", "column"),
    "rankings": _CELL,
    "judgements": ("case",),
    "items": ("case", "side"),
    "examples": ("case",),
}
"""The columns of each table that a reader asks by; rows of a place lie together."""
_FEW = 65_536
"""Places with fewer rows share a row group, since each of them costs some bytes and time."""
_MANY = 131_072
_MEDIA = 2_048
"""The most rows of a group; fewer where rows hold pictures."""


def write_grouped(table: pa.Table, name: str, path: Path) -> None:
    """Write a table of a run, in row groups by the places of its rows; the same bytes each time."""
    import pyarrow.parquet as pq

    most = _MEDIA if name in ("items", "examples") else _MANY
    with pq.ParquetWriter(path, table.schema, compression="zstd") as file:
        for start, end in _groups(_starts(table, name), table.num_rows, most):
            file.write_table(table.slice(start, end - start), row_group_size=most)


def _starts(table: pa.Table, name: str) -> Int64:
    """Return the rows at which another place begins."""
    import pyarrow as pa

    new = np.zeros(table.num_rows, bool)
    for key in (key for key in _PLACES[name] if key in table.column_names):
        column = table[key].combine_chunks()
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        codes = column.indices.to_numpy(zero_copy_only=False)
        new[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(new).astype(np.int64)


def _groups(starts: Int64, rows: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield where row groups begin and end: at places, and within those that are large."""
    begin = 0
    for end in [*starts.tolist(), rows]:
        if end - begin >= min(_FEW, most) or end == rows:
            yield from ((at, min(at + most, end)) for at in range(begin, end, most))
            begin = end

"""All vectors in one file for other programs: Parquet, or NumPy's npz."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import OutputError, Problem, UsageError
from evalkit.ledger.database import Database
from evalkit.ledger.rows import READ, Row, vector_of
from evalkit.ledger.segments import Segments

_QUERY = f"SELECT {READ}, space, created FROM record ORDER BY key, part"
_COLUMNS = {
    "key": "S64",
    "space": "<i4",
    "part": "<i4",
    "norm": "<f8",
    "tokens": "<i8",
    "created": "<i8",
}
"""The columns of an npz file beside the vectors. tokens: -1 where the service did not say."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many vectors were written, and how many were left out because they are damaged."""

    vectors: int
    damaged: int


@dataclass(slots=True)
class _Source:
    """Goes through all sound vectors once, some hundred at a time, and counts the others."""

    database: Database
    segments: Segments
    vectors: int = 0
    damaged: int = 0

    def __iter__(self) -> Iterator[list[tuple[Row, Float32]]]:
        spaces = self.spaces()
        for rows in self.database.stream(_QUERY):
            pairs = [(row, self._vector(row) if row[-2] in spaces else None) for row in rows]
            sound = [(row, vector) for row, vector in pairs if vector is not None]
            self.vectors += len(sound)
            self.damaged += len(pairs) - len(sound)
            yield sound

    def spaces(self) -> dict[int, tuple[str, str, str, int]]:
        """Return number -> model, revision, request and size."""
        rows = self.database.rows("SELECT id, model, revision, request, dim FROM space ORDER BY id")
        return {row[0]: row[1:] for row in rows}

    def _vector(self, row: Row) -> Float32 | None:
        """Return a vector; where another process has moved it meanwhile, from its new place."""
        with self.database.lock:
            vector = vector_of(self.segments, row)
            if vector is None:
                for rows in self.database.rows_of(f"{READ} FROM record", row[:1]):
                    same = [again for again in rows if again[1] == row[1]]
                    return vector_of(self.segments, same[0]) if same else None
        return vector


def export(database: Database, segments: Segments, path: Path) -> Exported:
    """Write all vectors that are sound; see `Ledger.export`."""
    writers = {".parquet": _parquet, ".npz": _npz}
    if path.suffix not in writers:
        raise UsageError(f"{path}: expected a name that ends in .parquet or .npz.")
    source = _Source(database, segments)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            made = Path(folder) / path.name
            writers[path.suffix](source, made)
            made.replace(path)
    except OSError as e:
        fix = "Name a file in a folder that can be written."
        what = f"the export cannot be written ({e.strerror or e})."
        raise OutputError(Problem(str(path), what, fix)) from e
    return Exported(source.vectors, source.damaged)


def _parquet(source: _Source, path: Path) -> None:
    """Write a Parquet file, a row group for each piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("key", pa.string()), ("model", pa.string()), ("revision", pa.string()),
            ("request", pa.string()), ("dim", pa.int32()), ("part", pa.int32()),
            ("norm", pa.float64()), ("tokens", pa.int64()), ("created", pa.timestamp("s", "UTC")),
            ("vector", pa.list_(pa.float32())),
        ]
    )  # fmt: skip
    spaces = source.spaces()
    with pq.ParquetWriter(path, schema) as writer:
        for piece in source:
            rows = [_named(row, vector, spaces) for row, vector in piece]
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _named(row: Row, vector: Float32, spaces: dict[int, Any]) -> dict[str, object]:
    """Return a row with names, as Parquet takes it."""
    model, revision, request, _ = spaces[row[-2]]
    return {
        "key": row[0].hex(), "model": model, "revision": revision, "request": request,
        "dim": len(vector), "part": row[1], "norm": row[7], "tokens": row[11],
        "created": datetime.fromtimestamp(row[-1], UTC), "vector": vector,
    }  # fmt: skip


def _npz(source: _Source, path: Path) -> None:
    """Write an npz file: vector_DIM float32 (n, dim) and columns (n,) for each size, and spaces.

    space_DIM counts in the arrays models, revisions and requests. Columns are collected in files,
    since the length of an array stands before it.
    """
    spaces = source.spaces()
    place = {number: n for n, number in enumerate(spaces)}
    rows: Counter[int] = Counter()
    folder = path.parent
    for piece in source:
        for dim in {len(vector) for _, vector in piece}:
            some = [(row, vector) for row, vector in piece if len(vector) == dim]
            rows[dim] += len(some)
            for name, values in _arrays(some, place).items():
                with (folder / f"{name}_{dim}").open("ab") as file:
                    file.write(values.tobytes())
    with zipfile.ZipFile(path, "w") as archive:
        for n, name in enumerate(("models", "revisions", "requests")):
            _add(archive, name, np.array([space[n] for space in spaces.values()], str))
        for dim, count in rows.items():
            for name, kind in _COLUMNS.items():
                _add_file(archive, folder / f"{name}_{dim}", kind, (count,))
            _add_file(archive, folder / f"vector_{dim}", "<f4", (count, dim))


def _arrays(some: list[tuple[Row, Float32]], place: dict[int, int]) -> dict[str, np.ndarray]:
    """Return the columns of vectors of one size, the vectors among them."""
    columns = zip(
        *(
            (
                row[0].hex(),
                place[row[-2]],
                row[1],
                row[7],
                -1 if row[11] is None else row[11],
                row[-1],
            )
            for row, _ in some
        ),
        strict=True,
    )
    named = zip(_COLUMNS.items(), columns, strict=True)
    arrays = {name: np.array(values, kind) for (name, kind), values in named}
    return arrays | {"vector": np.stack([vector for _, vector in some])}


def _add(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    """Add an array that is in memory."""
    with archive.open(f"{name}.npy", "w") as member:
        np.lib.format.write_array(member, values, allow_pickle=False)


def _add_file(archive: zipfile.ZipFile, file: Path, kind: str, shape: tuple[int, ...]) -> None:
    """Add an array whose values lie in a file."""
    head = {"descr": kind.replace("S", "|S"), "fortran_order": False, "shape": shape}
    with archive.open(f"{file.name}.npy", "w", force_zip64=True) as member, file.open("rb") as raw:
        np.lib.format.write_array_header_1_0(member, head)
        shutil.copyfileobj(raw, member, 1 << 20)

"""Records as rows of the index, and rows as records, with everything checked on the way."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.ledger.records import KEY_BYTES, Record
from evalkit.ledger.segments import Segments

READ = (
    "key, part, parts, segment, place, length, crc, norm, kind, span_from, span_to, tokens, "
    "truncated, request_id, attempts, seconds, served, chars, estimated"
)
"""The columns of `record` that `sound` and `trouble` take, in order."""
_HEAD = struct.Struct(f"<{KEY_BYTES}sqqd")
_FLOAT = np.dtype("<f4")
_ALONE = 0, 1

Row = tuple[Any, ...]


def row_of(key: bytes, part: int, parts: int, space: int, record: Record, created: int) -> Row:
    """Return a row as it is filed: the vector stands where `filed` puts its place."""
    return (
        key, part, parts, space, np.ascontiguousarray(record.vector, _FLOAT), float(record.norm),
        record.kind, *(record.span or (None, None)), record.tokens, int(record.truncated),
        record.request_id, record.attempts, record.seconds, record.served, record.chars,
        record.estimated, created,
    )  # fmt: skip


def filed(segments: Segments, rows: Sequence[Row], durable: bool = True) -> list[Row]:
    """Write the vectors of rows to a segment and return the rows with their places."""
    if not rows:
        return []
    vectors = [memoryview(row[4]) for row in rows]
    segment, places = segments.append(vectors, durable)
    return [
        (*row[:4], segment, place, vector.nbytes, _checksum(row, row[5], vector), *row[5:])
        for row, place, vector in zip(rows, places, vectors, strict=True)
    ]


def sound(segments: Segments, batch: Sequence[Row], dim: int) -> dict[bytes, list[Record]]:
    """Return the keys whose parts are all there, usable and of the size, with their records."""
    found: dict[bytes, list[Record]] = {}
    for key, some in groupby(batch, itemgetter(0)):
        rows = list(some)
        records = [
            _record(row, vector)
            for row in rows
            if (vector := _read(segments, row, 4 * dim)) is not None and _has_direction(vector)
        ]
        if len(records) == len(rows) and _all_there(rows):
            found[key] = records
    return found


def vector_of(segments: Segments, row: Row) -> Float32 | None:
    """Return the vector of a row of `READ`, None where it is not what was written."""
    return _read(segments, row, row[5])


def trouble(segments: Segments, rows: Sequence[Row]) -> str:
    """Return what is wrong with the rows of one key, in words; "" where nothing is."""
    if len(rows[0][0]) != KEY_BYTES:
        return "the key is not 32 bytes long"
    if not _all_there(rows):
        return "parts are missing"
    for row in rows:
        vector = vector_of(segments, row)
        if vector is None:
            return "a vector is not what was written"
        if not _has_direction(vector):
            return "a vector is zero, NaN or infinite"
    return ""


def _read(segments: Segments, row: Row, size: int) -> Float32 | None:
    """Return the vector of a row if it is what was written, and has so many bytes; read-only.

    None as well where its length is absurd.
    """
    segment, place, length, crc, norm = row[3:8]
    try:
        if length != size or not 0 < norm < math.inf:
            return None
        data = segments.read(segment, place, size)
        good = len(data) == size and _checksum(row, norm, data) == crc
    except (TypeError, struct.error):
        return None
    return np.frombuffer(data, _FLOAT) if good and data else None


def _has_direction(vector: Float32) -> bool:
    """Return whether a vector is finite and not zero."""
    if 0.0 < float(vector.dot(vector)) < math.inf:
        return True
    return bool(np.isfinite(vector).all() and vector.any())  # squares may be too large or small


def _all_there(rows: Sequence[Row]) -> bool:
    """Return whether the rows of a key are all of its parts, in order."""
    count = len(rows)
    if count == 1:
        return bool(rows[0][1:3] == _ALONE)
    return [row[1:3] for row in rows] == [(part, count) for part in range(count)]


def _checksum(row: Row, norm: float, vector: memoryview | bytes) -> int:
    """Return the CRC-32 of a vector together with its key, part, parts and length."""
    return zlib.crc32(vector, zlib.crc32(_HEAD.pack(row[0], row[1], row[2], norm)))


def _record(row: Row, vector: Float32) -> Record:
    """Return a record from a row of `READ`."""
    norm, kind, start, end, tokens, truncated, *rest = row[7:]
    span = None if start is None else (float(start), float(end))
    return Record(vector, norm, kind, span, tokens, bool(truncated), *rest)

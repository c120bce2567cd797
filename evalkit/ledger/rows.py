"""Records as rows of the index, and rows as records, with everything checked on the way."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
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
_HEAD = struct.Struct("<qqd")
_FLOAT = np.dtype("<f4")
_ALONE = 0, 1

Row = tuple[Any, ...]


def row_of(key: bytes, part: int, parts: int, space: int, record: Record) -> Row:
    """Return a row as it is filed: the vector stands where `filed` puts its place."""
    return (
        key, part, parts, space, np.ascontiguousarray(record.vector, "<f4"), float(record.norm),
        record.kind, *(record.span or (None, None)), record.tokens, int(record.truncated),
        record.request_id, record.attempts, record.seconds, record.served, record.chars,
        record.estimated,
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


def sound(
    segments: Segments, batch: Sequence[Row], dim: int
) -> Iterator[tuple[bytes, list[Record]]]:
    """Yield the keys whose parts are all there, usable and of the size, with their records."""
    for key, some in groupby(batch, itemgetter(0)):
        rows = list(some)
        if _all_there(rows):
            vectors = [_read(segments, row, dim) for row in rows]
            usable = [vector for vector in vectors if vector is not None and _has_direction(vector)]
            if len(usable) == len(rows):
                yield key, list(map(_record, rows, usable))


def vector_of(segments: Segments, row: Row) -> Float32 | None:
    """Return the vector of a row of `READ`, None where it is not what was written."""
    return _read(segments, row, row[5] // 4)


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


def _read(segments: Segments, row: Row, dim: int) -> Float32 | None:
    """Return the vector of a row, None where it is not what was written or its length is absurd."""
    segment, place, length, crc, norm = row[3:8]
    vector = np.empty(dim, _FLOAT)
    data = vector.data
    try:
        good = (
            length == data.nbytes
            and segments.read(segment, place, data)
            and 0 < norm < math.inf
            and _checksum(row, norm, data) == crc
        )
    except (TypeError, struct.error):
        return None
    return vector if good else None


def _has_direction(vector: Float32) -> bool:
    """Return whether a vector is finite and not zero."""
    if 0 < float(np.dot(vector, vector)) < math.inf:
        return True
    return bool(np.isfinite(vector).all() and vector.any())  # squares may be too large or small


def _all_there(rows: Sequence[Row]) -> bool:
    """Return whether the rows of a key are all of its parts, in order."""
    count = len(rows)
    if count == 1:
        return bool(rows[0][1:3] == _ALONE)
    return [row[1:3] for row in rows] == [(part, count) for part in range(count)]


def _checksum(row: Row, norm: float, vector: memoryview) -> int:
    """Return the CRC-32 of a vector together with its key, part, parts and length."""
    return zlib.crc32(vector, zlib.crc32(row[0] + _HEAD.pack(row[1], row[2], norm)))


def _record(row: Row, vector: Float32) -> Record:
    """Return a record from a row of `READ`."""
    norm, kind, span_from, span_to, tokens, truncated, *rest = row[7:]
    span = None if span_from is None else (float(span_from), float(span_to))
    return Record(vector, norm, kind, span, tokens, bool(truncated), *rest)

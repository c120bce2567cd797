"""Pseudo-random integers that are the same everywhere, for projections nobody has to store."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]


def scramble(keys: Words) -> Words:
    """The splitmix64 hash of 64-bit keys, of any shape."""
    mixed = keys * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def keys(stream: int, *shape: int) -> Words:
    """Hashes of one numbered stream in the given shape."""
    count = int(np.prod(shape))
    start = np.uint64(stream) << np.uint64(40)
    return scramble(np.arange(count, dtype=np.uint64) + start).reshape(shape)


def signs(stream: int, rows: int, columns: int) -> NDArray[np.float64]:
    """A (rows, columns) matrix of -1 and 1."""
    bits = keys(stream, rows, columns) >> np.uint64(63)
    return bits.astype(np.float64) * 2 - 1


def normals(stream: int, rows: int, columns: int) -> NDArray[np.float64]:
    """A (rows, columns) matrix of integers, normal with deviation 256: sums of 16-bit numbers."""
    parts = keys(stream, rows, columns, 3)
    total = np.zeros((rows, columns), dtype=np.int64)
    for shift in (0, 16, 32, 48):
        total += ((parts >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.int64).sum(-1)
    return ((total - 6 * 0xFFFF) >> 8).astype(np.float64)

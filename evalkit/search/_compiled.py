"""The loops of a search for which numpy would read its data several times; numba compiles them.

They let go of the interpreter and start no threads. Import this through `loops`, in `_loops`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types

from evalkit.core.arrays import Bool, Float32, Float64, Int64


def _read(kind: types.Type, axes: int = 1) -> types.Array:
    """Return the type of an array that is only read; one that could be written passes as well."""
    return types.Array(kind, axes, "C", readonly=True)


_SUMS = {"reassoc", "contract"}
"""Lets several terms of a sum be added at a time: always the same ones, whatever the row."""
_PAIRS = _read(types.float32, 2), _read(types.float32, 2), _read(types.int64), _read(types.int64)
_LISTS = types.float32[::1], types.int64[::1], types.int64[:, ::1], types.float32[:, ::1]
BLOCK = 64
"""How many scores are looked at as one, where hardly any will do."""


@njit(
    types.void(*_PAIRS, types.int64, types.float64[::1], types.float64[::1]),
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def products(
    left: Float32,
    right: Float32,
    lefts: Int64,
    rights: Int64,
    dim: int,
    inner: Float64,
    squares: Float64,
) -> None:
    """Write the inner product of each pair of prefixes, and that of the right one with itself.

    left, right: float32 (n, width). lefts, rights: int64 (m,), the rows of a pair. inner, squares:
    float64 (m,), written; each is added up in float64 by itself.
    """
    for pair in range(len(lefts)):
        x, y = left[lefts[pair]], right[rights[pair]]
        product = square = 0.0
        for at in range(dim):
            value = np.float64(y[at])
            product += np.float64(x[at]) * value
            square += value * value
        inner[pair], squares[pair] = product, square


@njit(
    types.void(
        *_PAIRS, types.int64, _read(types.float64), _read(types.float64), types.float64[::1]
    ),
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def distances(
    left: Float32,
    right: Float32,
    lefts: Int64,
    rights: Int64,
    dim: int,
    left_norms: Float64,
    right_norms: Float64,
    out: Float64,
) -> None:
    """Write the distance of each pair of prefixes, whose rows have the lengths given: as above."""
    for pair in range(len(lefts)):
        x, y = left[lefts[pair]], right[rights[pair]]
        a, b = left_norms[lefts[pair]], right_norms[rights[pair]]
        square = 0.0
        for at in range(dim):
            gap = np.float64(y[at]) * b - np.float64(x[at]) * a
            square += gap * gap
        out[pair] = np.sqrt(square)


@njit(types.void(types.int64, _read(types.float64), *_LISTS), cache=True, nogil=True)
def tidy(
    nth: int, margins: Float64, floors: Float32, held: Int64, rows: Int64, scores: Float32
) -> None:
    """Raise each query's floor to the margin below the nth best score on its list; drop the rest.

    nth: from 1. margins: float64 (nq,). floors: float32 (nq,). held: int64 (nq,), the length of the
    lists. rows, scores: int64 and float32 (nq, room), the lists.
    """
    for query in range(len(held)):
        own_rows, own_scores, count = rows[query], scores[query], held[query]
        if count > nth:
            best = np.partition(own_scores[:count], count - nth)[count - nth]
            least = np.nextafter(np.float32(best - margins[query]), np.float32(-np.inf))
            floors[query] = max(floors[query], least)
        kept = 0
        for at in range(count):
            if own_scores[at] >= floors[query]:
                own_rows[kept], own_scores[kept] = own_rows[at], own_scores[at]
                kept += 1
        held[query] = kept


@njit(nogil=True)
def _mark(line: Float32, scale: Float32, shift: Float32, floor: float, busy: Bool) -> None:
    """Write for each block of a line whether one of its scores reaches the floor."""
    for block in range(len(busy)):
        part = slice(block * BLOCK, block * BLOCK + BLOCK)
        sums, factors, offsets = line[part], scale[part], shift[part]
        some = False
        for at in range(len(sums)):
            some |= (sums[at] - offsets[at]) * factors[at] >= floor
        busy[block] = some


@njit(nogil=True)
def _take(
    sums: Float32,
    factors: Float32,
    offsets: Float32,
    numbers: Int64,
    floor: float,
    held: int,
    rows: Int64,
    scores: Float32,
) -> int:
    """Put the scores of a block that reach the floor on a list that holds some; return how many."""
    for at in range(len(sums)):
        score = (sums[at] - offsets[at]) * factors[at]
        if score >= floor:
            rows[held], scores[held] = numbers[at], score
            held += 1
    return held


@njit(
    types.int64(
        _read(types.float32, 2),
        _read(types.float32),
        _read(types.float32),
        _read(types.int64),
        types.int64[::1],
        types.int64,
        _read(types.float64),
        *_LISTS,
    ),
    cache=True,
    nogil=True,
)
def offer(
    sums: Float32,
    scale: Float32,
    shift: Float32,
    numbers: Int64,
    done: Int64,
    nth: int,
    margins: Float64,
    floors: Float32,
    held: Int64,
    rows: Int64,
    scores: Float32,
) -> int:
    """Put what reaches its query's floor on that query's list, and tidy the lists that are full.

    sums: float32 (nq, r), of which `scale * (sums - shift)` are the scores. numbers: int64 (r,),
    the rows that they belong to. done: int64 (nq,), the blocks of a query that were looked at,
    written. nth, margins and the lists: as in `tidy`. Returns how many queries had to stop because
    their list stayed full.
    """
    stopped, room = 0, rows.shape[1]
    busy = np.empty(-(-len(scale) // BLOCK), np.bool_)
    for query in range(len(sums)):
        own = slice(query, query + 1)
        _mark(sums[query], scale, shift, floors[query], busy)
        while done[query] < len(busy):
            start = done[query] * BLOCK
            if busy[done[query]]:
                if held[query] + BLOCK > room:
                    tidy(nth, margins[own], floors[own], held[own], rows[own], scores[own])
                if held[query] + BLOCK > room:
                    stopped += 1
                    break
                held[query] = _take(
                    sums[query, start : start + BLOCK],
                    scale[start : start + BLOCK],
                    shift[start : start + BLOCK],
                    numbers[start : start + BLOCK],
                    floors[query],
                    held[query],
                    rows[query],
                    scores[query],
                )
            done[query] += 1
    return stopped

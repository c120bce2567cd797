"""One pass over the corpus that finds the nominees of every query at all sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.arrays import Float32, Int64
from evalkit.search._shortlist import Shortlist
from evalkit.search._space import Space


def sweep(
    space: Space, dims: Sequence[int], k: int, rows_at_once: int = 1024, capacity: int = 1 << 22
) -> dict[int, tuple[Int64, Int64]]:
    """Return per size the pairs (queries, rows) that may be among the k best items of a query."""
    sizes = sorted(set(dims))
    lists = [Shortlist(space, dim, k, capacity) for dim in sizes]
    queries = space.fast_queries()
    for start in range(0, len(space), rows_at_once):
        block, rows = space.block(start, start + rows_at_once)
        banned = _banned_in(space, rows)
        lengths = prefix_lengths(block, sizes)
        sums = np.zeros((len(queries), len(rows)), np.float32)
        done = 0
        for dim, shortlist, length in zip(sizes, lists, lengths, strict=True):
            sums += queries[:, done:dim] @ block[:, done:dim].T
            if done == 0:
                sums[banned] = -np.inf
            scale, shift = space.fast_scale(rows, length)
            scores = sums * scale
            if shift is not None:
                scores += shift
            shortlist.add(0, scores, rows)
            done = dim
    return {dim: shortlist.pairs() for dim, shortlist in zip(sizes, lists, strict=True)}


def prefix_lengths(block: Float32, sizes: Sequence[int]) -> list[Float32]:
    """Return the length of each row's prefix at rising sizes: float32 (r,) each."""
    total = np.zeros(len(block), np.float32)
    out = []
    for begin, end in zip([0, *sizes], sizes, strict=False):
        total = total + np.einsum("ij,ij->i", block[:, begin:end], block[:, begin:end])
        out.append(np.sqrt(total))
    return out


def _banned_in(space: Space, rows: Int64) -> tuple[Int64, Int64]:
    """Return the pairs that may not be found as positions in a block: queries and columns."""
    queries, banned = space.banned
    low, high = np.searchsorted(banned, [rows[0], rows[-1] + 1])
    columns = np.searchsorted(rows, banned[low:high])
    inside = rows[np.minimum(columns, len(rows) - 1)] == banned[low:high]
    return queries[low:high][inside], columns[inside]

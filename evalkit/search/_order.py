"""The final order of nominees: exact scores, ties by id, one row per item, cut at k."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evalkit.core.arrays import Float64, Int64, best_first
from evalkit.search._space import Space


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best pairs: by query, best first, at most k per query.

    pairs: int64 (m,), positions in the nominees; places: int64 (m,), 0 for the best of a query;
    scores: float64 (m,), rounded similarities.
    """

    pairs: Int64
    places: Int64
    scores: Float64


def best_per_query(space: Space, dim: int, queries: Int64, rows: Int64, k: int) -> Best:
    """Return the best k items of each query among nominees, which are sorted by query.

    An item that owns several rows counts once, with its best row.
    """
    scores = space.scores(dim, queries, rows)
    order = _best_first_per_query(queries, scores, space.ties[rows], space.places)
    if space.most_rows > 1:
        key = queries[order] * (int(space.owners.max()) + 1) + space.owners[rows[order]]
        order = order[np.sort(np.unique(key, return_index=True)[1])]
    sizes = np.bincount(queries[order], minlength=len(space.queries))
    places = np.arange(len(order)) - (np.cumsum(sizes) - sizes)[queries[order]]
    kept = places < k
    return Best(order[kept], places[kept], scores[order[kept]])


def _best_first_per_query(queries: Int64, scores: Float64, ties: Int64, places: Int64) -> Int64:
    """Return the order that puts each query's best first, the queries staying as they are."""
    order = np.empty(len(queries), np.int64)
    edges = [0, *(np.flatnonzero(np.diff(queries)) + 1).tolist(), len(queries)]
    for begin, end in pairwise(edges):
        kept = int(places[queries[begin]]) if end > begin else 0
        order[begin:end] = best_first(scores[begin:end], ties[begin:end], kept)
        order[begin:end] += begin
    return order

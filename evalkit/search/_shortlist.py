"""The nominees of one size while a sweep goes on, and the score that a further one must reach."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evalkit.core.arrays import Float32, Float64, Int64
from evalkit.search._order import best_per_query
from evalkit.search._space import Space

_LOWEST = np.finfo(np.float32).min


@dataclass(slots=True, eq=False)
class Shortlist:
    """Pairs of query and row that may be among the best k of a query at one size.

    floor: float32 (nq, 1), the fast score that a row must reach to be added; it rises as the sweep
    goes on. capacity: how many pairs to hold before exact scores decide which may stay.
    """

    space: Space
    dim: int
    k: int
    capacity: int
    floor: Float32 = field(init=False)
    _margin: Float64 = field(init=False)
    _chunks: list[tuple[Int64, Int64, Float32]] = field(init=False, default_factory=list)
    _held: int = field(init=False, default=0)
    _full_at: int = field(init=False, default=0)
    _most: int = field(init=False)

    def __post_init__(self) -> None:
        """Start with a floor that every finite score reaches."""
        nq = len(self.space.queries)
        self.floor = np.full((nq, 1), _LOWEST, np.float32)
        self._margin = self.space.margin(self.dim)
        self._most = self.space.most_rows()
        self._full_at = 2 * self.k * nq

    def add(self, first: int, scores: Float32, rows: Int64) -> None:
        """Take from fast scores, float32 (q, r) for the queries from `first` on, what may count.

        rows: int64 (r,), the row numbers of the columns.
        """
        floor = self.floor[first : first + len(scores)]
        if floor[0, 0] == _LOWEST:
            self._raise_floor(first, nth_largest(scores, (self.k - 1) * self._most))
        found = np.flatnonzero(scores >= floor)
        queries, columns = np.divmod(found, scores.shape[1])
        self._chunks.append((queries + first, rows[columns], scores.ravel()[found]))
        self._held += len(found)
        if self._held > self._full_at:
            self._tighten()

    def pairs(self) -> tuple[Int64, Int64]:
        """Return the nominees: queries and rows, int64 (m,) each."""
        queries, rows, _ = self._joined()
        return queries, rows

    def _joined(self) -> tuple[Int64, Int64, Float32]:
        """Return all chunks as one, by query."""
        if not self._chunks:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        queries, rows, scores = (np.concatenate(part) for part in zip(*self._chunks, strict=True))
        order = np.argsort(queries, kind="stable")
        return queries[order], rows[order], scores[order]

    def _tighten(self) -> None:
        """Drop the pairs that the pairs found since rule out."""
        queries, rows, scores = self._joined()
        if self._most == 1:
            table = _by_query(queries, scores, len(self.floor))
        else:
            key = queries * (int(self.space.owners.max()) + 1) + self.space.owners[rows]
            order = np.lexsort((-scores, key))
            first = np.flatnonzero(np.diff(key[order], prepend=-1))
            table = _by_query(queries[order][first], scores[order][first], len(self.floor))
        self._raise_floor(0, nth_largest(table, self.k - 1))
        keep = scores >= self.floor[queries, 0]
        queries, rows, scores = queries[keep], rows[keep], scores[keep]
        if len(queries) > self.capacity:
            queries, rows, scores = self._settle(queries, rows, scores)
        self._chunks = [(queries, rows, scores)]
        self._held = len(queries)
        self._full_at = self._held + 2 * self.k * len(self.floor)

    def _settle(
        self, queries: Int64, rows: Int64, scores: Float32
    ) -> tuple[Int64, Int64, Float32]:
        """Keep only the best k per query by exact score: near-ties have filled the list."""
        best = best_per_query(self.space, self.dim, queries, rows, self.k)
        return queries[best.pairs], rows[best.pairs], scores[best.pairs]

    def _raise_floor(self, first: int, kth: Float32) -> None:
        """Raise the floor to the margin below the k-th score of each query from `first` on."""
        part = slice(first, first + len(kth))
        floor = np.nextafter((kth - self._margin[part]).astype(np.float32), _LOWEST)
        np.maximum(self.floor[part, 0], floor, out=self.floor[part, 0])


def nth_largest(scores: Float32, n: int) -> Float32:
    """Return the n-th largest value of each row, counted from 0; the lowest float without one."""
    width = scores.shape[1]
    if n >= width:
        return np.full(len(scores), _LOWEST)
    return np.partition(scores, width - 1 - n, axis=1)[:, width - 1 - n]


def _by_query(queries: Int64, scores: Float32, count: int) -> Float32:
    """Return scores sorted by query as one row per query, filled up with the lowest float."""
    sizes = np.bincount(queries, minlength=count)
    table = np.full((count, max(1, int(sizes.max(initial=0)))), _LOWEST)
    place = np.arange(len(queries)) - (np.cumsum(sizes) - sizes)[queries]
    table[queries, place] = scores
    return table

"""The nominees of one size while a sweep goes on, and the score that a further one must reach."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Float32, Int64
from evalkit.search._order import best_per_query
from evalkit.search._space import Pairs, Space
from evalkit.search._tile import LOWEST, Tile

_ROOM = 8
_Chunk = tuple[Int64, Int64, Float32]


class Shortlist:
    """Pairs of query and row that may be among the best k of a query at one size.

    `_floor`, float32 (nq, 1), is the fast score that a row must reach to be added. It rises as the
    sweep goes on, so that later tiles add little. Lists are tidied when they have grown by twice
    what they must hold. Near-ties may make them longer than that: then exact scores decide.
    """

    def __init__(self, space: Space, dim: int, k: int) -> None:
        nq = len(space.queries)
        self._space, self._dim, self._k = space, dim, k
        self._floor = np.full((nq, 1), LOWEST, np.float32)
        self._margin = space.margin(dim)
        self._chunks: list[_Chunk] = []
        self._held = 0
        self._full_at = 2 * k * nq
        self._capacity = _ROOM * k * nq

    def add(self, tile: Tile, part: slice) -> None:
        """Take from a tile, of which `part` are this list's queries, what may be among the best."""
        tile.add_up(part)
        if self._floor[0, 0] == LOWEST:
            kth = nth_largest(tile.scores(part), (self._k - 1) * self._space.most_rows)
            self._raise_floor(kth)
        self._take(tile, part, tile.reaching(part, self._floor))
        if self._held > self._full_at:
            self._tidy()
            if self._held > self._capacity:
                self._settle()
            self._full_at = self._held + 2 * self._k * len(self._floor)

    def _take(self, tile: Tile, part: slice, found: Int64) -> None:
        """Hold those of the places found that reach the floor."""
        queries, columns = np.divmod(found, len(tile.rows))
        scores = tile.sums[part].ravel()[found]
        scores -= tile.shift[columns]
        scores *= tile.scale[columns]
        kept = np.flatnonzero(scores >= self._floor[queries, 0])
        self._chunks.append((queries[kept], tile.rows[columns[kept]], scores[kept]))
        self._held += len(kept)

    def pairs(self) -> Pairs:
        """Return the nominees, sorted by query."""
        self._tidy()
        queries, rows, _ = self._chunks[0]
        return queries, rows

    def _tidy(self) -> None:
        """Raise the floor to what was found so far and drop what lies below it."""
        queries, rows, scores = self._joined()
        table = self._table(queries, rows, scores)
        self._raise_floor(nth_largest(table, self._k - 1))
        self._hold(queries, rows, scores, scores >= self._floor[queries, 0])

    def _settle(self) -> None:
        """Keep only the best k per query by exact score."""
        queries, rows, scores = self._chunks[0]
        best = best_per_query(self._space, self._dim, queries, rows, self._k)
        self._hold(queries, rows, scores, best.pairs)

    def _hold(self, queries: Int64, rows: Int64, scores: Float32, kept: np.ndarray) -> None:
        """Hold nothing but the pairs chosen."""
        self._chunks = [(queries[kept], rows[kept], scores[kept])]
        self._held = len(self._chunks[0][0])

    def _joined(self) -> _Chunk:
        """Return all chunks as one, sorted by query."""
        none = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        parts = zip(*(self._chunks or [none]), strict=True)
        queries, rows, scores = (np.concatenate(part) for part in parts)
        small = queries.astype(np.uint16) if len(self._floor) < 1 << 16 else queries
        order = np.argsort(small, kind="stable")
        return queries[order], rows[order], scores[order]

    def _table(self, queries: Int64, rows: Int64, scores: Float32) -> Float32:
        """Return scores as one line per query, the best one of each item, filled with lowest."""
        if self._space.most_rows > 1:
            items = queries * (int(self._space.owners.max()) + 1) + self._space.owners[rows]
            order = np.lexsort((-scores, items))
            best = order[np.flatnonzero(np.diff(items[order], prepend=-1))]
            queries, scores = queries[best], scores[best]
        counts = np.bincount(queries, minlength=len(self._floor))
        table = np.full((len(counts), max(1, int(counts.max(initial=0)))), LOWEST)
        place = np.arange(len(queries)) - np.repeat(np.cumsum(counts) - counts, counts)
        table[queries, place] = scores
        return table

    def _raise_floor(self, kth: Float32) -> None:
        """Raise the floor to the margin below the k-th score of each query."""
        floor = np.nextafter((kth - self._margin).astype(np.float32), LOWEST)
        np.maximum(self._floor[:, 0], floor, out=self._floor[:, 0])


def nth_largest(scores: Float32, n: int) -> Float32:
    """Return the n-th largest value of each row, counted from 0; the lowest float without one."""
    place = scores.shape[1] - 1 - n
    if place < 0:
        return np.full(len(scores), LOWEST)
    return np.partition(scores, place, axis=1)[:, place]

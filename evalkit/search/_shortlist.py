"""The nominees of one size while a sweep goes on, and the score that a further one must reach."""

from __future__ import annotations

from threading import Lock

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
    Several threads may add at a time; one that sees an older floor adds more than it need.
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
        self._lock = Lock()

    def add(self, tile: Tile) -> None:
        """Take from a tile what may be among the best."""
        if self._floor[0, 0] == LOWEST:
            nth = (self._k - 1) * self._space.most_rows  # the k-th item is not below this row
            self._raise_floor(nth_largest(tile.scores(), nth))
        queries, columns = np.divmod(tile.reaching(self._floor), len(tile.rows))
        scores = tile.scores_at(queries, columns)
        kept = np.flatnonzero(scores >= self._floor[queries, 0])
        with self._lock:
            self._chunks.append((queries[kept], tile.rows[columns[kept]], scores[kept]))
            self._held += len(kept)
            if self._held > self._full_at:
                self._make_room()

    def pairs(self) -> Pairs:
        """Return the nominees, sorted by query."""
        self._tidy()
        queries, rows, _ = self._joined()
        return queries, rows

    def _make_room(self) -> None:
        """Drop what is ruled out by now; where too much is left, keep the best by exact score."""
        self._tidy()
        if self._held > self._capacity:
            queries, rows, scores = self._joined()
            best = best_per_query(self._space, self._dim, queries, rows, self._k).pairs
            self._chunks = [(queries[best], rows[best], scores[best])]
            self._held = len(best)
        self._full_at = self._held + 2 * self._k * len(self._floor)

    def _tidy(self) -> None:
        """Raise the floor to what was found so far and drop what lies below it."""
        chunks = self._chunks if self._space.most_rows == 1 else [self._best_of_items()]
        self._raise_floor(nth_largest(_by_query(chunks, len(self._floor)), self._k - 1))
        kept = [(chunk, chunk[2] >= self._floor[chunk[0], 0]) for chunk in self._chunks]
        self._chunks = [(q[keep], r[keep], s[keep]) for (q, r, s), keep in kept]
        self._held = sum(len(chunk[0]) for chunk in self._chunks)

    def _joined(self) -> _Chunk:
        """Return all chunks as one, sorted by query."""
        none = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        parts = zip(*(self._chunks or [none]), strict=True)
        queries, rows, scores = (np.concatenate(part) for part in parts)
        small = queries.astype(np.uint16) if len(self._floor) < 1 << 16 else queries
        order = np.argsort(small, kind="stable")
        return queries[order], rows[order], scores[order]

    def _best_of_items(self) -> _Chunk:
        """Return the pairs in which the row is the best of its item for the query."""
        queries, rows, scores = self._joined()
        items = queries * (int(self._space.owners.max()) + 1) + self._space.owners[rows]
        order = np.lexsort((-scores, items))
        best = order[np.flatnonzero(np.diff(items[order], prepend=-1))]
        return queries[best], rows[best], scores[best]

    def _raise_floor(self, kth: Float32) -> None:
        """Raise the floor to the margin below the k-th score of each query."""
        floor = np.nextafter((kth - self._margin).astype(np.float32), LOWEST)
        np.maximum(self._floor[:, 0], floor, out=self._floor[:, 0])


def _by_query(chunks: list[_Chunk], nq: int) -> Float32:
    """Return the scores of chunks, each sorted by query, as one line per query.

    Returns float32 (nq, most), filled up with the lowest score.
    """
    counts = [np.bincount(queries, minlength=nq) for queries, _, _ in chunks]
    total = np.sum(counts, axis=0, initial=0, dtype=np.int64)
    table = np.full((nq, max(1, int(np.max(total, initial=0)))), LOWEST)
    taken = np.zeros(nq, np.int64)
    for (queries, _, scores), count in zip(chunks, counts, strict=True):
        first = taken - (np.cumsum(count) - count)
        table[queries, np.arange(len(queries)) + np.repeat(first, count)] = scores
        taken += count
    return table


def nth_largest(scores: Float32, n: int) -> Float32:
    """Return the n-th largest value of each row, counted from 0; the lowest float without one."""
    place = scores.shape[1] - 1 - n
    if place < 0:
        return np.full(len(scores), LOWEST)
    return np.partition(scores, place, axis=1)[:, place]

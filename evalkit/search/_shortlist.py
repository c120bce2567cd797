"""The nominees of one size while a sweep goes on, and the score that a further one must reach."""

from __future__ import annotations

from threading import Lock

import numpy as np

from evalkit.core.arrays import Bool, Float32, Int64
from evalkit.search._loops import loops
from evalkit.search._order import best_per_query
from evalkit.search._space import Pairs, Space

_LOWEST = np.float32(-1e30)
"""Below every score, and finite: what may not be found has minus infinity."""
_GROUP = 8


class Shortlist:
    """Pairs of query and row that may be among the best k of a query at one size.

    Every query has a list and a floor, the fast score that a row must reach to be put on it. A full
    list drops what lies further than the margin below its k-th score, and the floor rises to there,
    so that later rows add little. Where near-ties, or many rows of one item, keep a list full,
    exact scores decide. Several threads may add at a time; they take turns.
    """

    def __init__(self, space: Space, dim: int, k: int) -> None:
        nq, room = len(space.queries), room_for(k)
        self._space, self._dim, self._k = space, dim, k
        self._nth = (k - 1) * space.most_rows + 1  # the k-th item is not below this row
        self._margin = space.margin(dim)
        self._floor = np.full(nq, _LOWEST)
        self._held = np.zeros(nq, np.int64)
        self._rows = np.empty((nq, room), np.int64)
        self._scores = np.empty((nq, room), np.float32)
        self._lists = self._nth, self._margin, self._floor, self._held, self._rows, self._scores
        self._lock = Lock()

    def add(self, sums: Float32, scale: Float32, shift: Float32, rows: Int64) -> None:
        """Take from a block of rows what may be among the best.

        sums: float32 (nq, r), products of queries and rows. scale, shift: float32 (r,), which make
        the fast scores `scale * (sums - shift)`. rows: int64 (r,), their numbers.
        """
        done = np.zeros(len(sums), np.int64)
        blocks = -(-len(rows) // loops().BLOCK)
        with self._lock:
            if len(sums) and self._floor[0] == _LOWEST:
                self._start((sums - shift) * scale)
            while loops().offer(sums, scale, shift, rows, done, *self._lists):
                self._make_room(done < blocks)

    def pairs(self) -> Pairs:
        """Return the nominees, sorted by query."""
        with self._lock:
            loops().tidy(*self._lists)
            queries, places = np.nonzero(self._taken())
            return queries, self._rows[queries, places]

    def _start(self, scores: Float32) -> None:
        """Raise the floors by the first scores, float32 (nq, r).

        Only the best of every eight are put in order: n of them reach the n-th, so that the n-th of
        all is not below it.
        """
        width = scores.shape[1] // _GROUP
        if width >= self._nth:
            best = scores[:, : width * _GROUP].reshape(-1, _GROUP, width).max(axis=1)
            self._raise_floor(np.partition(best, -self._nth, axis=1)[:, -self._nth])

    def _taken(self) -> Bool:
        """Return which places of the lists hold something: bool (nq, room)."""
        return np.arange(self._rows.shape[1]) < self._held[:, None]

    def _make_room(self, full: Bool) -> None:
        """Leave the best k items, by exact score, on some lists, and raise their floors."""
        queries, places = np.nonzero(self._taken() & full[:, None])
        rows, scores = self._rows[queries, places], self._scores[queries, places]
        best = best_per_query(self._space, self._dim, queries, rows, self._k)
        to = queries[best.pairs], best.places
        self._rows[to], self._scores[to] = rows[best.pairs], scores[best.pairs]
        self._held[full] = np.bincount(to[0], minlength=len(full))[full]
        worst = np.where(self._taken(), self._scores, np.inf).min(axis=1)
        self._raise_floor(np.where(full & (self._held == self._k), worst, _LOWEST))

    def _raise_floor(self, kth: Float32) -> None:
        """Raise the floor to the margin below the k-th score of each query."""
        floor = np.nextafter((kth - self._margin).astype(np.float32), _LOWEST)
        np.maximum(self._floor, floor, out=self._floor)


def room_for(k: int) -> int:
    """Return how many pairs the list of one query holds."""
    return 2 * (k + int(loops().BLOCK))

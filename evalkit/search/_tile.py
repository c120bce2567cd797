"""What some queries make of one block of rows, and where that is worth a second look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Bool, Float32, Int64

LOWEST = np.float32(-1e30)
"""Below every score, and finite: what may not be found has minus infinity."""
_TOO_MANY = 16


@dataclass(slots=True, eq=False)
class Tile:
    """The sums of products of some queries and one block of rows, at one size.

    sums: float32 (nq, r). scale, shift: float32 (r,), which make the scores
    `scale * (sums - shift)`. rows: int64 (r,), the row numbers.
    """

    sums: Float32
    scale: Float32
    shift: Float32
    rows: Int64

    def scores(self) -> Float32:
        """Return all scores: float32 (nq, r)."""
        scores = self.sums - self.shift
        scores *= self.scale
        return scores

    def scores_at(self, queries: Int64, columns: Int64) -> Float32:
        """Return some scores, the same numbers that `scores` has: float32 (m,)."""
        scores = self.sums[queries, columns]
        scores -= self.shift[columns]
        scores *= self.scale[columns]
        return scores

    def reaching(self, floor: Float32) -> Int64:
        """Return where scores reach the floor, float32 (nq, 1), and perhaps some places more.

        Sums are compared with one bar per query, which costs a single look at each; where the rows
        differ too much for that to tell them apart, every score is worked out. Returns places in
        the flattened scores, int64 (m,).
        """
        turned = 1 / self.scale
        bar = floor * np.where(floor > 0, turned.min(), turned.max()) + self.shift.min()
        found = _where(self.sums >= np.nextafter(bar, LOWEST))
        if len(found) > self.sums.size // _TOO_MANY:
            found = _where(self.scores() >= floor)
        return found


def _where(mask: Bool) -> Int64:
    """Return the places of the few that are true in a flattened mask: int64 (m,), rising.

    Eight are looked at as one, which is faster than `flatnonzero` where nearly all are false.
    """
    if mask.size % 8:
        return np.flatnonzero(mask)
    words = mask.ravel().view(np.uint64)
    busy = np.flatnonzero(words.astype(bool))
    inside = np.flatnonzero(words[busy].view(bool))
    places: Int64 = busy[inside >> 3] * 8 + (inside & 7)
    return places

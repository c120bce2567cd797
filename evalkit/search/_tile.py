"""The products of some queries with one block of rows, growing from size to size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Bool, Float32, Int64

LOWEST = np.float32(-1e30)
"""Below every score, and finite: what may not be found has minus infinity."""
_TOO_MANY = 16


@dataclass(slots=True, eq=False)
class Tile:
    """One block of rows at one size, for all queries of a pass.

    sums: float32 (nq, r), products of the prefixes up to the size before; products: float32
    (nq, r), what this size adds to them, or None for the first. scale, shift: float32 (r,),
    which make the scores `scale * (sums - shift)`. rows: int64 (r,), the row numbers.
    """

    sums: Float32
    products: Float32 | None
    scale: Float32
    shift: Float32
    rows: Int64

    def add_up(self, part: slice) -> None:
        """Add the products to the sums of some queries; to be done once."""
        if self.products is not None:
            self.sums[part] += self.products[part]

    def scores(self, part: slice) -> Float32:
        """Return the scores of some queries, worked out anew: float32 (q, r)."""
        scores = self.sums[part] - self.shift
        scores *= self.scale
        return scores

    def reaching(self, part: slice, floor: Float32) -> Int64:
        """Return where scores reach the floor, float32 (q, 1), and perhaps some places more.

        Sums are compared with one bar per query, which costs a single look at each; where the rows
        differ too much for that to tell them apart, every score is worked out. Returns places in
        the flattened scores, int64 (m,).
        """
        turned = 1 / self.scale
        bar = floor * np.where(floor > 0, turned.min(), turned.max()) + self.shift.min()
        sums = self.sums[part]
        found = _where(sums >= np.nextafter(bar, LOWEST))
        if len(found) > sums.size // _TOO_MANY:
            found = np.flatnonzero(self.scores(part) >= floor)
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

"""Evidence on the space itself: where vectors lie, and who is near to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float32, Int64
from evalkit.core.items import Item, SideName


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Evidence of the kind `space`: the vectors of both sides and the neighbours of queries.

    ids: the corpus items, the units. vectors: float32 (n, dim), unit rows, the mean direction of an
    item with several, NaN for an item without one. modalities: of each unit. queries: float32
    (q, dim), likewise; query_modalities. neighbours: int64 (q, k), positions of the units nearest
    to each query, best first, -1 beyond the end. positives: int64 (p, 2), a query and a unit that
    answers it. clusters as in `Ranked`.
    """

    kind: ClassVar[str] = "space"
    ids: tuple[str, ...]
    vectors: Float32
    modalities: tuple[str, ...]
    queries: Float32
    query_modalities: tuple[str, ...]
    neighbours: Int64
    positives: Int64
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: ClassVar[SideName] = "corpus"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which units changed; a changed query may change all of them, bool (n,)."""
        if side == "query":
            return np.full(len(self.ids), bool(changed))
        return np.array([name in changed for name in self.ids], bool)

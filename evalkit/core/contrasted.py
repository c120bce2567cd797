"""Evidence on minimal pairs: two queries and two documents that one detail tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.items import Item, SideName


@dataclass(frozen=True, slots=True, eq=False)
class Contrasted:
    """Evidence of the kind `contrasts`: who answers whom in each minimal pair.

    Query 1 is answered by document 1 and contradicted by document 2, query 2 the other way round.
    ids: the pairs. kinds: what tells each apart, such as `negation`. similarity: float64 (n, 2, 2),
    of query i and document j, NaN where one has no vector. control: float64 (n, 2), of query i and
    the paraphrase of document i, NaN where there is none. right, contrary: int64 (n, 2), the place
    of the answering and of the contradicting document when query i is asked of the whole corpus, 1
    the best, 0 where it is not in the list. roles: item id -> the pairs that it plays in, by
    position; sides: item id -> `query` or `corpus`. clusters, units as in `Ranked`; pairs of one
    template form a cluster.
    """

    kind: ClassVar[str] = "contrasts"
    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    similarity: Float64
    control: Float64
    right: Int64
    contrary: Int64
    roles: dict[str, tuple[int, ...]]
    sides: dict[str, SideName]
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: ClassVar[SideName] = "query"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which pairs have a member of that side among the changed, bool (n,)."""
        found = np.zeros(len(self.ids), bool)
        for name in changed:
            if self.sides.get(name) == side:
                found[list(self.roles[name])] = True
        return found

"""Evidence on who is shown: ranked lists, the groups of the items in them, and a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.items import Item, SideName


@dataclass(frozen=True, slots=True, eq=False)
class Balanced:
    """Evidence of the kind `balance`: how the groups of a protected tag are spread over each list.

    ids: the queries. rows: int64 (n, k), positions in `corpus`, best first, -1 beyond the end.
    groups: the groups as declared; signed numbers are about the first. member: float64 (items,
    groups), how far each item belongs to each group, rows of at most 1; what is left is unknown.
    pool: bool (n, items), what each query could find. target: float64 (n, groups), the distribution
    that each list is held against, rows of sum 1 without a zero, NaN for a query that has none.
    shares: float64 (n, groups), the groups among those who do the work or the like, from elsewhere,
    NaN where not known. relevant: bool (n, items). named: int64 (n,), the position in `groups` of
    the group that a query names, -1 for a neutral one. coverage: the least share of labelled places
    that a list must have to be scored. clusters: the subject, such as the occupation. units: the
    queries.
    """

    kind: ClassVar[str] = "balance"
    ids: tuple[str, ...]
    rows: Int64
    groups: tuple[str, ...]
    member: Float64
    pool: Bool
    target: Float64
    shares: Float64
    relevant: Bool
    named: Int64
    coverage: float
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    corpus: tuple[Item, ...]
    matched: Int64
    side: ClassVar[SideName] = "query"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which queries are among the changed, or could find one, bool (n,)."""
        if side == "query":
            return np.array([name in changed for name in self.ids], bool)
        moved = np.array([item.id in changed for item in self.corpus], bool)
        return np.asarray((self.pool & moved).any(axis=1))

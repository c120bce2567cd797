"""What a task hands to metrics: units, and what was found for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.items import Item


class Evidence(Protocol):
    """What a task hands to metrics: of which kind, and about which units.

    ids: the units, queries mostly. clusters: as in `Scores`. units: the items behind the ids, whose
    tags make groups.
    """

    kind: ClassVar[str]

    @property
    def ids(self) -> tuple[str, ...]:
        """The units, in order."""

    @property
    def clusters(self) -> tuple[np.ndarray, ...]:
        """One or more label arrays, object (n,) each."""

    @property
    def units(self) -> tuple[Item, ...]:
        """The items behind the ids, in the same order."""

    def touched(self, changed: frozenset[str]) -> Bool:
        """Return which units rest on one of the changed corpus items, bool (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Evidence of the kind `ranking`: ranked lists and what is known of their items.

    ids: the queries. rows: int64 (n, k), positions in the corpus, -1 beyond the end of a list;
    scores: float64 (n, k). judged: int64 (n, j), positions of the judged items, best grade first,
    -1 beyond the end; grades: int64 (n, j), 0 there. relevant: the grade from which an item counts
    as relevant. clusters as in `Scores`. units: the queries; corpus: the items that `rows` and
    `judged` point to.
    """

    kind: ClassVar[str] = "ranking"
    ids: tuple[str, ...]
    rows: Int64
    scores: Float64
    judged: Int64
    grades: Int64
    relevant: int
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    corpus: tuple[Item, ...]

    def touched(self, changed: frozenset[str]) -> Bool:
        """Return which queries have a relevant item among the changed ones, bool (n,).

        Where nothing is judged every query counts as soon as anything changed.
        """
        if not (self.judged >= 0).any():
            return np.full(len(self.ids), bool(changed))
        moved = np.array([item.id in changed for item in self.corpus] + [False], bool)
        relevant = np.where(self.grades >= self.relevant, self.judged, -1)
        return np.asarray(np.any(moved[relevant], axis=1))

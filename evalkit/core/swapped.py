"""Evidence on swapped words: a query or a document, and what it becomes when gender is swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.items import Item, SideName

Roles = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Swapped:
    """Evidence of the kind `swaps`: what a query finds, and its two variants that name a group.

    A unit is a triple of queries: neutral ("a nurse"), prototypical (the variant that the
    stereotype expects) and counter (the other one). ids: the triples. rows: int64 (n, 3, k), their
    lists in that order, positions in the corpus, best first, -1 beyond the end. similarity: float64
    (n, 2), of the neutral query and the prototypical one, and of the neutral one and the other; NaN
    where one has no vector. roles: query id -> the triples that it plays in, by position. corpus:
    the ids of what can be found. clusters: what triples have in common, such as the occupation.
    units: an item a triple.
    """

    kind: ClassVar[str] = "swaps"
    ids: tuple[str, ...]
    rows: Int64
    similarity: Float64
    roles: Roles
    corpus: frozenset[str]
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: ClassVar[SideName] = "query"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which triples have a changed query; a document may be in all, bool (n,)."""
        if side == "corpus":
            return np.full(len(self.ids), not self.corpus.isdisjoint(changed))
        return _playing(len(self.ids), self.roles, changed)


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """Evidence of the kind `wordings`: a query beside one document in several wordings.

    A unit is one document in female, in male and, where there is one, in neutral wording, and a
    query. ids: the units. similarity: float64 (n, 3), of the query and the female, the male and the
    neutral wording; NaN where there is none, or no vector. roles: item id -> the units that it
    plays in, by position; sides: item id -> `query` or `corpus`. clusters and units as in
    `Swapped`.
    """

    kind: ClassVar[str] = "wordings"
    ids: tuple[str, ...]
    similarity: Float64
    roles: Roles
    sides: dict[str, SideName]
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: ClassVar[SideName] = "query"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which units have a member of that side among the changed, bool (n,)."""
        of_side = frozenset(name for name in changed if self.sides.get(name) == side)
        return _playing(len(self.ids), self.roles, of_side)


def _playing(count: int, roles: Roles, changed: frozenset[str]) -> Bool:
    """Return which units one of the changed items plays in, bool (count,)."""
    found = np.zeros(count, bool)
    for name in changed & roles.keys():
        found[list(roles[name])] = True
    return found

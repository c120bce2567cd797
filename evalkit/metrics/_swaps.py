"""What metrics of swapped words share: who is scored, and what swapping by chance would give."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.metric import weighted_mean
from evalkit.core.results import Scores
from evalkit.core.swapped import Swapped, Worded
from evalkit.metrics._unit import E, UnitMetric

_DRAWS = 200
NEUTRAL, PROTOTYPICAL, COUNTER = range(3)
"""The places of the three queries of a triple."""
FEMALE, MALE = range(2)
"""The places of two wordings of a document."""


class SignedMetric(UnitMetric[E]):
    """A value per unit that changes its sign when the two groups change places; 0 is best."""

    __slots__ = ()

    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def scorable(self, evidence: E) -> Bool:
        """Return which units count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def null(self, evidence: E, rng: np.random.Generator) -> Float64:
        """Return the mean where chance says which group is which, float64 (200,).

        Units of one cluster change their sign together, clusters in order of their labels.
        """
        scores = self.per_unit(evidence)
        _, code = np.unique(scores.clusters[0].astype(str), return_inverse=True)
        signs = rng.choice((-1.0, 1.0), size=(_DRAWS, int(code.max(initial=-1)) + 1))
        columns = {"value": scores.columns["value"][:, None] * signs[:, code.reshape(-1)].T}
        ones = np.ones((1, len(code)))
        found: Float64 = weighted_mean(Scores(scores.ids, scores.clusters, columns), ones)[0]
        return found


class ListMetric(SignedMetric[Swapped]):
    """How much more of a neutral query's list is in the prototypical list than in the other."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = "swaps"
    unit: ClassVar[str] = "share of the neutral list"

    def values(self, evidence: Swapped) -> Float64:
        """Return the difference of both shares, float64 (n,), NaN where a list is empty."""
        rows = evidence.rows[:, :, : self._cut]
        there = rows >= 0
        shares = [
            self.shared(_members(rows[:, NEUTRAL], rows[:, other]), there[:, NEUTRAL])
            for other in (PROTOTYPICAL, COUNTER)
        ]
        whole = np.all(np.any(there, axis=2), axis=1)
        return np.where(whole, shares[0] - shares[1], np.nan)

    def shared(self, hits: Bool, there: Bool) -> Float64:
        """Return how much of a list is in another, 0 to 1, float64 (n,).

        hits: bool (n, k), which of its places hold an item of the other list; there: which places
        hold an item at all. A list without any may give anything.
        """
        raise NotImplementedError


class WordingMetric(SignedMetric[Worded]):
    """A value per query and document in two wordings, NaN where one of them has no vector."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = "wordings"


def _members(one: np.ndarray, other: np.ndarray) -> Bool:
    """Return which places of a list hold an item that the other list holds, bool (n, k)."""
    same = (one[:, :, None] == other[:, None, :]) & (one >= 0)[:, :, None]
    return np.asarray(same.any(axis=2))

"""Score drift: how a change moves the similarity of a query and its right answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.changed import Changed
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._changes import AnswerMetric


@plugin("metrics", "score_drift")
@dataclass(frozen=True, slots=True)
class ScoreDrift(AnswerMetric):
    """How much a change moves the similarity of a query and its right answer; 0 is best.

    -2 to 2, in units of similarity, for unit vectors: similarity on changed input minus that on
    clean input, of the query and its best judged item. A threshold that was set on clean input
    holds only where this stays near 0; `threshold_misses` counts what it costs. NaN for a query
    without a relevant item, or where a vector is lost.
    """

    word: ClassVar[str] = "score_drift"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    unit: ClassVar[str] = "similarity"
    range: ClassVar[tuple[float, float]] = (-2.0, 2.0)

    def values(self, evidence: Changed) -> Float64:
        """Return the difference for every query, float64 (n,)."""
        return np.asarray(evidence.right[:, 1] - evidence.right[:, 0])


@plugin("metrics", "threshold_misses")
@dataclass(frozen=True, slots=True)
class ThresholdMisses(AnswerMetric):
    """Whether a fixed threshold accepts the right answer on clean input only, 0 or 1.

    Less is better. threshold: the similarity from which an answer is accepted, as set on clean
    input. 1 for a query whose right answer (its best judged item) is at least that similar on clean
    input and is not on changed input, or has no vector any more. 0 where it never was. NaN for a
    query without a relevant item.
    """

    threshold: float
    word: ClassVar[str] = "threshold_misses"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of queries"

    def __post_init__(self) -> None:
        """Refuse a threshold that is no number."""
        if not math.isfinite(self.threshold):
            raise UsageError(f"the threshold is {self.threshold}; expected a similarity.")

    def values(self, evidence: Changed) -> Float64:
        """Return 1 for every query that falls below the threshold, float64 (n,)."""
        before, after = (evidence.right >= self.threshold).T
        return np.asarray(before & ~after, np.float64)

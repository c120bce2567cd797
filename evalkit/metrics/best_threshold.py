"""What pairs allow at the best threshold: precision at a wanted recall, and F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._pairs import CurveMetric
from evalkit.metrics._similarities import Accepted

_HAIR = 1e-9


@plugin("metrics", "precision_at_recall")
@dataclass(frozen=True, slots=True)
class PrecisionAtRecall(CurveMetric):
    """The best precision at which at least a wanted share of the right pairs is found, 0 to 1.

    More is better. recall: the share that must be found, 0.9 where not given. The threshold is the
    best for these pairs, so the value flatters a little; it depends on the share of right pairs
    among all. NaN without pairs of both kinds.
    """

    recall: float = 0.9

    word: ClassVar[str] = "precision_at_recall"

    def __post_init__(self) -> None:
        """Refuse a recall that is no share."""
        if not 0 < self.recall <= 1:
            raise UsageError(f"recall is {self.recall}; expected a share above 0, such as 0.9.")

    def of_curve(self, found: Accepted) -> Float64:
        """Return the best precision, float64 (b,)."""
        enough = found.right >= (self.recall - _HAIR) * found.right[:, -1:]
        precision = found.right / (found.right + found.wrong)
        best: Float64 = np.where(enough, precision, 0.0).max(axis=1)
        return best


@plugin("metrics", "max_f1")
@dataclass(frozen=True, slots=True)
class MaxF1(CurveMetric):
    """The largest F1 = 2 TP / (2 TP + FP + FN) of pairs at any threshold, 0 to 1.

    More is better. Accepting every pair gives 2 p / (1 + p), with p the share of right pairs: that
    is the least it can be. The threshold is the best for these pairs, so the value flatters a
    little. NaN without pairs of both kinds. Source: Lipton, Elkan and Naryanaswamy 2014.
    """

    word: ClassVar[str] = "max_f1"
    unit: ClassVar[str] = "F1"

    def of_curve(self, found: Accepted) -> Float64:
        """Return the largest F1, float64 (b,)."""
        f1 = 2.0 * found.right / (found.right + found.wrong + found.right[:, -1:])
        best: Float64 = f1.max(axis=1)
        return best

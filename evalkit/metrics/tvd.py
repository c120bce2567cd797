"""TVD: how far the shares of groups in the top k lie from the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import CountMetric, shares
from evalkit.metrics._balance_floors import best, nearest_counts


@plugin("metrics", "tvd")
@dataclass(frozen=True, slots=True)
class Tvd(CountMetric):
    """The share of the top k that would have to change hands to meet the target; less is better.

    Total variation distance, half the sum of |p_g - t_g| over the groups, from 0 to 1 minus the
    least target. p_g is the share of group g among the labelled places; unlabelled ones do not
    count. By chance alone it lies above 0: read it beside its null, or read the excess. Rivals: the
    Kullback-Leibler divergence, infinite for a target of 0, and the Jensen-Shannon divergence,
    harder to read.
    """

    k: int
    word: ClassVar[str] = "tvd"
    unit: ClassVar[str] = "share of places"

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return half the sum of the absolute differences, (..., groups) twice -> (...)."""
        found: Float64 = 0.5 * np.abs(shares(counts) - target).sum(axis=-1)
        return found

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the least that the labelled places of each list allow, float64 (n,)."""
        return best(evidence, self.k, lambda t, n: self.of_counts(nearest_counts(t, n), t))

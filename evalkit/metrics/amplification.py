"""Amplification: whether results follow, or overdo, who does the work in the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import BalanceMetric, Lists, PooledMetric, shares

FOUND, KNOWN = "share found", "share known"
_MOST = 20.0


@plugin("metrics", "amplification")
@dataclass(frozen=True, slots=True)
class Amplification(PooledMetric):
    """How much the first group's share of the top k rises with its share of those who do the work.

    The slope of a straight line through neutral queries, by least squares: 0 is best for a balanced
    pool and is what chance gives there; pools that follow the labour shares give more by chance, so
    that the excess is gated. 1 copies the labour shares, more than 1 overdoes them, below 0
    turns them round. Cut at -20 and 20. Queries without a labour share are NaN; where all have
    the same one there is no slope. It is a correlation over occupations: it does not say why.
    Source: Kay, Matuszek and Munson 2015.
    """

    k: int
    word: ClassVar[str] = "amplification"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    unit: ClassVar[str] = "share found per share known"
    range: ClassVar[tuple[float, float]] = (-_MOST, _MOST)
    linear: ClassVar[bool] = True
    aims: ClassVar[bool] = False
    aim: ClassVar[str] = "a slope of 0"

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which neutral queries have a share from elsewhere, bool (n,)."""
        known = np.isfinite(evidence.shares[:, 0])
        return np.asarray(BalanceMetric.scorable(self, evidence) & known)

    def columns_of(self, lists: Lists) -> Mapping[str, Float64]:
        """Return the first group's share of each list, and its share from elsewhere."""
        found = shares(lists.counts)[..., 0]
        known = np.broadcast_to(lists.evidence.shares[:, 0], found.shape)
        return {FOUND: found, KNOWN: known}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the slope under each row of weights, float64 (b, n) -> (b,)."""
        found, known = units[FOUND], units[KNOWN] - units[KNOWN].mean()
        total = weights.sum(axis=1)
        middle = weights @ known / total
        spread = weights @ known**2 / total - middle**2
        together = weights @ (known * found) / total - middle * (weights @ found) / total
        slope = np.where(spread > 1e-12, together, np.nan) / spread
        return np.asarray(np.clip(slope, -_MOST, _MOST))

"""Exposure: how much of the attention of a list each group gets, by its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._balance import ListMetric, Lists, shares


def exposure(lists: Lists) -> Float64:
    """Return what each group's places are worth, 1 / log2(1 + r) each, float64 (..., n, groups)."""
    worth = 1 / np.log2(np.arange(2, lists.there.shape[1] + 2))
    found: Float64 = (lists.member * worth[:, None]).sum(axis=-2)
    return found


@plugin("metrics", "exposure_ratio")
@dataclass(frozen=True, slots=True)
class ExposureRatio(ListMetric):
    """The exposure of an item of the least exposed group, over that of the most exposed; 0 to 1.

    1 is best: every item of the pool gets the same attention on average, whatever its group. Place
    r is worth 1 / log2(1 + r) up to k, and an item that is not found gets nothing and counts. A
    group of which the pool holds nobody is left out. Even an alternating list has 0.80 at k = 10,
    so read the excess over its null. Source: Singh and Joachims 2018 (demographic parity). Rivals
    count only the items that were found.
    """

    k: int
    word: ClassVar[str] = "exposure_ratio"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "ratio"
    aims: ClassVar[bool] = False

    def of(self, lists: Lists) -> Float64:
        """Return the least over the largest exposure of an item, float64 (..., n)."""
        size = lists.evidence.pool @ lists.evidence.member
        each = exposure(lists) / size
        least = np.where(size > 0, each, np.inf).min(axis=-1)
        found: Float64 = least / np.where(size > 0, each, -np.inf).max(axis=-1)
        return found


@plugin("metrics", "ee_l")
@dataclass(frozen=True, slots=True)
class ExpectedExposureLoss(ListMetric):
    """The squared distance of the groups' shares of exposure from the target; less is better.

    EE-L = ||e - t||^2, from 0 to 2. e is each group's share of the exposure of labelled places up
    to k, place r being worth 1 / log2(1 + r), and t the target. It is EE-D, how unevenly exposure
    is spread (||e||^2), minus twice EE-R, how it agrees with the target (<e, t>), plus ||t||^2.
    Above 0 by chance: read the excess. Source: Diaz and others 2020, for groups as in TREC Fair
    Ranking 2021. Rivals take exposures as they are, not as shares, so that k sets the scale.
    """

    k: int
    word: ClassVar[str] = "ee_l"
    unit: ClassVar[str] = "squared difference of shares"
    range: ClassVar[tuple[float, float]] = (0.0, 2.0)

    def of(self, lists: Lists) -> Float64:
        """Return the squared distance, float64 (..., n)."""
        found: Float64 = ((shares(exposure(lists)) - lists.target) ** 2).sum(axis=-1)
        return found

"""Exposure: how much of the attention of a list each group gets, by its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._attention import best_division
from evalkit.metrics._balance import ListMetric, Lists, shares


def exposure(lists: Lists) -> Float64:
    """Return what each group's places are worth, 1 / log2(1 + r) each, float64 (..., n, groups)."""
    found: Float64 = (lists.member * _worth(lists.there.shape[1])[:, None]).sum(axis=-2)
    return found


def _worth(k: int) -> Float64:
    """Return what each of k places is worth, float64 (k,)."""
    return np.asarray(1 / np.log2(np.arange(2, k + 2)))


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
    aim: ClassVar[str] = "as much for an item of each group"

    def of(self, lists: Lists) -> Float64:
        """Return the least over the largest exposure of an item, float64 (..., n)."""
        return _evenness(exposure(lists), lists.evidence.pool @ lists.evidence.member)

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the most that the labelled places of each list allow, float64 (n,).

        NaN for more than 12 labelled places with two groups, where it is next to 1.
        """
        size = evidence.pool @ evidence.member
        return best_division(
            evidence,
            _worth(self.k),
            lambda ways, query: float(np.nanmax(_evenness(ways, size[query]))),
            aims=False,
        )


def _evenness(given: Float64, size: Float64) -> Float64:
    """Return the least over the largest exposure of an item, (..., groups) twice -> (...)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        each = given / size
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
        return _loss(exposure(lists), lists.target)

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the least that the labelled places of each list allow, float64 (n,).

        NaN for more than 12 labelled places with two groups, where it is next to 0.
        """
        target = evidence.target
        return best_division(
            evidence, _worth(self.k), lambda ways, query: float(_loss(ways, target[query]).min())
        )


def _loss(given: Float64, target: Float64) -> Float64:
    """Return the squared distance of shares of exposure from a target, (..., groups) -> (...)."""
    found: Float64 = ((shares(given) - target) ** 2).sum(axis=-1)
    return found

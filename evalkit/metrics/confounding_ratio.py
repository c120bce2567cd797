"""Confounding ratio: how much similarity context buys for each unit that content buys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.crossed import Crossed
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import CrossedMetric, MomentMetric, kinds, mean

_MOST = 20.0


@plugin("metrics", "confounding_ratio")
@dataclass(frozen=True, slots=True)
class ConfoundingRatio(MomentMetric):
    """What a shared context adds to similarity, over what a shared content adds.

    (m_C - m_O) / (m_I - m_O), with the mean similarities m_I of pairs of one content in two
    contexts, m_C of two contents in one context, m_O of two contents in two contexts. Less is
    better: 0 is ideal, 1 is as much as content adds, more means that context rules. It is cut at
    -20 and 20.

    It means something only where content adds anything. A resample in which m_I is not above m_O
    has no ratio; where that is so of over 5 % of them, the one-sided limit of the denominator lies
    below 0 and there is no interval, so that no gate passes on the ratio. NaN where it is so of the
    data themselves, or for a cell without all three kinds of pairs.
    """

    word: ClassVar[str] = "confounding_ratio"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "similarity of context per similarity of content"
    range: ClassVar[tuple[float, float]] = (-_MOST, _MOST)
    moments: ClassVar[tuple[tuple[str, int], ...]] = (("like", 1), ("beside", 1), ("apart", 1))

    def scorable(self, evidence: Crossed) -> Bool:
        """Return which cells have pairs of all three kinds, bool (n,)."""
        return CrossedMetric.scorable(self, evidence) & kinds(evidence).apart.any(axis=1)

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the ratio under each row of weights, float64 (b, n) -> (b,)."""
        like, beside, apart = (mean(units, weights, f"{kind}1") for kind, _ in self.moments)
        content = np.where(like > apart, like - apart, np.nan)
        return np.clip((beside - apart) / content, -_MOST, _MOST)

"""d': how far pairs of one content lie from pairs of one context, in units of their spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import MomentMetric, mean

_MOST = 20.0
_LEAST_VARIANCE = 1e-12


@plugin("metrics", "d_prime")
@dataclass(frozen=True, slots=True)
class DPrime(MomentMetric):
    """The distance of pairs of one content from pairs of one context: (m_I - m_C) / spread.

    More is better, 0 where content and context count alike. m_I is the mean similarity of pairs of
    one content in two contexts, m_C that of two contents in one context; the spread is the root of
    the mean of both variances. It is cut at -20 and 20. NaN where similarities do not vary, or
    for a cell without pairs of both kinds. Source: Green and Swets 1966.
    """

    word: ClassVar[str] = "d_prime"
    unit: ClassVar[str] = "standard deviations"
    range: ClassVar[tuple[float, float]] = (-_MOST, _MOST)
    moments: ClassVar[tuple[tuple[str, int], ...]] = (
        ("like", 1),
        ("like", 2),
        ("beside", 1),
        ("beside", 2),
    )

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return d' under each row of weights, float64 (b, n) -> (b,)."""
        like, like2 = mean(units, weights, "like1"), mean(units, weights, "like2")
        beside, beside2 = mean(units, weights, "beside1"), mean(units, weights, "beside2")
        variance = (like2 - like**2 + beside2 - beside**2) / 2.0
        spread = np.sqrt(np.where(variance > _LEAST_VARIANCE, variance, np.nan))
        return np.clip((like - beside) / spread, -_MOST, _MOST)

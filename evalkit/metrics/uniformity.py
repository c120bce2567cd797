"""Uniformity: how evenly vectors are spread over all directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.core.space import Space
from evalkit.metrics._space import WholeMetric

_T = 2.0
_ROWS_AT_ONCE = 512


@plugin("metrics", "uniformity")
@dataclass(frozen=True, slots=True)
class Uniformity(WholeMetric):
    """How evenly the items of the corpus use the space, so that unlike things can lie apart.

    Less is better: 0 where all vectors are the same, about -4 where many are spread evenly over
    many dimensions, -8 to 0. The logarithm of the mean over all pairs of different items of
    exp(-2 d^2), d being their distance. Read it beside `alignment`: a model may spread everything,
    answers included. Source: Wang and Isola 2020, t = 2.
    """

    word: ClassVar[str] = "uniformity"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "log of a mean"
    range: ClassVar[tuple[float, float]] = (-8.0, 0.0)

    def parts(self, vectors: Float64, evidence: Space) -> Float64:
        """Return the logarithm of the mean and the influence of every item, float64 (m,)."""
        near = np.empty(len(vectors))
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            cosines = np.minimum(vectors[rows] @ vectors.T, 1.0)
            near[rows] = np.exp(-_T * (2.0 - 2.0 * cosines)).sum(axis=1)
        near = (near - 1.0) / (len(vectors) - 1)
        mean = near.mean()
        return np.asarray(min(np.log(mean), 0.0) + 2.0 * (near - mean) / mean)

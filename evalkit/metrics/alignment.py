"""Alignment: how near queries lie to what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.registry import plugin
from evalkit.core.space import Space
from evalkit.metrics._overall import OverallMetric
from evalkit.metrics._space import SpaceMetric


@plugin("metrics", "alignment")
@dataclass(frozen=True, slots=True)
class Alignment(SpaceMetric, OverallMetric[Space]):
    """How near queries lie to the items that answer them: the mean squared distance.

    Less is better, 0 to 4: 0 where a query and its answers have the same vector, 2 where they are
    at right angles, as unrelated things are. Over all pairs of a query and a relevant item, of unit
    vectors. Read it beside `uniformity`: vectors that all lie close together are aligned and
    useless. NaN for an item that answers nothing, or only queries without a vector. Source: Wang
    and Isola 2020, alpha = 2.
    """

    word: ClassVar[str] = "alignment"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "squared distance"
    range: ClassVar[tuple[float, float]] = (0.0, 4.0)

    def scorable(self, evidence: Space) -> Bool:
        """Return which items answer a query, bool (n,)."""
        return np.isin(np.arange(len(evidence.ids)), evidence.positives[:, 1])

    def columns(self, evidence: Space) -> Mapping[str, Float64]:
        """Return the squared distances of every item to its queries, their sum and number."""
        query, item = evidence.positives.T
        far = evidence.queries[query].astype(np.float64) - evidence.vectors[item]
        squares = (far * far).sum(axis=1)
        known, n = np.isfinite(squares), len(evidence.ids)
        pairs = np.bincount(item[known], minlength=n).astype(np.float64)
        total = np.bincount(item[known], squares[known], minlength=n)
        return {"squares": total, "pairs": np.where(pairs > 0, pairs, np.nan)}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the mean over pairs under each row of weights, float64 (b, n) -> (b,)."""
        return np.asarray((weights @ units["squares"]) / (weights @ units["pairs"]))

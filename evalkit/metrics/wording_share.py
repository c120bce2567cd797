"""How much of what decides the quality of results is the wording instead of the need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._formulations import NeedMetric, means, sizes
from evalkit.metrics._overall import OverallMetric
from evalkit.ranking import per_query


@plugin("metrics", "wording_share")
@dataclass(frozen=True, slots=True)
class WordingShare(NeedMetric, OverallMetric[Ranked]):
    """How much of the differences between queries comes from wording instead of need, 0 to 1.

    Less is better; 0 where all formulations of a need do equally well, 1 where knowing the need
    tells nothing. 1 - ICC(1) of `ndcg@k` in a one-way layout with needs (tag `intent`) as groups:
    ICC(1) = (MSB - MSW) / (MSB + (m0 - 1) MSW), and m0 = (N - sum of m^2 / N) / (needs - 1) for
    needs of m queries each, N in all. A negative ICC counts as 0. NaN for a need with one
    formulation, for a query without a positive grade, and in all where every query does equally
    well. Source: Shrout and Fleiss 1979; m0 as in Searle, Casella and McCulloch 1992.
    """

    k: int
    word: ClassVar[str] = "wording_share"
    unit: ClassVar[str] = "share of variance"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def columns(self, evidence: Ranked) -> Mapping[str, Float64]:
        """Return the nDCG of every query, and the mean nDCG and the size of its need."""
        score, counted = per_query("ndcg", evidence, self.k), self.judged(evidence)
        mean, size = means(evidence, score, counted), sizes(evidence, counted)
        return {"score": score, "mean": mean, "size": size}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return 1 - ICC(1) under each row of weights, float64 (b, n) -> (b,).

        Weights are scaled to as many needs as there are, whatever their sum.
        """
        score, mean, size = units["score"], units["mean"], units["size"]
        groups = float((1.0 / size).sum())
        weights = weights * (groups / (weights @ (1.0 / size)))[:, None]
        n = weights.sum(axis=1)
        grand = (weights @ score / n)[:, None]
        between = (weights * (mean - grand) ** 2).sum(axis=1) / (groups - 1.0)
        within = weights @ (score - mean) ** 2 / (n - groups)
        typical = (n - weights @ size / n) / (groups - 1.0)
        need = (between - within) / (between + (typical - 1.0) * within)
        return np.where(groups > 1.0, 1.0 - np.clip(need, 0.0, 1.0), np.nan)

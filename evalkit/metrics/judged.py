"""Judged: how much of what is shown was ever judged, the coverage of the judgements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric, any_judged


@plugin("metrics", "judged")
@dataclass(frozen=True, slots=True)
class Judged(RankingMetric):
    """Share of the items in the top k that were judged, at whatever grade, 0 to 1.

    Judged 0 and negative grades count as judged; an item without a judgement does not. More is
    better in that the other metrics, which take unjudged items as not relevant, can be relied on.
    The divisor is the number of items shown, at most k; others always divide by k. 0 for an empty
    list, NaN for a query that was never judged. Source: ir_measures, `Judged@k`.
    """

    k: int
    word: ClassVar[str] = "judged"

    def values(self, evidence: Ranked) -> Float64:
        """Return the judged share of every list, float64 (n,)."""
        rows = evidence.rows[:, : self.k]
        shown = rows >= 0
        judged = np.zeros_like(shown)
        for items in evidence.judged.T:
            judged |= shown & (rows == items[:, None])
        share: Float64 = judged.sum(axis=1) / np.maximum(shown.sum(axis=1), 1)
        return share

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries were judged at all, bool (n,)."""
        return any_judged(evidence)

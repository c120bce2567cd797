"""Reciprocal rank: how far down the first relevant item is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric
from evalkit.ranking import per_query


@plugin("metrics", "mrr")
@dataclass(frozen=True, slots=True)
class Mrr(RankingMetric):
    """1 / rank of the first relevant item, 0 where none is in the top k, 0 to 1, more is better.

    The mean over queries is the mean reciprocal rank. Without a cut-off it looks 1,000 places deep;
    others mean `mrr@10` when they write MRR. NaN for a query without a relevant item. Source:
    trec_eval, `recip_rank`.
    """

    k: int | None = None
    word: ClassVar[str] = "mrr"
    unit: ClassVar[str] = "1/rank"

    def values(self, evidence: Ranked) -> Float64:
        """Return the reciprocal rank of every list, float64 (n,)."""
        return per_query("mrr", evidence, self.depth)

"""Recall: how much of what is relevant was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric
from evalkit.ranking import per_query


@plugin("metrics", "recall")
@dataclass(frozen=True, slots=True)
class Recall(RankingMetric):
    """Relevant items in the top k, divided by all relevant items, 0 to 1, more is better.

    All relevant items count in the denominator, also where there are more than k, so that recall@1
    of a query with four right answers is at most 0.25. Others call "recall@k" what is `hit@k` here
    (any relevant item in the top k), or divide by the smaller of k and the relevant items.
    NaN for a query without a relevant item. Source: trec_eval, `recall_k`.
    """

    k: int
    word: ClassVar[str] = "recall"

    def values(self, evidence: Ranked) -> Float64:
        """Return the recall of every list, float64 (n,)."""
        return per_query("recall", evidence, self.k)

"""Hit: whether anything relevant was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric
from evalkit.ranking import per_query


@plugin("metrics", "hit")
@dataclass(frozen=True, slots=True)
class Hit(RankingMetric):
    """1 where any relevant item is in the top k, else 0; more is better.

    Also called success@k, hit rate, or top-k accuracy; some papers and model cards print it under
    the name recall@k, which here is the share of all relevant items. NaN for a query without a
    relevant item. Source: trec_eval, `success_k`.
    """

    k: int
    word: ClassVar[str] = "hit"

    def values(self, evidence: Ranked) -> Float64:
        """Return 1 or 0 for every list, float64 (n,)."""
        return per_query("hit", evidence, self.k)

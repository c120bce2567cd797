"""How good the results are for whoever puts a need in the least lucky words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._formulations import NeedMetric, least
from evalkit.ranking import per_query


@plugin("metrics", "worst_variant")
@dataclass(frozen=True, slots=True)
class WorstVariant(NeedMetric):
    """How good results are for whoever words a need the least luckily: the lowest nDCG, 0 to 1.

    More is better. The minimum of `ndcg@k` over the formulations of a need (tag `intent`); what
    `ndcg@k` over the same queries is more than that is the price of wording. A query holds the
    value of its need, so that a need counts once for each of its formulations. NaN for a need with
    one formulation, and for a query without a positive grade.
    """

    k: int
    word: ClassVar[str] = "worst_variant"
    unit: ClassVar[str] = "share of the best order"

    def values(self, evidence: Ranked) -> Float64:
        """Return the lowest nDCG of the need of every query, float64 (n,)."""
        return least(evidence, per_query("ndcg", evidence, self.k), self.judged(evidence))

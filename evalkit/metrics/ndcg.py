"""nDCG: graded gains, discounted by rank, as a share of the best possible order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric, any_judged
from evalkit.ranking import per_query

_LEAST_GAIN = 1


@plugin("metrics", "ndcg")
@dataclass(frozen=True, slots=True)
class Ndcg(RankingMetric):
    """Discounted gain of the top k over that of the best order, gain = grade, 0 to 1.

    More is better. The sum of grade / log2(rank + 1) over the top k, divided by the same sum over
    the k best judged items in their best order. The gain is linear; `ndcg_exp@k` is the rival with
    2^grade - 1, which many toolkits also call nDCG. Negative grades and unjudged items gain 0; the
    case's `relevant` has no effect. NaN for a query without a positive grade. Source: Järvelin and
    Kekäläinen 2002, with the discount of trec_eval, `ndcg_cut_k`.
    """

    k: int
    word: ClassVar[str] = "ndcg"
    unit: ClassVar[str] = "share of the best order"

    def values(self, evidence: Ranked) -> Float64:
        """Return the nDCG of every list, float64 (n,)."""
        return per_query("ndcg", evidence, self.k)

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have a positive grade, bool (n,)."""
        return any_judged(evidence, _LEAST_GAIN)


@plugin("metrics", "ndcg_exp")
@dataclass(frozen=True, slots=True)
class NdcgExp(RankingMetric):
    """Discounted gain of the top k over that of the best order, gain = 2^grade - 1, 0 to 1.

    As `ndcg@k`, but an item of grade 3 gains 7 instead of 3, so that the best items weigh more;
    equal to it where all grades are 0 or 1. More is better. NaN for a query without a positive
    grade. Source: Burges et al. 2005.
    """

    k: int
    word: ClassVar[str] = "ndcg_exp"
    unit: ClassVar[str] = "share of the best order"

    def values(self, evidence: Ranked) -> Float64:
        """Return the nDCG with exponential gain of every list, float64 (n,)."""
        return per_query("ndcg_exp", evidence, self.k)

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have a positive grade, bool (n,)."""
        return any_judged(evidence, _LEAST_GAIN)

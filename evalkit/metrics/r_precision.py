"""R-precision: precision at the place where a perfect list would have found everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric
from evalkit.ranking import per_query


@plugin("metrics", "r_precision")
@dataclass(frozen=True, slots=True)
class RPrecision(RankingMetric):
    """Relevant items in the top R, divided by R, the number of relevant items; 0 to 1.

    More is better. It is both precision@R and recall@R, with an R of each query's own. It asks for
    lists of 1,000 places; what a query with more relevant items finds later counts only where the
    lists are that long. NaN for a query without a relevant item. Source: trec_eval, `Rprec`.
    """

    word: ClassVar[str] = "r_precision"

    def values(self, evidence: Ranked) -> Float64:
        """Return the R-precision of every list, float64 (n,)."""
        return per_query("r_precision", evidence)

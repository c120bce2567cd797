"""Average precision: precision at every relevant item, averaged over all relevant items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric
from evalkit.ranking import per_query


@plugin("metrics", "map")
@dataclass(frozen=True, slots=True)
class Map(RankingMetric):
    """Sum of the precision at each relevant item found, over all relevant items, 0 to 1.

    The mean over queries is MAP; more is better. All relevant items count in the denominator, also
    with a cut-off; others divide by the smaller of k and the relevant items. Without a cut-off it
    looks 1,000 places deep. NaN for a query without a relevant item. Source: trec_eval, `map` and
    `map_cut_k`.
    """

    k: int | None = None
    word: ClassVar[str] = "map"
    unit: ClassVar[str] = "mean precision"

    def values(self, evidence: Ranked) -> Float64:
        """Return the average precision of every list, float64 (n,)."""
        return per_query("map", evidence, self.depth)

"""Precision: how much of what is shown is relevant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric, any_judged
from evalkit.ranking import per_query


@plugin("metrics", "precision")
@dataclass(frozen=True, slots=True)
class Precision(RankingMetric):
    """Relevant items in the top k, divided by k, 0 to 1, more is better.

    The divisor is k also where the list is shorter; others divide by the length of the list. An
    item that was not judged counts as not relevant. 0 for a query that was judged and has no
    relevant item, NaN for one that was never judged. Source: trec_eval, `P_k`.
    """

    k: int
    word: ClassVar[str] = "precision"

    def values(self, evidence: Ranked) -> Float64:
        """Return the precision of every list, float64 (n,)."""
        return per_query("precision", evidence, self.k)

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries were judged at all, bool (n,)."""
        return any_judged(evidence)

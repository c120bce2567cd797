"""Whether a need is met however it is put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._formulations import NeedMetric, least
from evalkit.metrics._ranking import any_judged
from evalkit.ranking import per_query


@plugin("metrics", "all_variants")
@dataclass(frozen=True, slots=True)
class AllVariants(NeedMetric):
    """Whether every formulation of a need finds something relevant in its top k, 0 or 1.

    More is better: 1 only where no wording fails. `hit@k` is the mean over wordings instead, and is
    never lower. A query holds the value of its need (tag `intent`), so that a need counts once for
    each of its formulations. NaN for a need with one formulation, and for a query without a
    relevant item.
    """

    k: int
    word: ClassVar[str] = "all_variants"
    unit: ClassVar[str] = "share of formulations"

    def judged(self, evidence: Ranked) -> Bool:
        """Return which queries have a relevant item, bool (n,)."""
        return any_judged(evidence, evidence.relevant)

    def values(self, evidence: Ranked) -> Float64:
        """Return 1 for every query of whose need all formulations find something, float64 (n,)."""
        return least(evidence, per_query("hit", evidence, self.k), self.judged(evidence))

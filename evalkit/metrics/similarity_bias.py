"""Similarity bias: is a neutral query nearer to its stereotyped variant than to the other?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.core.swapped import Swapped
from evalkit.metrics._swaps import SignedMetric


@plugin("metrics", "similarity_bias")
@dataclass(frozen=True, slots=True)
class SimilarityBias(SignedMetric[Swapped]):
    """Similarity of the neutral query to the prototypical variant minus that to the counter one.

    -2 to 2; 0 is best, above 0 the neutral query lies nearer to the stereotype. It needs no list
    and no index. How large it can be depends on how far apart a model puts any two queries, so that
    its size is not comparable between models. NaN where a query has no vector.
    """

    word: ClassVar[str] = "similarity_bias"
    evidence_kind: ClassVar[str] = "swaps"
    unit: ClassVar[str] = "difference of similarities"
    range: ClassVar[tuple[float, float]] = (-2.0, 2.0)

    def values(self, evidence: Swapped) -> Float64:
        """Return the difference of the two similarities, float64 (n,)."""
        difference: Float64 = evidence.similarity[:, 0] - evidence.similarity[:, 1]
        return difference

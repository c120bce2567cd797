"""Anisotropy: how much all vectors point the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.core.space import Space
from evalkit.metrics._space import WholeMetric, pair_means


@plugin("metrics", "anisotropy")
@dataclass(frozen=True, slots=True)
class Anisotropy(WholeMetric):
    """How alike any two items of the corpus look, whatever they are: the mean cosine of all pairs.

    Less is better, -1 to 1: near 0 vectors point all ways; near 1 they lie in a narrow cone, so
    that scores of right and wrong answers differ little and a threshold on them is worth little.
    Every two different items count, each pair once. Source: Ethayarajh 2019.
    """

    word: ClassVar[str] = "anisotropy"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "cosine"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def parts(self, vectors: Float64, evidence: Space) -> Float64:
        """Return the mean cosine of all pairs and the influence of every item, float64 (m,)."""
        own = (vectors * vectors).sum(axis=1)
        with_others = (vectors @ vectors.sum(axis=0) - own) / (len(vectors) - 1)
        return pair_means(with_others)

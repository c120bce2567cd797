"""Effective rank: how many directions of the space vectors really use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.core.space import Space
from evalkit.metrics._space import WholeMetric

_NOTHING = 1e-12


@plugin("metrics", "effective_rank")
@dataclass(frozen=True, slots=True)
class EffectiveRank(WholeMetric):
    """How many directions the items of the corpus really use, of all that the vector size offers.

    More is better: 1 where they differ in one respect only, at most the vector size, and never more
    than the items minus 1, so compare it on one corpus. Where it stays far below the size, a
    smaller size should do. exp of the entropy of the eigenvalues of the covariance of unit vectors,
    divided by their sum. The original takes singular values, their square roots, and is larger. NaN
    where all items have one vector. Source: Roy and Vetterli 2007.
    """

    word: ClassVar[str] = "effective_rank"
    unit: ClassVar[str] = "directions"
    range: ClassVar[tuple[float, float]] = (1.0, 10_000.0)

    def parts(self, vectors: Float64, evidence: Space) -> Float64:
        """Return the effective rank and the influence of every item, float64 (m,).

        The influence is the derivative along the item's share in every eigenvalue.
        """
        centred = vectors - vectors.mean(axis=0)
        if centred.shape[0] <= centred.shape[1]:
            squares, axes = np.linalg.eigh(centred @ centred.T)
            shares = axes**2
        else:
            squares, axes = np.linalg.eigh(centred.T @ centred)
            shares = (centred @ axes) ** 2 / np.maximum(squares, _NOTHING)
        kept = squares > _NOTHING * len(vectors)
        p, shares = squares[kept] / squares[kept].sum(), shares[:, kept]
        entropy = float(-(p * np.log(p)).sum()) if len(p) else np.nan
        influence = -len(vectors) * shares @ (p * (np.log(p) + entropy))
        return np.asarray(np.exp(entropy) * (1.0 + influence))

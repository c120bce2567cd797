"""Modality gap: how far two modalities lie apart as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.registry import plugin
from evalkit.core.space import Space
from evalkit.metrics._space import WholeMetric, has_vector

_TINY = np.finfo(float).tiny
_TWO = 2


@plugin("metrics", "modality_gap")
@dataclass(frozen=True, slots=True)
class ModalityGap(WholeMetric):
    """How far texts and images, or any two modalities, lie apart as a whole, whatever they show.

    Less is better, 0 to 2: the distance between the mean vectors of the two. Where it is wide, a
    query prefers items of its own modality to better ones of another, and scores of different
    modalities do not compare. Of the corpus where it holds two modalities; else between the queries
    and the corpus, where they differ. NaN with one modality, or with more than two: choose two by
    `corpus: {modality: [text, image]}`. The queries count as given. Source: Liang et al. 2022.
    """

    word: ClassVar[str] = "modality_gap"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "distance"
    range: ClassVar[tuple[float, float]] = (0.0, 2.0)

    def scorable(self, evidence: Space) -> Bool:
        """Return which items count: all where there are two modalities, bool (n,)."""
        corpus = set(evidence.modalities)
        both = corpus | set(evidence.query_modalities) if len(corpus) == 1 else corpus
        return np.full(len(evidence.ids), len(both) == _TWO)

    def parts(self, vectors: Float64, evidence: Space) -> Float64:
        """Return the distance and the influence of every item, float64 (m,)."""
        names = np.array(evidence.modalities, object)[has_vector(evidence)]
        kinds = sorted(set(evidence.modalities))
        sides = [vectors[names == kind] for kind in kinds]
        if len(kinds) == 1:
            others = np.array(evidence.query_modalities, object) != kinds[0]
            others &= np.isfinite(evidence.queries[:, 0])
            sides.append(evidence.queries[others].astype(np.float64))
        if len(sides) != _TWO:
            return np.full(len(vectors), np.nan)
        one, other = (side.sum(axis=0) / np.float64(len(side)) for side in sides)
        gap = float(np.linalg.norm(one - other))
        along = vectors @ (one - other) / max(gap, _TINY)
        found = np.full(len(vectors), gap)
        for kind, sign in zip(kinds, (1.0, -1.0), strict=False):
            mine = names == kind
            if mine.any():
                found[mine] += sign * (along[mine] - along[mine].mean()) / mine.mean()
        return found

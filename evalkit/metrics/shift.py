"""How far a change moves vectors, measured by how far items lie apart anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.changed import Changed
from evalkit.core.registry import plugin
from evalkit.metrics._changes import ChangeMetric

_MOST = 10.0
_NO_DISTANCE = 1e-6


@plugin("metrics", "normalised_shift")
@dataclass(frozen=True, slots=True)
class NormalisedShift(ChangeMetric):
    """How far a change moves an input's vector, as a share of the way to a random other input.

    Less is better; 0 where it stays, 1 where it ends as far away as any other item, at most 10.
    1 - cosine between the clean and the changed vector, over 1 - mean cosine between the clean one
    and other clean items of its side, so that models compare whose vectors spread differently.
    Where a change is on the corpus side, the mean over the query's relevant items. It asks for no
    judgement of lists. NaN where nothing of a query changed, a vector is lost, or all items of the
    side have the same vector. Compare the perturbation of embeddings of ImageNet-C, Hendrycks and
    Dietterich 2019, and for the scale the mean cosine of Ethayarajh 2019.
    """

    word: ClassVar[str] = "normalised_shift"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "way to a random item"
    range: ClassVar[tuple[float, float]] = (0.0, _MOST)

    def values(self, evidence: Changed) -> Float64:
        """Return the shift of every query, float64 (n,)."""
        spread = evidence.apart > _NO_DISTANCE
        shift = evidence.shift / np.where(spread, evidence.apart, np.nan)
        found: Float64 = np.clip(shift, 0.0, _MOST)
        return found

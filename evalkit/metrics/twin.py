"""Self-retrieval: does a changed input still lead to its own clean twin?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.changed import Changed
from evalkit.core.registry import plugin
from evalkit.metrics._changes import ChangeMetric


@plugin("metrics", "self_retrieval")
@dataclass(frozen=True, slots=True)
class SelfRetrieval(ChangeMetric):
    """Whether a changed input still finds its own unchanged self among the first k, 0 or 1.

    More is better. The changed vector is looked for among the clean vectors of its side; where
    several items of a query changed, the worst counts. Where others are as near as the twin it has
    their middle place, so that a model which tells nothing apart does not pass. It needs no
    judgements at all, so it can be used on data that nobody has labelled. NaN where nothing of a
    query changed or a vector is lost. Chance is k over the number of items.
    """

    k: int
    word: ClassVar[str] = "self_retrieval"
    unit: ClassVar[str] = "share of queries"
    depth: ClassVar[int] = 0

    def values(self, evidence: Changed) -> Float64:
        """Return 1 for every query whose twin is among the first k, float64 (n,)."""
        return np.where(evidence.twin > 0, evidence.twin <= self.k, np.nan)

"""Average recall: how soon one of the best answers is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._ranking import RankingMetric, any_judged

_PLACES = (1, 5, 10)


@plugin("metrics", "avg_recall")
@dataclass(frozen=True, slots=True)
class AvgRecall(RankingMetric):
    """Mean over k = 1, 5, 10 of "an item of the best grade is in the top k": 0, 1/3, 2/3 or 1.

    More is better. The best grade is the highest positive one judged for the query, whatever the
    case's `relevant` is. This is what the Nova Multimodal Embeddings report calls average recall: a
    mean of hit rates on the single most relevant item, so its "recall@k" is `hit@k` on the best
    grade and not the `recall@k` of this package. NaN for a query without a positive grade.
    """

    word: ClassVar[str] = "avg_recall"

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at: 10."""
        return _PLACES[-1]

    def values(self, evidence: Ranked) -> Float64:
        """Return the mean of the three hits of every list, float64 (n,)."""
        grades = np.where(evidence.judged >= 0, evidence.grades, 0)
        best = (grades > 0) & (grades == grades.max(axis=1, keepdims=True, initial=0))
        wanted = np.where(best, evidence.judged, -2)[:, best.any(axis=0)]
        right = (evidence.rows[:, : self.depth, None] == wanted[:, None, :]).any(axis=2)
        hits = np.stack([right[:, :k].any(axis=1) for k in _PLACES])
        mean: Float64 = hits.mean(axis=0)
        return mean

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have a positive grade, bool (n,)."""
        return any_judged(evidence, 1)

"""What all ranking metrics share: their name, their depth, who is scored, and the mean."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Ranked
from evalkit.core.protocols import weighted_mean
from evalkit.core.results import Scores

UNCUT_DEPTH = 1000
"""How deep a metric without a cut-off looks, the length of a TREC run."""


class RankingMetric:
    """A share per query, from ranked lists and judgements; summarised by the weighted mean.

    A metric says its `word`, how a list is valued in `values`, and which queries have a score in
    `scorable`; queries that have none are NaN. A field `k`, where it has one, is the cut-off.
    """

    __slots__ = ()

    word: ClassVar[str]
    evidence_kind: ClassVar[str] = "ranking"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __post_init__(self) -> None:
        """Refuse a cut-off that is no place in a list."""
        k = self._cut
        if k is not None and k < 1:
            raise UsageError(f"the cut-off of '{self.word}' must be 1 or more, not {k}.")

    @property
    def _cut(self) -> int | None:
        """The cut-off, None where there is none."""
        k: int | None = getattr(self, "k", None)
        return k

    @property
    def name(self) -> str:
        """The whole name, cut-off included, such as `ndcg@10`."""
        return self.word if self._cut is None else f"{self.word}@{self._cut}"

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at."""
        return self._cut or UNCUT_DEPTH

    def per_unit(self, evidence: Ranked) -> Scores:
        """Return a score per query, NaN where it cannot be scored; 0 for an empty list."""
        values = np.where(self.scorable(evidence), self.values(evidence), np.nan)
        return Scores(evidence.ids, evidence.clusters, {"value": values})

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        """Return the weighted mean over scored queries: float64 (B, n) -> (B,)."""
        return weighted_mean(scores, weights)

    def values(self, evidence: Ranked) -> Float64:
        """Return the value of every list, float64 (n,), where it can be scored and where not."""
        raise NotImplementedError

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have at least one relevant item, bool (n,)."""
        return any_judged(evidence, evidence.relevant)


def any_judged(evidence: Ranked, grade: int | None = None) -> Bool:
    """Return which queries have a judgement, or one of at least a grade, bool (n,)."""
    judged = evidence.judged >= 0
    chosen = judged if grade is None else judged & (evidence.grades >= grade)
    return np.asarray(chosen.any(axis=1))

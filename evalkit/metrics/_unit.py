"""What metrics with a score per unit share: their name, their cut-off, who is scored, the mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Generic, Literal, TypeVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Evidence
from evalkit.core.metric import weighted_mean
from evalkit.core.results import Scores

E = TypeVar("E", bound=Evidence)


class UnitMetric(Generic[E]):
    """A value per unit, summarised by the weighted mean.

    A metric says its `word`, the value of every unit in `values`, and which units have one in
    `scorable`; the others are NaN. A field `k`, where it has one, is the cut-off.
    """

    __slots__ = ()

    word: ClassVar[str]
    evidence_kind: ClassVar[str]
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    brackets: ClassVar[str] = ""
    """The field whose value stands in brackets behind the name."""

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
        """The whole name, cut-off and brackets included, such as `ndcg@10`."""
        name = self.word if self._cut is None else f"{self.word}@{self._cut}"
        within = getattr(self, self.brackets) if self.brackets else ""
        return f"{name}[{within}]" if within else name

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at, 0 where it reads none."""
        return self._cut or 0

    def per_unit(self, evidence: E) -> Scores:
        """Return the score of every unit, NaN in every column where it cannot be scored."""
        known = self.scorable(evidence)
        columns = {
            name: np.where(known, column, np.nan) for name, column in self.columns(evidence).items()
        }
        return Scores(evidence.ids, evidence.clusters, columns)

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        """Return the weighted mean over scored units: float64 (B, n) -> (B,)."""
        return weighted_mean(scores, weights)

    def columns(self, evidence: E) -> Mapping[str, Float64]:
        """Return the columns of the scores, float64 (n,) each, where it can be scored and not."""
        return {"value": self.values(evidence)}

    def values(self, evidence: E) -> Float64:
        """Return the value of every unit, float64 (n,), where it can be scored and where not."""
        raise NotImplementedError

    def scorable(self, evidence: E) -> Bool:
        """Return which units the truth allows to score, bool (n,)."""
        raise NotImplementedError

"""Rank-biased overlap of the lists before and after a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.changed import Changed
from evalkit.core.registry import plugin
from evalkit.metrics._changes import ChangeMetric
from evalkit.metrics._unit import UnitMetric
from evalkit.ranking.agreement import check_persistence, rbo


@plugin("metrics", "rbo")
@dataclass(frozen=True, slots=True)
class Rbo(ChangeMetric):
    """How alike the results stay when the input is changed, the first places counting most, 0 to 1.

    More is better; 1 where the top k are the same in the same order. Extrapolated rank-biased
    overlap of the top k on clean and on changed input. p: how slowly the weight of a place falls;
    at 0.9 the first ten places hold 86 % of it. It asks for no judgement: a list may change without
    becoming worse. Two empty lists are alike, an empty one and another are not. Source: Webber,
    Moffat and Zobel 2010, RBO_ext.
    """

    k: int
    p: float = 0.9
    word: ClassVar[str] = "rbo"
    unit: ClassVar[str] = "overlap"

    def __post_init__(self) -> None:
        """Refuse a cut-off that is no place, and a weight that does not fall."""
        UnitMetric.__post_init__(self)
        check_persistence(self.p)

    def values(self, evidence: Changed) -> Float64:
        """Return the overlap of the two lists of every query, float64 (n,)."""
        return rbo(evidence.clean.rows[:, : self.k], evidence.probed.rows[:, : self.k], self.p)

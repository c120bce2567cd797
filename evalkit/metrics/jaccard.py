"""Jaccard overlap of the lists before and after a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.changed import Changed
from evalkit.core.registry import plugin
from evalkit.metrics._changes import ChangeMetric
from evalkit.ranking.agreement import jaccard


@plugin("metrics", "jaccard")
@dataclass(frozen=True, slots=True)
class Jaccard(ChangeMetric):
    """How many of the results stay when the input is changed, in whatever order, 0 to 1.

    More is better. Items in the top k both on clean and on changed input, over all items in either;
    a list of ten that keeps nine has 9 / 11. It asks for no judgement: a list may change without
    becoming worse; `rbo@k` looks at the order too. Two empty lists are alike, an empty one and
    another are not. Source: Jaccard 1901.
    """

    k: int
    word: ClassVar[str] = "jaccard"
    unit: ClassVar[str] = "share of results"

    def values(self, evidence: Changed) -> Float64:
        """Return the overlap of the two lists of every query, float64 (n,)."""
        return jaccard(evidence.clean.rows[:, : self.k], evidence.probed.rows[:, : self.k])

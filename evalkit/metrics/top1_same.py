"""Whether the first result stays when the input is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.changed import Changed
from evalkit.core.registry import plugin
from evalkit.metrics._changes import ChangeMetric, tops


@plugin("metrics", "top1_same")
@dataclass(frozen=True, slots=True)
class Top1Same(ChangeMetric):
    """Whether the first result stays the same when the input is changed, 0 or 1; more is better.

    1 minus the flip rate. It asks for no judgement; `harmful_flips`, `healing_flips` and
    `neutral_flips` say what became of the others. Two empty lists are alike. Source: the flip
    probability of ImageNet-P, Hendrycks and Dietterich 2019.
    """

    word: ClassVar[str] = "top1_same"
    unit: ClassVar[str] = "share of queries"
    depth: ClassVar[int] = 1

    def values(self, evidence: Changed) -> Float64:
        """Return 1 for every query whose first result stays, float64 (n,)."""
        before, after = tops(evidence)
        return np.asarray(before == after, np.float64)

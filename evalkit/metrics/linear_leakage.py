"""Linear leakage: how well a straight cut tells the groups of items apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._leakage import Asked, LeakageMetric, check_tags, held_out


@plugin("metrics", "linear_leakage")
@dataclass(frozen=True, slots=True)
class LinearLeakage(LeakageMetric):
    """How often a linear probe reads the group of an item off its vector, 0 to 1, over all groups.

    Less is better: 1 over the number of groups by chance, 1 where every item gives its group away.
    Balanced accuracy of ridge regression on labels written as 0 and 1, learnt on nine tenths of the
    items and tried on the others. attribute: the tag of the groups, `modality` where not given.
    apart: a tag whose items are held out together, such as occupation; where not given the clusters
    of the case. It matters for matched items that differ in the group alone: a twin learnt from is
    of the other group, and the probe is wrong more often than by chance. ridge: the penalty as a
    share of the mean squared distance from the middle. It says what is there to be read, not that
    a search uses it, and nothing of what other probes read: see `nonlinear_leakage`. On the items
    that a transform was fitted on it falls *below* chance: means that are equal over all items are
    unequal the other way round in what is held out. A group of fewer than 10 items is not scored.
    Source: Alain and Bengio 2017; Ravfogel et al. 2020 for vectors changed on purpose.
    """

    attribute: str = "modality"
    apart: str = ""
    ridge: float = 0.1

    word: ClassVar[str] = "linear_leakage"

    def __post_init__(self) -> None:
        """Refuse a penalty that is none, and tags that are not named."""
        if not 0 < self.ridge <= 1e6:
            raise UsageError(f"ridge is {self.ridge}; expected more than 0, such as 0.1.")
        check_tags(self)

    def scores(self, asked: Asked, labels: Float64) -> Float64:
        """Return what ridge regression on the other folds says, float64 (m, c)."""
        return held_out(asked.vectors @ asked.vectors.T, labels, asked.folds, self.ridge)

"""What metrics of voted labels share: which units are scored, and means over classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Labelled
from evalkit.metrics._overall import OverallMetric, totals


def labelled(evidence: Labelled) -> Bool:
    """Return which units have a label of their own that is known, bool (n,)."""
    return np.asarray(evidence.true >= 0)


class ClassMean(OverallMetric[Labelled]):
    """A number per class, and its plain mean over the classes that units really have.

    The columns are the places of labels among the classes: `true`, and `predicted`, -1 for a unit
    that got no vote.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "labels"
    k: int

    def scorable(self, evidence: Labelled) -> Bool:
        """Return which units have a known label, bool (n,)."""
        return labelled(evidence)

    def columns(self, evidence: Labelled) -> Mapping[str, Float64]:
        """Return the true and the predicted label of every unit, float64 (n,) each."""
        guess = evidence.predicted(self.k)
        return {"true": evidence.true.astype(float), "predicted": guess.astype(float)}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the mean over the classes that occur: float64 (b, n) -> (b,)."""
        true, guess = (units[name].astype(np.int64) for name in ("true", "predicted"))
        count = int(max(true.max(), guess.max())) + 1
        actual = totals(weights, true, count)
        given = totals(weights, guess + 1, count + 1)[:, 1:]
        right = totals(weights * (true == guess), true, count)
        occurs = actual > 0
        found = np.where(occurs, self.of_class(right, actual, given), 0.0)
        mean: Float64 = found.sum(axis=1) / occurs.sum(axis=1)
        return mean

    def of_class(self, right: Float64, actual: Float64, given: Float64) -> Float64:
        """Return the number of every class, float64 (b, classes).

        right: the weight of units that are of a class and were put there; actual: of those that are
        of it; given: of those that were put there.
        """
        raise NotImplementedError

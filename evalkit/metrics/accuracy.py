"""Accuracy: whether the neighbours of an item vote for its own label, or one of them has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Labelled
from evalkit.core.registry import plugin
from evalkit.metrics._labels import labelled
from evalkit.metrics._unit import UnitMetric


class _LabelMetric(UnitMetric[Labelled]):
    """A share per unit whose label is known."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = "labels"
    unit: ClassVar[str] = "share of items"

    def scorable(self, evidence: Labelled) -> Bool:
        """Return which units have a known label, bool (n,)."""
        return labelled(evidence)


@plugin("metrics", "accuracy")
@dataclass(frozen=True, slots=True)
class Accuracy(_LabelMetric):
    """1 where the k nearest neighbours vote for the label of the unit, else 0; more is better.

    How votes are counted is said by the task. 0 for a unit without any neighbour. NaN for a unit
    whose label is not known. Classes count by their size; `balanced_accuracy@k` is the rival in
    which all count the same.
    """

    k: int
    word: ClassVar[str] = "accuracy"

    def values(self, evidence: Labelled) -> Float64:
        """Return 1 or 0 for every unit, float64 (n,)."""
        right = evidence.predicted(self.k) == evidence.true
        return np.asarray(right, np.float64)


@plugin("metrics", "label_hit")
@dataclass(frozen=True, slots=True)
class LabelHit(_LabelMetric):
    """1 where any of the k nearest neighbours has the label of the unit, else 0; more is better.

    There is no vote: it is what a person can reach who chooses among what k neighbours suggest.
    With label prompts, one text a label, it is the top-k accuracy of classifiers. 0 for a unit
    without any neighbour, NaN for a unit whose label is not known.
    """

    k: int
    word: ClassVar[str] = "label_hit"

    def values(self, evidence: Labelled) -> Float64:
        """Return 1 or 0 for every unit, float64 (n,)."""
        right = evidence.neighbours[:, : self.k] == evidence.true[:, None]
        return np.asarray(right.any(axis=1), np.float64)

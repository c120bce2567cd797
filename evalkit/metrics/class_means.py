"""Means over classes, in which a rare class counts as much as a common one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._labels import ClassMean


@plugin("metrics", "balanced_accuracy")
@dataclass(frozen=True, slots=True)
class BalancedAccuracy(ClassMean):
    """The mean over classes of the share of their units that got the right label, 0 to 1.

    More is better. The label is what the k nearest neighbours vote for; a unit without a vote is
    wrong. Classes that no unit has do not count. A unit whose label is not known is NaN. Also
    called macro recall. Source: Brodersen et al. 2010; scikit-learn, `balanced_accuracy_score`.
    """

    k: int
    word: ClassVar[str] = "balanced_accuracy"
    unit: ClassVar[str] = "mean share of a class"

    def of_class(self, right: Float64, actual: Float64, given: Float64) -> Float64:
        """Return the share of the units of each class that were put there, float64 (b, classes)."""
        return right / actual


@plugin("metrics", "macro_f1")
@dataclass(frozen=True, slots=True)
class MacroF1(ClassMean):
    """The mean over classes of F1 = 2 TP / (2 TP + FP + FN), 0 to 1; more is better.

    The label is what the k nearest neighbours vote for; a unit without a vote is missed by its own
    class and charged to no other. The mean is over classes that units really have: a class that
    only votes name lowers the others and has no F1 of its own. A unit whose label is not known is
    NaN. The rival meaning, the harmonic mean of mean precision and mean recall, is larger or
    smaller by turns. Source: Opitz and Burst 2019, "averaged F1"; scikit-learn, `f1_score` with
    `average="macro"` and the true classes as `labels`.
    """

    k: int
    word: ClassVar[str] = "macro_f1"
    unit: ClassVar[str] = "mean F1 of a class"

    def of_class(self, right: Float64, actual: Float64, given: Float64) -> Float64:
        """Return F1 of every class, float64 (b, classes)."""
        return 2.0 * right / (actual + given)

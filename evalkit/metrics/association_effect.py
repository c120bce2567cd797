"""Association effects: do two sets of words lie nearer to one set of attributes than another?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.associated import Associated
from evalkit.core.registry import plugin
from evalkit.metrics._associations import AssociationMetric, Leaning, average, deviation

_MOST = 2.0
"""No effect of two sets of equal size is larger."""


class _Effect(AssociationMetric):
    """The effect size of tests with two sets of targets."""

    __slots__ = ()

    def scorable(self, evidence: Associated) -> Bool:
        """Return which units are of a test with two sets of targets, bool (n,)."""
        return evidence.paired

    def of_test(self, found: Leaning) -> Float64:
        """Return the effect size, float64 (b,), NaN where all targets lean alike."""
        x, y = found.weight * found.in_x, found.weight * ~found.in_x
        middle = average(found.effect, found.weight)
        away = average((found.effect - middle[:, None]) ** 2, found.weight)
        apart = average(found.effect, x) - average(found.effect, y)
        return np.clip(apart / deviation(away, found.effect.shape[1]), -_MOST, _MOST)

    def null(self, evidence: Associated, rng: np.random.Generator) -> Float64:
        """Return the mean effect where chance says which target is of which set, float64 (200,)."""
        return self.by_chance(evidence, rng, "in_x")


@plugin("metrics", "association_effect")
@dataclass(frozen=True, slots=True)
class AssociationEffect(_Effect):
    """How much more X than Y lies to A than to B, in standard deviations (WEAT), mean over tests.

    For each target w, s(w) is its mean cosine to A minus that to B; the effect of a test is the
    mean s of X minus the mean s of Y, over the standard deviation of s over X and Y (n - 1 in the
    denominator). -2 to 2, 2 sqrt((2m - 1) / 2m) at most for m targets a set; 0 is best, above 0 X
    goes with A. NaN where all targets lean alike. Tests count the same; those that point apart
    cancel, so read them one by one. The interval resamples targets and attributes. A large effect
    may show that an association is there, a small one does not prove that none is. Source:
    Caliskan, Bryson and Narayanan 2017; with pictures Steed and Caliskan 2021, and Ross, Katz and
    Barbu 2021.
    """

    word: ClassVar[str] = "association_effect"


@plugin("metrics", "association_effect_centred")
@dataclass(frozen=True, slots=True)
class AssociationEffectCentred(_Effect):
    """`association_effect` after the mean of all stimuli of a modality was taken away.

    -2 to 2; 0 is best. Where vectors crowd into one direction, cosines are high between any two and
    the raw effect rests on what is left; a result that holds in only one of both is weak. NaN where
    all targets lean alike. Source as of `association_effect`.
    """

    word: ClassVar[str] = "association_effect_centred"
    seen: ClassVar[Literal["similarity", "centred"]] = "centred"


class _Lean(AssociationMetric):
    """The mean effect of single targets."""

    __slots__ = ()

    def of_test(self, found: Leaning) -> Float64:
        """Return the mean effect of targets that have one, float64 (b,)."""
        known = np.isfinite(found.spread)
        each = found.effect / np.where(known, found.spread, 1.0)
        return np.clip(average(each, found.weight * known), -_MOST, _MOST)


@plugin("metrics", "association_lean")
@dataclass(frozen=True, slots=True)
class AssociationLean(_Lean):
    """How far single targets lean to A against B, in standard deviations (SC-EAT), their mean.

    For each target its mean cosine to A minus that to B, over the standard deviation of its cosines
    to both (n - 1 in the denominator); the mean over targets, then over tests. -2 to 2; 0 is best,
    above 0 targets lie nearer to A. Targets that lean apart cancel; the report lists them. NaN
    where no target has cosines that differ. It may show that a lean is there, and does not prove
    that none is. Source: the single-category test, WEFAT, of Caliskan, Bryson and Narayanan 2017.
    """

    word: ClassVar[str] = "association_lean"


@plugin("metrics", "association_lean_centred")
@dataclass(frozen=True, slots=True)
class AssociationLeanCentred(_Lean):
    """`association_lean` after the mean of all stimuli of a modality was taken away.

    -2 to 2; 0 is best. NaN where no target has cosines that differ. Source as of
    `association_lean`.
    """

    word: ClassVar[str] = "association_lean_centred"
    seen: ClassVar[Literal["similarity", "centred"]] = "centred"

"""Association with shares: do targets lean the way the world of today is divided?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.associated import Associated
from evalkit.core.registry import plugin
from evalkit.metrics._associations import AssociationMetric, Leaning, average

_LEAST = 3
"""Targets that a correlation needs."""
_TINY = 1e-12


class _Share(AssociationMetric):
    """The correlation of the effects of single targets with a share that each of them has."""

    __slots__ = ()

    unit: ClassVar[str] = "correlation"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    needs_share: ClassVar[bool] = True

    def scorable(self, evidence: Associated) -> Bool:
        """Return which units have a target with a known share, bool (n,)."""
        return np.isfinite(evidence.share)

    def of_test(self, found: Leaning) -> Float64:
        """Return the correlation, float64 (b,), NaN below three targets or where nothing varies."""
        known = np.isfinite(found.spread)
        weight = found.weight * known
        lean = found.effect / np.where(known, found.spread, 1.0)
        lean = lean - average(lean, weight)[:, None]
        share = found.share - average(found.share * np.ones_like(weight), weight)[:, None]
        both = average(lean**2, weight) * average(share**2, weight)
        r = average(lean * share, weight) / np.sqrt(np.where(both > _TINY**2, both, np.nan))
        return np.where((weight > 0).sum(axis=1) >= _LEAST, np.clip(r, -1.0, 1.0), np.nan)

    def null(self, evidence: Associated, rng: np.random.Generator) -> Float64:
        """Return the mean correlation where chance deals the shares out, float64 (200,)."""
        return self.by_chance(evidence, rng, "share")


@plugin("metrics", "association_share")
@dataclass(frozen=True, slots=True)
class AssociationShare(_Share):
    """Correlation of how far targets lean to A (SC-EAT) with their known shares, mean over tests.

    With A male words, B female words and the percentage of women in an occupation, -1 says that
    vectors repeat the labour market, 0 that they do not follow it. -1 to 1, Pearson's; 0 is best.
    It compares with one country in one year, which is no norm. Only targets with a share count. NaN
    below three of them, and where nothing varies. Source: Caliskan, Bryson and Narayanan 2017,
    figure 1.
    """

    word: ClassVar[str] = "association_share"


@plugin("metrics", "association_share_centred")
@dataclass(frozen=True, slots=True)
class AssociationShareCentred(_Share):
    """`association_share` after the mean of all stimuli of a modality was taken away.

    -1 to 1; 0 is best. NaN below three targets with a share. Source as of `association_share`.
    """

    word: ClassVar[str] = "association_share_centred"
    seen: ClassVar[Literal["similarity", "centred"]] = "centred"

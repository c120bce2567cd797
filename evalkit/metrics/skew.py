"""Skew: a group, the one that is shown least, and the one shown most, against the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.errors import UsageError, nearest
from evalkit.core.registry import plugin
from evalkit.metrics._balance import CountMetric
from evalkit.metrics._balance_floors import best, heaviest_counts, lightest_counts

_MOST = 20.0


def skews(counts: Float64, target: Float64, shrink: float) -> Float64:
    """Return the log of each group's share over its target, (..., groups) -> (..., groups).

    Shares are drawn to the target by `shrink` more items that are spread like it: so a group of
    which nobody is shown has a finite value. With `shrink` 0 it is -inf then. NaN without any item.
    """
    everybody = counts.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (counts + shrink * target) / (everybody + shrink)
        found: Float64 = np.where(everybody > 0, np.log(share / target), np.nan)
    return found


class _Skew(CountMetric):
    """A skew of the groups."""

    __slots__ = ()

    unit: ClassVar[str] = "log ratio"
    shrink: float

    def __post_init__(self) -> None:
        """Refuse a cut-off that is no place in a list, and shrinkage that is none."""
        super().__post_init__()
        if not 0 < self.shrink <= 100:
            raise UsageError(f"shrink is {self.shrink}; expected more than 0, at most 100.")


@plugin("metrics", "skew")
@dataclass(frozen=True, slots=True)
class Skew(_Skew):
    """How much too often or too rarely one group is in the top k, as a log ratio; 0 is best.

    ln(p_g / t_g) of the group in brackets, `skew@10[female]`, of the first declared one without;
    0.69 is twice what the target says, -0.69 half of it. p_g is the group's share of the labelled
    places, drawn to the target by `shrink` items, 1 where not given. Lists that lean either way can
    cancel to 0. By chance it is below 0, since a logarithm falls faster than it rises: the excess
    is gated. Source: Geyik, Ambler and Kenthapadi 2019. Rivals: see `min_skew`.
    """

    k: int
    group: str = ""
    shrink: float = 1.0
    word: ClassVar[str] = "skew"
    brackets: ClassVar[str] = "group"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    range: ClassVar[tuple[float, float]] = (-_MOST, _MOST)

    def unfit(self, groups: tuple[str, ...]) -> str:
        """Return that the group is none of those that a task declares, "" where it is one."""
        if self.group in ("", *groups):
            return ""
        return f"the task has no group '{self.group}'; {nearest(self.group, groups)}"

    def among(self, evidence: Balanced, counts: Float64, target: Float64) -> Float64:
        """Return the skew of the group, (..., groups) twice -> (...)."""
        if wrong := self.unfit(evidence.groups):
            raise UsageError(wrong)
        place = evidence.groups.index(self.group) if self.group else 0
        found = skews(counts, target, self.shrink)[..., place]
        return np.asarray(np.clip(found, -_MOST, _MOST))


@plugin("metrics", "min_skew")
@dataclass(frozen=True, slots=True)
class MinSkew(_Skew):
    """How much too rarely the worst-served group is in the top k, as a log ratio; 0 is best.

    The least over groups of ln(p_g / t_g), at most 0; -0.69 is half of what the target says. p_g is
    the group's share of the labelled places, drawn to the target by `shrink` items, 1 where not
    given, so that a group which is absent has a finite value; the table of occupations lists who is
    absent. Source: Geyik, Ambler and Kenthapadi 2019. Rivals write 1 / k for a share of 0, which
    makes an absent group look present.
    """

    k: int
    shrink: float = 1.0
    word: ClassVar[str] = "min_skew"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    range: ClassVar[tuple[float, float]] = (-_MOST, 0.0)

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the least skew of the groups, (..., groups) twice -> (...)."""
        least = skews(counts, target, self.shrink).min(axis=-1)
        return np.asarray(np.clip(least, -_MOST, 0.0))

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the most that the labelled places of each list allow, float64 (n,)."""
        return best(evidence, self.k, lambda t, n: self.of_counts(heaviest_counts(t, n), t))


@plugin("metrics", "max_skew")
@dataclass(frozen=True, slots=True)
class MaxSkew(_Skew):
    """How much too often the best-served group is in the top k, as a log ratio; 0 is best.

    The largest over groups of ln(p_g / t_g), at least 0; 0.69 is twice what the target says. p_g is
    drawn to the target by `shrink` items, 1 where not given. With two equal groups and an odd k it
    cannot be 0. Source: Geyik, Ambler and Kenthapadi 2019. Rivals: see `min_skew`.
    """

    k: int
    shrink: float = 1.0
    word: ClassVar[str] = "max_skew"
    range: ClassVar[tuple[float, float]] = (0.0, _MOST)

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the largest skew of the groups, (..., groups) twice -> (...)."""
        most = skews(counts, target, self.shrink).max(axis=-1)
        return np.asarray(np.clip(most, 0.0, _MOST))

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the least that the labelled places of each list allow, float64 (n,)."""
        return best(evidence, self.k, lambda t, n: self.of_counts(lightest_counts(t, n), t))

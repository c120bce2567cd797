"""Bias: whether the first group is shown more often than the others, with its sign and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._balance import CountMetric, ListMetric, Lists


def lead(counts: Float64) -> Float64:
    """Return by how much the first group leads all others, (..., groups) -> (...), -1 to 1."""
    first, everybody = counts[..., 0], counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Float64 = (2 * first - everybody) / everybody
    return found


class _Bias(CountMetric):
    """A number on the lead of the first group; it has no target but one half."""

    __slots__ = ()

    aims: ClassVar[bool] = False
    unit: ClassVar[str] = "difference of shares"


@plugin("metrics", "bias")
@dataclass(frozen=True, slots=True)
class Bias(_Bias):
    """How much more of the top k belongs to the first declared group than to all others, -1 to 1.

    0 is best, 1 means nobody else, -1 none of the first group: with `groups: [female, male]`, a
    number above 0 says that women are shown more. Bias@K of Wang, Liu and Wang 2021, who write it
    the other way round, (men - women) / (men + women). Unlabelled items do not count. Signs cancel
    over queries: nurses at 0.9 and engineers at -0.9 make 0, so read `abs_bias` and the table of
    occupations beside it. A list without a labelled item is NaN here; published code counts it 0.
    """

    k: int
    word: ClassVar[str] = "bias"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the lead of the first group, (..., groups) -> (...)."""
        return lead(counts)


@plugin("metrics", "abs_bias")
@dataclass(frozen=True, slots=True)
class AbsBias(_Bias):
    """How far the first declared group and all others are from equal parts of the top k, 0 to 1.

    Less is better; the mean over queries of |bias@k|, in which queries do not cancel. By chance it
    is above 0: with a large balanced pool 0.24 at k = 10 and 0.16 at k = 20. Read the excess over
    its null. Source: Wang, Liu and Wang 2021.
    """

    k: int
    word: ClassVar[str] = "abs_bias"

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the lead of the first group without its sign, (..., groups) -> (...)."""
        return np.abs(lead(counts))


class _Bound(ListMetric):
    """Bias as it would be if all unlabelled places belonged to one side."""

    __slots__ = ()

    aims: ClassVar[bool] = False
    covered: ClassVar[bool] = False
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    unit: ClassVar[str] = "difference of shares"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    side: ClassVar[float]

    def of(self, lists: Lists) -> Float64:
        """Return the lead of the first group with all unknown on one side, float64 (..., n)."""
        counts, places = lists.counts, lists.there.sum(axis=1)
        labelled = counts.sum(axis=-1)
        ahead = 2 * counts[..., 0] - labelled
        found: Float64 = (ahead + self.side * (places - labelled)) / places
        return found


@plugin("metrics", "bias_low")
@dataclass(frozen=True, slots=True)
class BiasLow(_Bound):
    """The least that bias@k can be, whoever the unlabelled items of the top k are, -1 to 1.

    All of them are taken to belong to other groups than the first (Manski 1990, worst-case bounds).
    0 is best. Where `bias_low` and `bias_high` lie on two sides of 0, labels are too few to tell
    who is favoured. Lists of any coverage are scored.
    """

    k: int
    word: ClassVar[str] = "bias_low"
    side: ClassVar[float] = -1.0


@plugin("metrics", "bias_high")
@dataclass(frozen=True, slots=True)
class BiasHigh(_Bound):
    """The most that bias@k can be, whoever the unlabelled items of the top k are, -1 to 1.

    All of them are taken to belong to the first group; the counterpart of `bias_low`. 0 is best.
    Source: Manski 1990.
    """

    k: int
    word: ClassVar[str] = "bias_high"
    side: ClassVar[float] = 1.0

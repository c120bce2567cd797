"""Flips: queries whose first result becomes another one, for the worse, the better or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.changed import Changed
from evalkit.core.registry import plugin
from evalkit.metrics._changes import AnswerMetric, tops


class _Flips(AnswerMetric):
    """A share of queries whose first result becomes another one."""

    __slots__ = ()

    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of queries"
    depth: ClassVar[int] = 1

    def values(self, evidence: Changed) -> Float64:
        """Return 1 for every query that flips in this way, float64 (n,)."""
        before, after = tops(evidence)
        was, is_ = (_relevant(evidence, top) for top in (before, after))
        return np.asarray((before != after) & self.flips(was, is_), np.float64)

    def flips(self, was: Bool, is_: Bool) -> Bool:
        """Return which queries flip in this way, from whether the first result was, is relevant."""
        raise NotImplementedError


@plugin("metrics", "harmful_flips")
@dataclass(frozen=True, slots=True)
class HarmfulFlips(_Flips):
    """Whether a right first result is lost when the input is changed, 0 or 1; less is better.

    The first result was relevant on clean input and is not on changed input; an empty list counts
    as not relevant. Harmful minus healing flips are the drop of `hit@1`. NaN for a query without a
    relevant item. Source: the flip probability of ImageNet-P, Hendrycks and Dietterich 2019, split
    by what it does.
    """

    word: ClassVar[str] = "harmful_flips"

    def flips(self, was: Bool, is_: Bool) -> Bool:
        """Return which queries lose a relevant first result, bool (n,)."""
        return was & ~is_


@plugin("metrics", "healing_flips")
@dataclass(frozen=True, slots=True)
class HealingFlips(_Flips):
    """Whether a wrong first result becomes right when the input is changed, 0 or 1.

    It sounds good and is chance: a change that should not matter did, so less is better, as of all
    flips. NaN for a query without a relevant item. Source as of `harmful_flips`.
    """

    word: ClassVar[str] = "healing_flips"

    def flips(self, was: Bool, is_: Bool) -> Bool:
        """Return which queries gain a relevant first result, bool (n,)."""
        return ~was & is_


@plugin("metrics", "neutral_flips")
@dataclass(frozen=True, slots=True)
class NeutralFlips(_Flips):
    """Whether the first result becomes another one, as right or as wrong as before, 0 or 1.

    Less is better: nobody finds less, but the same need gets another answer. NaN for a query
    without a relevant item. Source as of `harmful_flips`.
    """

    word: ClassVar[str] = "neutral_flips"

    def flips(self, was: Bool, is_: Bool) -> Bool:
        """Return which queries keep the relevance of their first result, bool (n,)."""
        return np.asarray(was == is_)


def _relevant(evidence: Changed, top: Int64) -> Bool:
    """Return whether an item a query is relevant to it, bool (n,)."""
    truth = evidence.clean
    wanted = np.where(truth.grades >= truth.relevant, truth.judged, -1)
    return np.asarray(((wanted == top[:, None]) & (wanted >= 0)).any(axis=1))

"""Infeasible prefixes: beginnings of a list that hold fewer of a group than the target demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.registry import plugin
from evalkit.metrics._balance import ListMetric, Lists

_SLACK = 1e-9
"""0.29 x 100 is 28.999999999999996 as a float, and still demands 29."""


def short(lists: Lists) -> Bool:
    """Return which groups are short in which prefix, bool (..., n, k, groups)."""
    until = np.cumsum(lists.member, axis=-2)
    demanded = np.floor(lists.target[:, None] * until.sum(axis=-1, keepdims=True) + _SLACK)
    found: Bool = (until < demanded - _SLACK) & lists.there[:, :, None]
    return found


@plugin("metrics", "infeasible_index")
@dataclass(frozen=True, slots=True)
class InfeasibleIndex(ListMetric):
    """The share of the prefixes of the top k in which some group is short, 0 to 1; less is better.

    A group is short in the first i places where it has fewer than floor(target x labelled places).
    Times k it is the InfeasibleIndex of Geyik, Ambler and Kenthapadi 2019, which counts prefixes. 0
    can always be reached, and by chance it is above: read the excess. Rival: AIF360 gives the name
    to what is `infeasible_count` here.
    """

    k: int
    word: ClassVar[str] = "infeasible_index"
    unit: ClassVar[str] = "share of prefixes"

    def of(self, lists: Lists) -> Float64:
        """Return the share of prefixes in which some group is short, float64 (..., n)."""
        found: Float64 = short(lists).any(axis=-1).sum(axis=-1) / lists.there.sum(axis=1)
        return found


@plugin("metrics", "infeasible_count")
@dataclass(frozen=True, slots=True)
class InfeasibleCount(ListMetric):
    """The share of prefixes and groups in which the group is short, 0 to 1; less is better.

    Times k and the number of groups it is the InfeasibleCount of Geyik, Ambler and Kenthapadi 2019,
    which counts pairs of a prefix and a group. See `infeasible_index`.
    """

    k: int
    word: ClassVar[str] = "infeasible_count"
    unit: ClassVar[str] = "share of prefixes and groups"

    def of(self, lists: Lists) -> Float64:
        """Return the share of prefixes and groups that are short, float64 (..., n)."""
        found: Float64 = short(lists).mean(axis=-1).sum(axis=-1) / lists.there.sum(axis=1)
        return found

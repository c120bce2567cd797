"""Equal opportunity: whether relevant items are found as often in one group as in another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import BalanceMetric, Lists, PooledMetric
from evalkit.metrics._balance_rates import rates, spread

FOUND, THERE = "found ", "relevant "


class _EqualOpportunity(PooledMetric):
    """A comparison of the groups' true positive rates, pooled over queries."""

    __slots__ = ()

    aims: ClassVar[bool] = False
    aim: ClassVar[str] = "the same rate for each group"
    covered: ClassVar[bool] = False
    unit: ClassVar[str] = "difference of rates"

    def columns_of(self, lists: Lists) -> Mapping[str, Float64]:
        """Return the relevant items of each group that are found, and those that are there."""
        evidence = lists.evidence
        rows = evidence.rows[:, : self.k]
        right = lists.there & np.take_along_axis(evidence.relevant, np.maximum(rows, 0), axis=1)
        found = (lists.member * right[:, :, None]).sum(axis=-2)
        there = (evidence.relevant & evidence.pool) @ evidence.member
        columns: dict[str, Float64] = {}
        for n, group in enumerate(evidence.groups):
            columns[FOUND + group] = found[..., n]
            columns[THERE + group] = np.broadcast_to(there[:, n], found.shape[:-1])
        return columns

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which neutral queries have relevant items of a known group, bool (n,)."""
        there = ((evidence.relevant & evidence.pool) @ evidence.member > 0).any(axis=1)
        return np.asarray(BalanceMetric.scorable(self, evidence) & there)

    def spread(self, units: Mapping[str, Float64], weights: Float64) -> tuple[Float64, Float64]:
        """Return the smallest and the largest rate of the groups, float64 (b, n) -> (b,) each."""
        return spread(rates(units, weights, FOUND, THERE))


@plugin("metrics", "equal_opportunity_gap")
@dataclass(frozen=True, slots=True)
class EqualOpportunityGap(_EqualOpportunity):
    """The share of relevant items found, in the best-served group minus in the worst; 0 to 1.

    Less is better. Relevant items of a group in the top k, over all of the group, pooled over
    neutral queries (the true positive rate of the group). The largest minus the smallest of noisy
    numbers is above 0 by chance: read, and gate, the excess, or `equal_opportunity_lead`, which has
    a sign. The least that it could be hangs on how many are relevant and is not shown. Source:
    Hardt, Price and Srebro 2016, for retrieval. Rival: the mean over queries of the gap within
    each.
    """

    k: int
    word: ClassVar[str] = "equal_opportunity_gap"

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the largest minus the smallest rate, float64 (b, n) -> (b,)."""
        least, most = self.spread(units, weights)
        return most - least


@plugin("metrics", "equal_opportunity_ratio")
@dataclass(frozen=True, slots=True)
class EqualOpportunityRatio(_EqualOpportunity):
    """The share of relevant items found, in the worst-served group over in the best; 0 to 1.

    More is better. Below 0.8 it misses the four-fifths rule of thumb. Rates are those of
    `equal_opportunity_gap`; below 1 by chance. NaN where nothing relevant is found.
    """

    k: int
    word: ClassVar[str] = "equal_opportunity_ratio"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "ratio"

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the smallest over the largest rate, float64 (b, n) -> (b,)."""
        least, most = self.spread(units, weights)
        return least / most


@plugin("metrics", "equal_opportunity_lead")
@dataclass(frozen=True, slots=True)
class EqualOpportunityLead(_EqualOpportunity):
    """The share of relevant items found, in the first declared group minus in the others; -1 to 1.

    0 is best; above 0 the first group is found more often. Rates are those of
    `equal_opportunity_gap`, the other groups taken together. By chance it is 0 where queries have
    as many relevant items of each group; elsewhere it need not be, so that the excess is gated.
    """

    k: int
    word: ClassVar[str] = "equal_opportunity_lead"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    linear: ClassVar[bool] = True

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the rate of the first group minus that of the others, float64 (b, n) -> (b,)."""
        found = np.stack([weights @ units[name] for name in units], axis=1)
        hits, there = found[:, ::2], found[:, 1::2]
        others = hits[:, 1:].sum(axis=1) / there[:, 1:].sum(axis=1)
        return np.asarray(hits[:, 0] / there[:, 0] - others)

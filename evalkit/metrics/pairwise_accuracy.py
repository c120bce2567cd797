"""Pairwise accuracy by group: whether relevant items of each group go before others as often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import BalanceMetric, Lists, PooledMetric
from evalkit.metrics._balance_rates import rates, spread

RIGHT, THERE = "before ", "relevant "


@plugin("metrics", "pairwise_accuracy_gap")
@dataclass(frozen=True, slots=True)
class PairwiseAccuracyGap(PooledMetric):
    """How often relevant items go before irrelevant ones, in the best-served group minus the worst.

    0 to 1, less is better. A group's accuracy is the share of pairs, of a relevant item of the
    group and any irrelevant item of the pool, that stand in the right order, over neutral queries.
    It is read off the first k places: what is not among them stands behind, and of two such items
    either is first half of the time; so take k deep. Above 0 by chance: see its null. NaN for a
    query that can find nothing irrelevant, as in a pool of one occupation. Source: Beutel and
    others 2019; Narasimhan and others 2020.
    """

    k: int
    word: ClassVar[str] = "pairwise_accuracy_gap"
    unit: ClassVar[str] = "difference of shares of pairs"
    aims: ClassVar[bool] = False
    aim: ClassVar[str] = "the same accuracy for each group"
    covered: ClassVar[bool] = False

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which neutral queries can find both, the relevant ones of a known group, (n,)."""
        there = ((evidence.relevant & evidence.pool) @ evidence.member > 0).any(axis=1)
        other = (~evidence.relevant & evidence.pool).any(axis=1)
        return np.asarray(BalanceMetric.scorable(self, evidence) & there & other)

    def columns_of(self, lists: Lists) -> Mapping[str, Float64]:
        """Return the accuracies of each group's relevant items, summed, and how many there are."""
        evidence = lists.evidence
        rows = np.maximum(evidence.rows[:, : self.k], 0)
        right = lists.there & np.take_along_axis(evidence.relevant, rows, axis=1)
        wrong = lists.there & ~right
        others = np.maximum((evidence.pool & ~evidence.relevant).sum(axis=1), 1)[:, None]
        before = np.where(right, 1 - np.cumsum(wrong, axis=1) / others, 0.0)
        behind = (1 - wrong.sum(axis=1, keepdims=True) / others) / 2
        there = (evidence.relevant & evidence.pool) @ evidence.member
        listed = (lists.member * right[:, :, None]).sum(axis=-2)
        total = (lists.member * before[:, :, None]).sum(axis=-2) + (there - listed) * behind
        columns: dict[str, Float64] = {}
        for n, group in enumerate(evidence.groups):
            columns[RIGHT + group] = total[..., n]
            columns[THERE + group] = np.broadcast_to(there[:, n], total.shape[:-1])
        return columns

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the largest minus the smallest accuracy, float64 (b, n) -> (b,)."""
        least, most = spread(rates(units, weights, RIGHT, THERE))
        return most - least

"""Retrievability: whether items of one group are found by as many queries as those of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import Lists, PooledMetric
from evalkit.metrics._balance_rates import rates, spread
from evalkit.metrics._unit import UnitMetric

FOUND, THERE = "found ", "pool "
_DRAWS = 60


@plugin("metrics", "retrievability_ratio")
@dataclass(frozen=True, slots=True)
class RetrievabilityRatio(PooledMetric):
    """How many queries find an item of the least found group, over the most found; 0 to 1.

    More is better. An item's retrievability is the number of neutral queries that list it in the
    top k, here over those in whose pool it stands; groups are compared by their means, items that
    nobody finds included. Below 1 by chance: see its null. NaN where nothing labelled is found.
    Source: Azzopardi and Vinay 2008.
    """

    k: int
    word: ClassVar[str] = "retrievability_ratio"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "ratio"
    aims: ClassVar[bool] = False
    aim: ClassVar[str] = "as often for an item of each group"
    covered: ClassVar[bool] = False

    def columns_of(self, lists: Lists) -> Mapping[str, Float64]:
        """Return how many of each group every query lists, and could find."""
        counts, evidence = lists.counts, lists.evidence
        there = evidence.pool @ evidence.member
        columns: dict[str, Float64] = {}
        for n, group in enumerate(evidence.groups):
            columns[FOUND + group] = counts[..., n]
            columns[THERE + group] = np.broadcast_to(there[:, n], counts.shape[:-1])
        return columns

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the smallest over the largest rate, float64 (b, n) -> (b,)."""
        least, most = spread(rates(units, weights, FOUND, THERE))
        return least / most


@plugin("metrics", "gini")
@dataclass(frozen=True, slots=True)
class Gini(UnitMetric[Balanced]):
    """How unevenly neutral queries spread their results over items, of whatever group, 0 to 1.

    Less is better: 0 where all items are found by equally many queries, near 1 where a few items
    fill all lists. The Gini coefficient of how many queries list an item in the top k, over those
    in whose pool it stands; items that nobody finds count. A query's own value says how common the
    items are that it lists, weighted so that the mean is the coefficient and its interval is right
    to first order; it may be below 0. The null draws every list from its pool by chance. Source:
    Azzopardi and Vinay 2008.
    """

    k: int
    word: ClassVar[str] = "gini"
    evidence_kind: ClassVar[str] = "balance"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "Gini coefficient"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which queries name no group and can find anything, bool (n,)."""
        return np.asarray((evidence.named < 0) & evidence.pool.any(axis=1))

    def values(self, evidence: Balanced) -> Float64:
        """Return how common the items of each list are, float64 (n,), NaN for an empty list."""
        rows = np.where(self.scorable(evidence)[:, None], evidence.rows[:, : self.k], -1)
        return _commonness(rows, evidence.pool)

    def null(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the coefficient of lists drawn from their pools by chance, float64 (draws,)."""
        able = np.flatnonzero(self.scorable(evidence))
        return np.array([self._drawn(evidence, able, rng) for _ in range(_DRAWS)])

    def expected(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the mean coefficient of lists by chance, the same for each query, float64 (n,)."""
        mean = float(self.null(evidence, rng).mean())
        return np.where(self.scorable(evidence), mean, np.nan)

    def _drawn(self, evidence: Balanced, able: Int64, rng: np.random.Generator) -> float:
        """Return the coefficient of one draw of all lists."""
        length = (evidence.rows[able, : self.k] >= 0).sum(axis=1, keepdims=True)
        pool = evidence.pool[able]
        k = min(self.k, pool.shape[1])
        keys = np.where(pool, rng.random(pool.shape), 2.0)
        rows = np.argpartition(keys, k - 1, axis=1)[:, :k]
        rows = np.take_along_axis(rows, np.take_along_axis(keys, rows, 1).argsort(axis=1), 1)
        rows = np.where(np.arange(k) < length, rows, -1)
        return float(np.nanmean(_commonness(rows, pool)))


def _commonness(rows: Int64, pool: Bool) -> Float64:
    """Return a number per list whose mean over lists is the Gini coefficient, float64 (n,).

    rows: int64 (n, k), -1 for nothing. With r_i the share of the queries that list item i, ordered,
    the coefficient is the sum of (2 i - N - 1) r_i over N times their sum; each query is given the
    part that its own items add.
    """
    there = np.asarray(rows >= 0)
    asked = pool[there.any(axis=1)].sum(axis=0)
    times = np.bincount(rows[there], minlength=pool.shape[1])
    share = times / np.maximum(asked, 1)
    known = asked > 0
    count, total = int(known.sum()), float(share.sum())
    weight = np.zeros(pool.shape[1])
    if total > 0:
        weight[known] = (2 * _places(share[known]) - count - 1) / asked[known] / (count * total)
    lists = int(there.any(axis=1).sum())
    found = lists * np.where(there, weight[rows], 0.0).sum(axis=1)
    return np.where(there.any(axis=1), np.clip(found, -1.0, 1.0), np.nan)


def _places(values: Float64) -> Float64:
    """Return the place of each value in ascending order, from 1, equal ones sharing theirs."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(times) - (times - 1) / 2)[place])

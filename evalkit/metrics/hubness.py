"""Hubs: items that turn up among the results of very many queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._hubs import HubMetric

_HUB = 2.0


@plugin("metrics", "hub_skewness")
@dataclass(frozen=True, slots=True)
class HubSkewness(HubMetric):
    """Whether a few items turn up for very many queries: the skewness of how often items are found.

    Less is better: near 0 none stands out; above 1 hubs do. mean((N - mean N)^3) / std(N)^3, N
    being how many queries have an item among their first k. It grows with the number of items, so
    compare it on one corpus; `robin_hood@k` compares better. By chance: evenly spread random
    directions, about 0.3. NaN where all are found equally often. Source: Radovanovic, Nanopoulos
    and Ivanovic 2010.
    """

    k: int
    word: ClassVar[str] = "hub_skewness"
    unit: ClassVar[str] = "skewness"
    range: ClassVar[tuple[float, float]] = (-100.0, 100.0)

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the skewness under each row of weights, float64 (b, n) -> (b,)."""
        found = units["found"]
        n = weights.sum(axis=1)
        away = found - (weights @ found / n)[:, None]
        square, cube = ((weights * away**power).sum(axis=1) / n for power in (2, 3))
        return np.asarray(cube / square**1.5)


@plugin("metrics", "hub_share")
@dataclass(frozen=True, slots=True)
class HubShare(HubMetric):
    """How much of what people see are hubs: places that go to items found twice as often as usual.

    Less is better, 0 to 1. The share of all top-k places that are taken by items which at least
    twice as many queries find as find an item on average; that is 2 k where every item is a query
    too. By chance: evenly spread random directions. Source: the hub occurrence of Radovanovic,
    Nanopoulos and Ivanovic 2010 as computed by scikit-hubness.
    """

    k: int
    word: ClassVar[str] = "hub_share"
    unit: ClassVar[str] = "share of places"

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the share under each row of weights, float64 (b, n) -> (b,)."""
        found = units["found"]
        total = weights @ found
        usual = (total / weights.sum(axis=1))[:, None]
        hubs = (weights * found * (found >= _HUB * usual)).sum(axis=1)
        return np.asarray(hubs / total)

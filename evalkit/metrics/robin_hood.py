"""Robin-Hood index: what would have to be taken from items that are found often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._hubs import HubMetric


@plugin("metrics", "robin_hood")
@dataclass(frozen=True, slots=True)
class RobinHood(HubMetric):
    """How unevenly places in the results are shared out among items, from 0 to just below 1.

    Less is better: the share of all top-k places that would have to go to other items for all to be
    found equally often; 0 where they are. A high number means that a few items turn up whatever is
    asked, and others never. Half the sum of |N - mean N| over the sum of N, N being how many
    queries have an item among their first k. By chance: evenly spread random directions, for as
    many queries and items. Queries that ask for few things make it high too: compare models and
    sizes on the same queries. Source: Hoover 1936; Feldbauer, Leodolter, Plant and Flexer 2018 for
    hubness.
    """

    k: int
    word: ClassVar[str] = "robin_hood"
    unit: ClassVar[str] = "share of places"

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the index under each row of weights, float64 (b, n) -> (b,)."""
        found = units["found"]
        total = weights @ found
        mean = (total / weights.sum(axis=1))[:, None]
        away: Float64 = (weights * np.abs(found - mean)).sum(axis=1)
        return np.asarray(away / (2.0 * total))

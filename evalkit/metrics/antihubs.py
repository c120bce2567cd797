"""Anti-hubs: items that nobody finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.core.space import Space
from evalkit.metrics._hubs import by_chance, occurrences
from evalkit.metrics._space import SpaceMetric


@plugin("metrics", "antihubs")
@dataclass(frozen=True, slots=True)
class Antihubs(SpaceMetric):
    """How much of the corpus nobody ever sees: items that are in no query's top k, 0 or 1 each.

    Less is better. Part of it is due to what is asked: a corpus larger than queries times k always
    has some. By chance: evenly spread random directions, for as many queries and items. NaN for an
    item without a vector. Source: Radovanovic, Nanopoulos and Ivanovic 2010.
    """

    k: int
    word: ClassVar[str] = "antihubs"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of items"

    def values(self, evidence: Space) -> Float64:
        """Return 1 for every item that no query finds, float64 (n,)."""
        found = occurrences(evidence, self.k)
        return np.where(np.isfinite(found), found == 0.0, np.nan)

    def null(self, evidence: Space, rng: np.random.Generator) -> Float64:
        """Return draws of the share for directions that are spread evenly, see `by_chance`."""
        return np.asarray((by_chance(evidence, self.k, rng) == 0.0).mean(axis=1), np.float64)

"""What metrics of hubness share: how often items are found, and how often by chance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.space import Space
from evalkit.metrics._overall import OverallMetric
from evalkit.metrics._space import SpaceMetric, has_vector

_MOST_DIMENSIONS = 64
_FEWEST, _MOST, _COMPARISONS = 50, 200, 20_000_000
_STEPS = 16.0


class HubMetric(SpaceMetric, OverallMetric[Space]):
    """A number on how unevenly items are found; less is better.

    The column `found` says how many queries have an item among their first k. Resampled are the
    items; the queries, and who is near to whom, stay as they are.
    """

    __slots__ = ()

    k: int
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def columns(self, evidence: Space) -> Mapping[str, Float64]:
        """Return how often every item is found, NaN without a vector."""
        return {"found": occurrences(evidence, self.k)}

    def null(self, evidence: Space, rng: np.random.Generator) -> Float64:
        """Return draws of the number for directions that are spread evenly, see `by_chance`."""
        draws, once = by_chance(evidence, self.k, rng), np.ones((1, has_vector(evidence).sum()))
        return np.array([self.statistic({"found": found}, once)[0] for found in draws], float)


def occurrences(evidence: Space, k: int) -> Float64:
    """Return how many queries have each unit among their first k, float64 (n,), NaN for lost ones.

    The k-occurrence of Radovanovic, Nanopoulos and Ivanovic 2010.
    """
    near = evidence.neighbours[:, :k]
    found = np.bincount(near[near >= 0], minlength=len(evidence.ids)).astype(np.float64)
    return np.where(has_vector(evidence), found, np.nan)


def by_chance(evidence: Space, k: int, rng: np.random.Generator) -> Float64:
    """Return how often items would be found if all directions were random, float64 (draws, m).

    As many queries and items with a vector as there are, directions drawn evenly from all, 50 to
    200 times. Of the dimensions 64 are drawn at most: more change nothing that shows.
    """
    m, asked = int(has_vector(evidence).sum()), int((evidence.neighbours[:, :1] >= 0).sum())
    draws = int(np.clip(_COMPARISONS // max(m * asked, 1), _FEWEST, _MOST))
    dim = min(evidence.vectors.shape[1], _MOST_DIMENSIONS)
    return _simulated(m, asked, min(k, m), dim, draws, int(rng.integers(2**62)))


@lru_cache(maxsize=4)
def _simulated(m: int, asked: int, k: int, dim: int, draws: int, seed: int) -> Float64:
    """Return simulated occurrences; kept for the next metric, read-only."""
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    found = np.zeros((draws if k and asked else 0, m))
    with threadpool_limits(1):  # small products: more threads would wait for each other
        for draw in found:
            draw += np.bincount(_nearest(rng, asked, m, dim, k).ravel(), minlength=m)
    found.flags.writeable = False
    return found


def _nearest(rng: np.random.Generator, asked: int, m: int, dim: int, k: int) -> Int64:
    """Return the k items nearest to each query, in any order, all directions random.

    Coordinates are whole numbers, so that sums of products are exact in any order.
    """
    queries, items = (
        np.rint(_STEPS * rng.standard_normal((n, dim), dtype=np.float32)) for n in (asked, m)
    )
    cosines = queries @ items.T / np.sqrt((items * items).sum(axis=1))
    return np.argpartition(cosines, -k, axis=1)[:, -k:]

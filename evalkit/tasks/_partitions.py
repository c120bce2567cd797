"""How rare a difference of two sets is among all ways to divide their members in two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations

import numpy as np

from evalkit.core.arrays import Bool, Float64

MOST = 100_000
"""Up to this many partitions all are tried; above it, as many are drawn."""
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Rarity:
    """The p-values of a difference of sums, and what they rest on.

    above: one-sided, the share of partitions whose first set has at least as large a sum. apart:
    two-sided, the share whose sum is at least as far from the mean of all. tried: the number of
    partitions. exact: whether these are all. least: the smallest one-sided p that there can be.
    """

    above: float
    apart: float
    tried: int
    exact: bool
    least: float


def rarity(values: Float64, first: Bool, seed: int = 0, most: int = MOST) -> Rarity:
    """Return how rare the sum of the first set is among sets of its size.

    values: float64 (m,), finite. first: bool (m,), which belong to the first set. Ties count as at
    least as large, with a tolerance of 1e-12. Where there are more than `most` partitions, that
    many are drawn and the observed one counted once, so that p is never 0 (Phipson and Smyth 2010).
    The sum of the first set alone decides, since the total is fixed. Source: Caliskan, Bryson and
    Narayanan 2017; the choices are those of May et al. 2019.
    """
    size, count = int(first.sum()), len(values)
    every = math.comb(count, size)
    observed, middle = float(values[first].sum()), size * float(values.mean())
    exact = every <= most
    sums = _every(count, size, values) if exact else _some(size, values, seed, most)
    above = int((sums >= observed - _TIE).sum()) + (not exact)
    apart = int((np.abs(sums - middle) >= abs(observed - middle) - _TIE).sum()) + (not exact)
    tried = len(sums) + (not exact)
    return Rarity(above / tried, apart / tried, tried, exact, 1 / tried)


def _every(count: int, size: int, values: Float64) -> Float64:
    """Return the sum of every set of a size, float64 (partitions,)."""
    sums: Float64 = values[_sets(count, size)].sum(axis=1)
    return sums


@lru_cache(maxsize=4)
def _sets(count: int, size: int) -> np.ndarray:
    """Return all sets of a size, positions, intp (partitions, size)."""
    flat = np.fromiter(chain.from_iterable(combinations(range(count), size)), np.intp)
    return flat.reshape(-1, size)


def _some(size: int, values: Float64, seed: int, most: int) -> Float64:
    """Return the sums of sets drawn by chance, float64 (most,)."""
    rng = np.random.default_rng(seed)
    drawn = np.argsort(rng.random((most, len(values))), axis=1)[:, :size]
    sums: Float64 = values[drawn].sum(axis=1)
    return sums

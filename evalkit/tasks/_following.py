"""How closely shares that were found follow shares known from elsewhere, subject by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.stats.intervals import interval
from evalkit.stats.resampling import bootstrap_weights, leave_one_out_weights
from evalkit.stats.samples import Sample

RANKS, SLOPE = "rank correlation (Spearman)", "slope"
_STEEPEST = 20.0
_DRAWS, _SHUFFLES, _SEED = 2000, 9999, 7
_SLACK = 1e-9
Statistic = Callable[[Float64, Float64, Float64], Float64]
"""Known (n,), found (b or 1, n) and weights (b or 1, n) to one number a row, float64 (b,)."""


@dataclass(frozen=True, slots=True)
class Following:
    """One measure of how found shares follow known ones, None where there is none.

    low, high: the 90 % interval over subjects. p: two-sided, of shares found that have nothing to
    do with those known.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    p: float | None


def followings(known: Float64, found: Float64) -> Iterator[Following]:
    """Yield the rank correlation and the slope. known, found: float64 (n,), shares, n of 3 or more.

    Intervals are of the bootstrap over subjects; p by shuffling the shares found over the subjects
    9999 times, from a fixed seed.
    """
    measures: tuple[tuple[str, Statistic, float], ...] = (
        (RANKS, _correlations, 1.0),
        (SLOPE, _slopes, _STEEPEST),
    )
    for name, statistic, most in measures:
        yield _following(name, statistic, most, known, found)


def _following(
    name: str, statistic: Statistic, most: float, known: Float64, found: Float64
) -> Following:
    """Return one measure. most: how far from 0 it can be."""
    n, each = len(known), (np.arange(len(known)),)
    value = float(statistic(known, found[None], np.ones((1, n)))[0])
    if np.isnan(value):
        return Following(name, None, None, None, None)
    draws = [statistic(known, found[None], w) for w in bootstrap_weights(each, _DRAWS, _SEED)]
    left = [statistic(known, found[None], w) for w in leave_one_out_weights(each)]
    sample = Sample(value, np.concatenate(draws), np.concatenate(left), n, n, False, -most, most)
    ends = interval(sample)
    shuffled = np.random.default_rng(_SEED).permuted(np.tile(found, (_SHUFFLES, 1)), axis=1)
    by_chance = statistic(known, shuffled, np.ones((1, n)))
    beyond = int((np.abs(by_chance) >= abs(value) - _SLACK).sum())
    low, high = (end if np.isfinite(end) else None for end in (ends.low, ends.high))
    return Following(name, value, low, high, (1 + beyond) / (1 + _SHUFFLES))


def _slopes(known: Float64, found: Float64, weights: Float64) -> Float64:
    """Return the slope of found over known by least squares, cut at 20, NaN where there is none."""
    spread, _, together = _moments(known[None], found, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(spread > _SLACK, together / spread, np.nan)
    return np.clip(slope, -_STEEPEST, _STEEPEST)


def _correlations(known: Float64, found: Float64, weights: Float64) -> Float64:
    """Return Spearman's correlation, equal values sharing their rank, NaN where there is none."""
    one, other, together = _moments(_ranks(known[None], weights), _ranks(found, weights), weights)
    both = one * other
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(both > _SLACK, together / np.sqrt(both), np.nan)


def _ranks(values: Float64, weights: Float64) -> Float64:
    """Return the weighted middle rank of each value in its row, as a share, float64 (b, n).

    Of several rows all hold the same values in another order and have one row of equal weights.
    """
    total = weights.sum(axis=1, keepdims=True)
    if len(values) == 1:
        (row,) = values
        below = (row[:, None] < row[None]) + 0.5 * (row[:, None] == row[None])
        return np.asarray(weights @ below / total)
    order = np.sort(values[0])
    below, not_above = (np.searchsorted(order, values, side) for side in ("left", "right"))
    return np.asarray((below + not_above) / 2 / total)


def _moments(x: Float64, y: Float64, weights: Float64) -> tuple[Float64, Float64, Float64]:
    """Return both weighted variances and the covariance of each row, float64 (b,)."""
    share = weights / weights.sum(axis=1, keepdims=True)
    x = x - (share * x).sum(axis=1, keepdims=True)
    y = y - (share * y).sum(axis=1, keepdims=True)
    spread, other = (share * x * x).sum(axis=1), (share * y * y).sum(axis=1)
    return spread, other, (share * x * y).sum(axis=1)

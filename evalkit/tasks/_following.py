"""How closely shares that were found follow shares known from elsewhere, subject by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.stats.intervals import interval
from evalkit.stats.resampling import bootstrap_weights, leave_one_out_weights
from evalkit.stats.samples import Sample

RANKS, SLOPE = "rank correlation (Spearman)", "slope"
_STEEPEST = 20.0
_DRAWS, _SEED = 2000, 7
_BAND = (0.05, 0.95)
_SLACK = 1e-9
Statistic = Callable[[Float64, Float64, Float64], Float64]
"""Known (n,), found (b or 1, n) and weights (b or 1, n) to one number a row, float64 (b,)."""


@dataclass(frozen=True, slots=True)
class Following:
    """One measure of how found shares follow known ones, None where there is none.

    low, high: the 90 % interval over subjects. chance, chance_low, chance_high: the mean and the 5
    and 95 % ends of what chance gives. p: two-sided, of chance giving something as far out.
    """

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    chance_low: float | None = None
    chance_high: float | None = None
    p: float | None = None


def followings(known: Float64, found: Float64, by_chance: Float64) -> Iterator[Following]:
    """Yield the rank correlation and the slope, beside what chance gives of each.

    known, found: float64 (n,), shares, n of 3 or more. by_chance: float64 (draws, n), the shares
    that would be found by chance. They hold what the items that can be found give by themselves:
    where those follow the known shares, so does chance. Intervals are of the bootstrap over
    subjects, from a fixed seed.
    """
    measures: tuple[tuple[str, Statistic, float], ...] = (
        (RANKS, _correlations, 1.0),
        (SLOPE, _slopes, _STEEPEST),
    )
    for name, statistic, most in measures:
        drawn = statistic(known, by_chance, np.ones((1, len(known))))
        one = _following(name, statistic, most, known, found)
        yield _beside_chance(one, drawn)


def _following(
    name: str, statistic: Statistic, most: float, known: Float64, found: Float64
) -> Following:
    """Return one measure with its interval. most: how far from 0 it can be."""
    n, each = len(known), (np.arange(len(known)),)
    value = float(statistic(known, found[None], np.ones((1, n)))[0])
    if np.isnan(value):
        return Following(name)
    draws = [statistic(known, found[None], w) for w in bootstrap_weights(each, _DRAWS, _SEED)]
    left = [statistic(known, found[None], w) for w in leave_one_out_weights(each)]
    sample = Sample(value, np.concatenate(draws), np.concatenate(left), n, n, False, -most, most)
    ends = interval(sample)
    low, high = (end if np.isfinite(end) else None for end in (ends.low, ends.high))
    return Following(name, value, low, high)


def _beside_chance(one: Following, drawn: Float64) -> Following:
    """Return a measure with what chance gives of it, and how rare its value is among that."""
    some = drawn[np.isfinite(drawn)]
    if one.value is None or not some.size:
        return one
    beyond = (some >= one.value - _SLACK).sum(), (some <= one.value + _SLACK).sum()
    p = min(1.0, 2.0 * (1 + int(min(beyond))) / (1 + some.size))
    low, high = (float(end) for end in np.quantile(some, _BAND))
    return replace(one, chance=float(some.mean()), chance_low=low, chance_high=high, p=p)


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

    Of several rows each subject weighs the same.
    """
    if len(values) == 1:
        (row,) = values
        below = (row[:, None] < row[None]) + 0.5 * (row[:, None] == row[None])
        return np.asarray(weights @ below / weights.sum(axis=1, keepdims=True))
    from scipy.stats import rankdata

    return np.asarray((rankdata(values, axis=1) - 0.5) / values.shape[1])


def _moments(x: Float64, y: Float64, weights: Float64) -> tuple[Float64, Float64, Float64]:
    """Return both weighted variances and the covariance of each row, float64 (b,)."""
    share = weights / weights.sum(axis=1, keepdims=True)
    x = x - (share * x).sum(axis=1, keepdims=True)
    y = y - (share * y).sum(axis=1, keepdims=True)
    spread, other = (share * x * x).sum(axis=1), (share * y * y).sum(axis=1)
    return spread, other, (share * x * y).sum(axis=1)

"""Intervals for a statistic of a sample, with one-sided p-values that invert them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.core.arrays import Float64
from evalkit.stats import normal
from evalkit.stats.samples import (
    PLACES,
    Sample,
    acceleration,
    bias,
    effective_n,
    is_nearly_constant,
    is_usable,
    standard_error,
    widened_draws,
)
from evalkit.stats.sides import (
    BootstrapSide,
    Side,
    UnknownSide,
    UnseenSide,
    WidestSide,
    WilsonSide,
)

Sides = tuple[Side, Side]
"""The upper side, and the lower one with its sign turned."""
_MAX_BIAS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """A two-sided interval and the evidence for lying below or above a bound.

    low, high: NaN where nothing can be said. method: `wilson`, `bca`, `percentile`, `unseen` or
    `none`. se: the standard error. upper, lower: the two sides, the second with its sign turned.
    """

    value: float
    low: float
    high: float
    method: str
    se: float
    upper: Side
    lower: Side

    def p_below(self, bound: float) -> float:
        """Return the p-value of "the true value is at least `bound`": small if it lies below."""
        return 1.0 if math.isnan(bound) else self.upper.p(bound)

    def p_above(self, bound: float) -> float:
        """Return the p-value of "the true value is at most `bound`": small if it lies above."""
        return 1.0 if math.isnan(bound) else self.lower.p(-bound)


def interval(sample: Sample, level: float = 0.90) -> Interval:
    """Return the interval of a sample; each side errs with probability (1 - level) / 2.

    0/1 data get a Wilson interval at the effective n. Others get, on each side, the more cautious
    of the BCa and the percentile limit, or the percentile limit alone where `left_out` is not
    given or tells nothing. Where fewer than ten units are unlike the rest, the interval is at
    least as wide as what unseen cases allow. The method is `none` where there is no unit, where
    the draws are too few for the level, or where over 5 % of them are NaN.
    """
    alpha = (1.0 - level) / 2.0
    if not is_usable(sample, alpha):
        method, upper, lower = "none", UnknownSide(), UnknownSide()
        return Interval(sample.value, math.nan, math.nan, method, math.nan, upper, lower)
    if sample.binary:
        n = effective_n(sample)
        se = math.sqrt(sample.value * (1.0 - sample.value) / n)
        return _close(sample, "wilson", se, _wilson(sample, n), alpha)
    method, sides = _bootstrap(sample)
    return _close(sample, method, standard_error(sample), sides, alpha)


def _close(sample: Sample, method: str, se: float, sides: Sides, alpha: float) -> Interval:
    """Close the interval; a standard error of zero becomes what the interval's width stands for."""
    upper, lower = sides
    low, high = -lower.limit(alpha), upper.limit(alpha)
    if method == "unseen" or se == 0.0:
        se = max(se, (high - low) / (2.0 * normal.quantile(1.0 - alpha)))
    return Interval(sample.value, low, high, method, se, upper, lower)


def _wilson(sample: Sample, n: float) -> Sides:
    df = math.inf if sample.clusters >= sample.n else max(sample.clusters - 1.0, 1.0)
    return (
        WilsonSide(sample.value, n, df),
        WilsonSide(1.0 - sample.value, n, df, floor=-1.0),
    )


def _bootstrap(sample: Sample) -> tuple[str, Sides]:
    draws = widened_draws(sample)
    pair = draws, -draws[::-1]
    percentile = _shifted(sample.value, pair)
    if is_nearly_constant(sample):
        return "unseen", _widest(percentile, _unseen(sample))
    z0, a = bias(sample), acceleration(sample)
    if math.isnan(a) or abs(z0) > _MAX_BIAS:
        return "percentile", percentile
    return "bca", _widest(percentile, _shifted(sample.value, pair, z0, a))


def _shifted(value: float, pair: tuple[Float64, Float64], z0: float = 0.0, a: float = 0.0) -> Sides:
    """Return the BCa sides for draws and draws with their sign turned; percentile without shift."""
    rounded = round(value, PLACES)
    return BootstrapSide(rounded, pair[0], z0, a), BootstrapSide(-rounded, pair[1], -z0, -a)


def _unseen(sample: Sample) -> Sides:
    value = min(max(sample.value, sample.low_end), sample.high_end)
    return (
        UnseenSide(value, sample.high_end, sample.clusters),
        UnseenSide(-value, -sample.low_end, sample.clusters),
    )


def _widest(first: Sides, second: Sides) -> Sides:
    return WidestSide((first[0], second[0])), WidestSide((first[1], second[1]))

"""What an interval is made from, and what can be told about it beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.stats import normal

FEW_UNLIKE = 10
"""With fewer units unlike all others than this, the draws say little about unseen cases."""
PLACES = 12
"""Draws are rounded to this many decimal places before they are compared with a bound."""
_FEW_MISSES = 5
_EDGE_SHARE = 0.01
_MAX_NAN_SHARE = 0.05
_ALPHA = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A statistic, its bootstrap draws, and what is known of its units.

    draws: float64 (B,), NaN where a resample left nothing. left_out: float64 (m,), the statistic
    without each cluster, or None. n: units that count; clusters: the fewest distinct labels in any
    label array, n for independent units. binary: every unit is 0 or 1 and the value is their mean.
    low_end, high_end: the range of the statistic, [-1, 1] for differences of shares.
    """

    value: float
    draws: Float64
    left_out: Float64 | None
    n: int
    clusters: int
    binary: bool
    low_end: float
    high_end: float


def is_usable(sample: Sample, alpha: float) -> bool:
    """Return whether units, value and draws suffice for a tail of alpha: NaN in 5 % at most."""
    finite = int(np.isfinite(sample.draws).sum())
    enough = finite >= max((1.0 - _MAX_NAN_SHARE) * sample.draws.size, 1.0 / alpha - 1.0)
    return sample.n > 0 and sample.clusters > 0 and math.isfinite(sample.value) and enough


def standard_error(sample: Sample) -> float:
    """Return the spread of the draws, times sqrt(m / (m - 1)) for what m clusters understate."""
    m = sample.clusters
    return float(np.nanstd(sample.draws)) * math.sqrt(m / max(m - 1, 1))


def widened_draws(sample: Sample) -> Float64:
    """Return the finite draws, spread out for few clusters, rounded, ascending, inside the range.

    The draws of m clusters are moved away from the value by sqrt(m / (m - 1)) times Student's
    quantile over the normal one at 5 %: the "expanded percentile interval" (Hesterberg 2015), by
    1.05 at m = 30 and 1.003 at m = 400, and by more where outliers make the spread uncertain.
    """
    m = max(sample.clusters, 2)
    z = normal.quantile(1.0 - _ALPHA)
    student = normal.normal_to_student(z, degrees_of_freedom(sample))
    factor = math.sqrt(m / (m - 1)) * student / z
    draws = np.sort(sample.draws[np.isfinite(sample.draws)])
    spread = np.round(sample.value + factor * (draws - sample.value), PLACES)
    return np.clip(spread, sample.low_end, sample.high_end)


def degrees_of_freedom(sample: Sample) -> float:
    """Return how well the spread is known, from 1 to m - 1 degrees of freedom.

    m - 1 or, where the values without each cluster tell the kurtosis k, 2 m / (k - 1) if that is
    less: the chi-squared distribution with the same variance as the estimated variance has
    (Satterthwaite 1946).
    """
    most = max(sample.clusters - 1.0, 1.0)
    away = influences(sample)
    if away.size == 0:
        return most
    kurtosis = float(np.mean(away**4) / np.mean(away**2) ** 2)
    return min(most, max(1.0, 2.0 * away.size / max(kurtosis - 1.0, 1e-9)))


def influences(sample: Sample) -> Float64:
    """Return how much each cluster raises the value, around 0; empty where it is not known.

    float64 (m,), scaled to a largest size of 1, from the finite values without each cluster.
    """
    if sample.left_out is None:
        return np.empty(0)
    left_out = sample.left_out[np.isfinite(sample.left_out)]
    away = left_out.mean() - left_out if left_out.size > 1 else np.zeros(1)
    most = float(np.abs(away).max())
    return away / most if most > 10.0**-PLACES else np.empty(0)


def acceleration(sample: Sample) -> float:
    """Return a of BCa, a sixth of the skewness of the value (Efron 1987, eq. 6.6).

    From -1/6 to 1/6; NaN where the influences are not known.
    """
    away = influences(sample)
    return float(np.sum(away**3) / (6.0 * np.sum(away**2) ** 1.5)) if away.size else math.nan


def bias(sample: Sample) -> float:
    """Return z0 of BCa: the normal quantile of the value among the draws, ties counted half."""
    draws = np.round(sample.draws[np.isfinite(sample.draws)], PLACES)
    value = round(sample.value, PLACES)
    share = float(np.mean(draws < value) + 0.5 * np.mean(draws == value))
    return normal.quantile(share)


def is_nearly_constant(sample: Sample) -> bool:
    """Return whether under ten units are unlike all others, so that unseen cases matter most.

    Told by 1 % of the draws lying at one end of them, or by the values without each cluster; a
    cluster that does not change the value may lie outside the group that is meant, and is skipped.
    """
    draws = np.round(sample.draws[np.isfinite(sample.draws)], PLACES)
    edge = max(int((draws == draws.min()).sum()), int((draws == draws.max()).sum()))
    if sample.clusters < 2 or edge >= _EDGE_SHARE * draws.size:
        return True
    if sample.left_out is None:
        return False
    left_out = np.round(sample.left_out, PLACES)
    _, counts = np.unique(left_out[left_out != round(sample.value, PLACES)], return_counts=True)
    return bool(counts.size and counts.sum() - counts.max() < FEW_UNLIKE)


def effective_n(sample: Sample) -> float:
    """Return how many independent 0/1 units would vary as much as these, from 1 to n.

    Share times (1 - share) over the squared standard error. Never more than the number of clusters
    where at most four units are unlike the rest: these cannot show how alike a cluster's units are.
    """
    if sample.clusters >= sample.n:
        return float(sample.n)
    variance = standard_error(sample) ** 2
    few = sample.n * min(sample.value, 1.0 - sample.value) < _FEW_MISSES - 0.5
    most = float(sample.clusters if few or variance == 0.0 else sample.n)
    if variance == 0.0:
        return most
    return max(1.0, min(most, sample.value * (1.0 - sample.value) / variance))

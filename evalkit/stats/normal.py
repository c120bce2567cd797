"""The normal and Student distributions, as far as intervals and power need them."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def cdf(z: float) -> float:
    """Return the share of a standard normal at or below z, accurate far into the lower tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def quantile(share: float) -> float:
    """Return the z below which a share in [0, 1] of a standard normal lies; -inf at 0, inf at 1."""
    if share <= 0.0:
        return -math.inf
    return math.inf if share >= 1.0 else _NORMAL.inv_cdf(share)


def student_to_normal(t: float, df: float) -> float:
    """Return the z that leaves the same tail as t does with df >= 1 degrees of freedom.

    Wallace (1959), eq. 5.1: right to 0.05 from one degree of freedom on, to 0.003 from ten. An
    infinite df leaves t as it is. Strictly increasing, and `normal_to_student` undoes it exactly.
    """
    if math.isinf(df) or math.isinf(t):
        return t
    z = _shrink(df) * math.sqrt(df * math.log1p(t * t / df))
    return math.copysign(z, t)


def normal_to_student(z: float, df: float) -> float:
    """Return the t that leaves the same tail with df >= 1 degrees of freedom as z does."""
    if math.isinf(df) or math.isinf(z):
        return z
    t = math.sqrt(df * math.expm1((z / _shrink(df)) ** 2 / df))
    return math.copysign(t, z)


def _shrink(df: float) -> float:
    return (8.0 * df + 1.0) / (8.0 * df + 3.0)

"""Coefficients of agreement as functions of weights, so that they can be resampled at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from evalkit.core.arrays import Float64

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")
"""How far apart two values are taken to be."""
_NAN = float("nan")
Statistic = Callable[[Float64], Float64]
"""A coefficient under many weightings at once."""


def coincidences(counts: Float64) -> Float64:
    """Return what each result adds to the coincidence matrix, float64 (results, K, K).

    counts: float64 (results, K). A result that was judged once or never adds nothing.
    """
    m = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    several: Float64 = np.where(m >= 2, 1.0 / np.maximum(m - 1, 1), 0.0)
    return np.asarray(several[:, None, None] * pairs)


def alpha(values: Float64, level: Level) -> Statistic:
    """Return alpha as a function of coincidence matrices, float64 (B, K, K) -> (B,)."""

    def of(found: Float64) -> Float64:
        margins = found.sum(axis=2)
        total = margins.sum(axis=1)
        apart = _distance(values, margins, level)
        observed = (found * apart).sum(axis=(1, 2))
        by_chance = (margins[:, :, None] * margins[:, None, :] * apart).sum(axis=(1, 2))
        return _ratio_or_nan(-observed * (total - 1), by_chance) + 1.0

    return of


def _distance(values: Float64, margins: Float64, level: Level) -> Float64:
    """Return the squared distance of every two values, float64 (B or 1, K, K)."""
    one, other = values[:, None], values[None, :]
    if level == "nominal":
        return np.asarray(one != other, np.float64)[None]
    if level == "interval":
        return np.asarray((one - other) ** 2)[None]
    if level == "ratio":
        return np.asarray(_ratio_or_zero(one - other, one + other)[None] ** 2)
    below = np.cumsum(margins, axis=1) - margins / 2
    return np.asarray((below[:, :, None] - below[:, None, :]) ** 2)


def _ratio_or_nan(top: Float64, bottom: Float64) -> Float64:
    """Return top / bottom, NaN where the bottom is 0."""
    return np.divide(top, bottom, out=np.full_like(bottom, _NAN), where=bottom != 0)


def _ratio_or_zero(top: Float64, bottom: Float64) -> Float64:
    """Return top / bottom, 0 where the bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(bottom), where=bottom != 0)


def kappa(counts: Float64) -> Statistic:
    """Return kappa as a function of weights, float64 (B, n) -> (B,)."""
    m = counts.sum(axis=1).max(initial=2)
    agreed = (counts * (counts - 1)).sum(axis=1) / (m * (m - 1))

    def of(weights: Float64) -> Float64:
        total = weights.sum(axis=1)
        observed = _ratio_or_nan(weights @ agreed, total)
        shares = _ratio_or_nan(weights @ counts, np.repeat(total[:, None] * m, counts.shape[1], 1))
        by_chance = (shares**2).sum(axis=1)
        return _ratio_or_nan(observed - by_chance, 1 - by_chance)

    return of


def pairs_alike(counts: Float64) -> tuple[Float64, Float64]:
    """Return the share of agreeing pairs of each result, and 1 where there is a pair, else 0."""
    m = counts.sum(axis=1)
    share = (counts * (counts - 1)).sum(axis=1) / np.maximum(m * (m - 1), 1)
    return share, (m >= 2).astype(np.float64)


def raw(counts: Float64) -> Statistic:
    """Return raw agreement as a function of weights, float64 (B, n) -> (B,)."""
    share, there = pairs_alike(counts)
    return lambda weights: _ratio_or_nan(weights @ (share * there), weights @ there)


def ac1(counts: Float64) -> Statistic:
    """Return AC1 as a function of weights, float64 (B, n) -> (B,)."""
    pairs, m = raw(counts), counts.sum(axis=1)
    shares, there = counts / np.maximum(m, 1)[:, None], (m > 0).astype(np.float64)
    kinds = counts.shape[1]

    def of(weights: Float64) -> Float64:
        total = np.repeat((weights @ there)[:, None], kinds, 1)
        mean = _ratio_or_nan(weights @ shares, total)
        by_chance = (mean * (1 - mean)).sum(axis=1) / max(kinds - 1, 1)
        return _ratio_or_nan(pairs(weights) - by_chance, 1 - by_chance)

    return of

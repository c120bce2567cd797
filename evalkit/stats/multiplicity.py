"""Adjusting p-values for many tests at once."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Float64


def holm(p: Float64) -> Float64:
    """Return p-values adjusted for the chance of any false alarm (Holm 1979).

    float64 (m,) in [0, 1] -> float64 (m,), same order: the i-th smallest times m - i + 1, never
    less than the one before it, at most 1.
    """
    order = np.argsort(p, kind="stable")
    scaled = np.asarray(p, dtype=np.float64)[order] * np.arange(len(p), 0, -1)
    return _back(np.minimum(np.maximum.accumulate(scaled), 1.0), order)


def benjamini_hochberg(p: Float64) -> Float64:
    """Return p-values adjusted for the share of false alarms (Benjamini and Hochberg 1995).

    float64 (m,) in [0, 1] -> float64 (m,), same order: the i-th smallest times m / i, never more
    than the one after it, at most 1.
    """
    order = np.argsort(p, kind="stable")
    scaled = np.asarray(p, dtype=np.float64)[order] * len(p) / np.arange(1, len(p) + 1)
    return _back(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0), order)


def _back(adjusted: Float64, order: np.ndarray) -> Float64:
    result = np.empty_like(adjusted)
    result[order] = adjusted
    return result

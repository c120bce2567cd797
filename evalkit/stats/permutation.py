"""Paired sign-flip tests, in which the units of a cluster change sign together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from evalkit.core.arrays import Float64

_BLOCK_BYTES = 16 << 20
_SLACK = 1e-9


def sign_flip(
    differences: Float64, clusters: Sequence[np.ndarray], seed: int, flips: int = 9999
) -> float | Float64:
    """Return the two-sided p-value of "the differences are symmetric around zero".

    differences: float64 (n,) for one p-value, or (n, J) for float64 (J,); NaN leaves a unit out.
    clusters: label arrays (n,); with several, the largest p-value over them. The statistic is the
    mean. All 2^m patterns of m clusters are tried where these are no more than flips + 1; else
    `flips` random ones and the data as they are, so p is at least 1 / (flips + 1) (Phipson and
    Smyth 2010). NaN where a column has no unit. Signs belong to sorted labels: row order is free.
    """
    return _tested(differences, np.full(differences.shape[1:], np.inf), clusters, seed, flips)


def swap_sides(
    first: Float64, second: Float64, clusters: Sequence[np.ndarray], seed: int, flips: int = 9999
) -> float | Float64:
    """Return the two-sided p-value of "the two could change places", for distances from zero.

    For paired values of which zero is best. The statistic is how far the mean of one lies from
    zero, minus how far that of the other does; under the hypothesis the two of a cluster might as
    well be exchanged (Fisher's randomisation). With s the sum of all values and d the difference of
    the sums, which exchanges give signs to, its size is the smaller of |s| and |d|: so this is a
    sign-flip test of d that asks how often d gets as far as that. first, second: float64 (n,) or
    (n, J), NaN in either leaves a unit out. See `sign_flip`.
    """
    return _tested(first - second, np.abs(np.nansum(first + second, axis=0)), clusters, seed, flips)


def _tested(
    differences: Float64, most: Float64, clusters: Sequence[np.ndarray], seed: int, flips: int
) -> float | Float64:
    """Return the largest p-value over clusterings, of sums that need get no farther than `most`."""
    columns = differences.reshape(len(differences), -1)
    totals = [_totals(columns, labels) for labels in clusters]
    p = np.max([_p_values(total, most.reshape(-1), seed, flips) for total in totals], axis=0)
    p[~np.isfinite(columns).any(axis=0)] = np.nan
    return float(p[0]) if differences.ndim == 1 else p


def _totals(columns: Float64, labels: np.ndarray) -> Float64:
    """Return the sum of the differences per label, labels sorted: float64 (m, J)."""
    distinct, code = np.unique(np.asarray(labels), return_inverse=True)
    totals = np.zeros((len(distinct), columns.shape[1]))
    np.add.at(totals, code.reshape(-1), np.nan_to_num(columns))
    return totals


def _p_values(totals: Float64, most: Float64, seed: int, flips: int) -> Float64:
    """Return the share of sign patterns whose sum is as large as that of the data, or as `most`."""
    m = len(totals)
    exact = m < (flips + 1).bit_length()
    seen = np.minimum(np.abs(totals.sum(axis=0)), most)
    observed = seen - _SLACK * np.abs(totals).sum(axis=0)
    patterns = _every(m) if exact else chain([np.ones((1, m))], _random(m, seed, flips))
    count, tried = np.zeros(totals.shape[1]), 0
    for signs in patterns:
        count += (np.abs(signs @ totals) >= observed).sum(axis=0)
        tried += len(signs)
    return count / tried


def _every(m: int) -> Iterator[Float64]:
    patterns = np.arange(2**m)[:, None] >> np.arange(m) & 1
    yield 1.0 - 2.0 * patterns.astype(np.float64)


def _random(m: int, seed: int, flips: int) -> Iterator[Float64]:
    rng = np.random.default_rng(seed)
    step = max(1, _BLOCK_BYTES // (8 * m))
    for start in range(0, flips, step):
        rows = min(step, flips - start)
        yield 1.0 - 2.0 * rng.integers(0, 2, size=(rows, m), dtype=np.int8).astype(np.float64)

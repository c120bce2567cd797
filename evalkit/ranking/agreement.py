"""How much two ranked lists agree, list by list: top-weighted overlap, and overlap of sets."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.errors import UsageError

_COMPARED_AT_ONCE = 1 << 24
"""How many pairs of places are compared at a time."""


def rbo(one: Int64, other: Int64, p: float = 0.9) -> Float64:
    """Return the extrapolated rank-biased overlap of two lists, row by row, 0 to 1.

    one, other: int64 (n, k) and (n, m), items best first, none twice, -1 beyond the end of a list.
    Returns float64 (n,): 1 for equal lists and for two empty ones, 0 without a common item. p: how
    slowly the weight of a place falls, between 0 and 1; at 0.9 the first ten hold 86 %. What
    the lists do not show is taken to agree as much as what they do. Lists may differ in length.
    Source: Webber, Moffat and Zobel 2010, RBO_ext, equation 32.
    """
    check_persistence(p)
    found = np.ones(len(one))
    lengths = [(rows >= 0).sum(axis=1) for rows in (one, other)]
    short, long = np.minimum(*lengths), np.maximum(*lengths)
    found[(short == 0) & (long > 0)] = 0.0
    for rows in _blocks(one, other, short > 0):
        overlap = _overlaps(one[rows], other[rows])
        found[rows] = _extrapolated(overlap, short[rows], long[rows], p)
    return found


def jaccard(one: Int64, other: Int64) -> Float64:
    """Return the share of the items of two lists that both hold, row by row, 0 to 1.

    one, other: int64 (n, k) and (n, m), items in any order, none twice, -1 where there is none.
    Returns float64 (n,): common items over all different ones; 1 for two empty lists. Source:
    Jaccard 1901.
    """
    common = np.zeros(len(one))
    for rows in _blocks(one, other, np.ones(len(one), bool)):
        common[rows] = _same(one[rows], other[rows]).sum(axis=(1, 2))
    all_of_them = (one >= 0).sum(axis=1) + (other >= 0).sum(axis=1) - common
    return np.where(all_of_them > 0, common / np.maximum(all_of_them, 1), 1.0)


def check_persistence(p: float) -> None:
    """Raise UsageError where p makes no weights of places that fall."""
    if not 0.0 < p < 1.0:
        raise UsageError(f"p of rank-biased overlap is {p}; expected a number between 0 and 1.")


def _blocks(one: Int64, other: Int64, wanted: Bool) -> list[Int64]:
    """Return the wanted rows in blocks whose comparison fits into memory."""
    rows = np.flatnonzero(wanted)
    step = max(1, _COMPARED_AT_ONCE // max(1, one.shape[1] * other.shape[1]))
    return [rows[start : start + step] for start in range(0, len(rows), step)]


def _same(one: Int64, other: Int64) -> Bool:
    """Return which places hold the same item, bool (n, k, m)."""
    return np.asarray((one[:, :, None] == other[:, None, :]) & (one >= 0)[:, :, None])


def _overlaps(one: Int64, other: Int64) -> Float64:
    """Return how many items two lists share down to each depth, float64 (n, deepest)."""
    row, first, second = np.nonzero(_same(one, other))
    deepest = max(one.shape[1], other.shape[1])
    shared = np.zeros((len(one), deepest))
    np.add.at(shared, (row, np.maximum(first, second)), 1.0)
    return shared.cumsum(axis=1)


def _extrapolated(overlap: Float64, short: Int64, long: Int64, p: float) -> Float64:
    """Return RBO_ext from the overlap at each depth and the lengths of lists, short at least 1."""
    depth = np.arange(1, overlap.shape[1] + 1)
    row = np.arange(len(overlap))
    at_short, at_long = overlap[row, short - 1], overlap[row, long - 1]
    agreement = overlap / depth
    ended = np.maximum(depth - short[:, None], 0)
    agreement += ended * at_short[:, None] / (short[:, None] * depth)
    weights = np.where(depth <= long[:, None], p**depth, 0.0)
    seen = (1.0 - p) / p * (weights * agreement).sum(axis=1)
    unseen = ((at_long - at_short) / long + at_short / short) * p**long
    found: Float64 = np.clip(seen + unseen, 0.0, 1.0)
    return found

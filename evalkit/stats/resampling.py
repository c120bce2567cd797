"""Weights of the cluster bootstrap and of the jackknife, in blocks that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evalkit.core.arrays import Float64, Int64


def bootstrap_weights(
    clusters: Sequence[np.ndarray], draws: int, seed: int, limit_bytes: int = 64 << 20
) -> Iterator[Float64]:
    """Yield how often each unit is drawn, when whole clusters are drawn with replacement.

    clusters: one or more label arrays (n,), of any type that sorts. Each array's distinct labels
    are drawn as often as there are labels; a unit's weight is the product over the arrays (Owen
    2007, "The pigeonhole bootstrap"). Blocks are float64 (b, n), together (draws, n). The same
    seed gives the same rows whatever limit_bytes is, and labels are taken in sorted order, so a
    unit keeps its weights when rows are reordered. Raises ValueError without a label array.
    """
    codes = [_codes(labels) for labels in clusters]
    if not codes:
        raise ValueError("at least one array of cluster labels is needed")
    streams = [np.random.default_rng([seed, i]) for i in range(len(codes))]
    step = _rows_per_block(len(codes[0][0]), limit_bytes)
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        block = np.ones((rows, len(codes[0][0])))
        for (code, distinct), rng in zip(codes, streams, strict=True):
            block *= _counts(rng, rows, distinct)[:, code]
        yield block


def leave_one_out_weights(
    clusters: Sequence[np.ndarray], limit_bytes: int = 64 << 20
) -> Iterator[Float64]:
    """Yield weights that leave out one cluster at a time: blocks of 0 and 1, float64 (b, n).

    One row per distinct label, in sorted order. With several label arrays, the rows of the first
    come first, then those of the next: each array's labels are left out in turn, which is what the
    acceleration of a BCa interval needs.
    """
    for labels in clusters:
        code, distinct = _codes(labels)
        step = _rows_per_block(len(code), limit_bytes)
        for start in range(0, distinct, step):
            left_out = np.arange(start, min(start + step, distinct))
            yield (code[None, :] != left_out[:, None]).astype(np.float64)


def _codes(labels: np.ndarray) -> tuple[Int64, int]:
    """Return each unit's place among the sorted distinct labels, and how many there are."""
    distinct, code = np.unique(np.asarray(labels), return_inverse=True)
    return code.astype(np.int64).reshape(-1), len(distinct)


def _rows_per_block(n: int, limit_bytes: int) -> int:
    return max(1, limit_bytes // max(8 * n, 1))


def _counts(rng: np.random.Generator, rows: int, distinct: int) -> Float64:
    """Return how often each label is drawn in each row: float64 (rows, distinct)."""
    if distinct == 0:
        return np.zeros((rows, 0))
    drawn = rng.integers(0, distinct, size=(rows, distinct))
    drawn += np.arange(rows)[:, None] * distinct
    flat = np.bincount(drawn.ravel(), minlength=rows * distinct)
    return flat.reshape(rows, distinct).astype(np.float64)

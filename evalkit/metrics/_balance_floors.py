"""The best that whole items allow: shares and orders as near to a target as they can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.arrays import Float64


def nearest_counts(target: Float64, k: int) -> Float64:
    """Return the counts of k items whose shares are nearest to a target, (n, groups), NaN kept.

    By largest remainders (Hamilton), which is best for the sum of absolute differences. Equal
    remainders go to the first group.
    """
    quota = target * k
    found = np.floor(quota + 1e-9)
    for row, wanted in zip(found, quota, strict=True):
        if np.isfinite(row).all():
            order = np.argsort(-np.round(wanted - row, 9), kind="stable")
            row[order[: k - int(row.sum())]] += 1
    return found


def lightest_counts(target: Float64, k: int) -> Float64:
    """Return the counts of k items whose largest ratio of share to target is least, (n, groups).

    Item by item to the group whose ratio would be the least with it, the divisor method of
    Jefferson, which makes the largest ratio as small as it can be; NaN kept.
    """
    found = np.where(np.isfinite(target), 0.0, np.nan)
    for row, wanted in zip(found, target, strict=True):
        for _ in range(k if np.isfinite(row).all() else 0):
            row[np.argmin(np.round((row + 1) / wanted, 9))] += 1
    return found


def least_ndkl(target: Sequence[float], k: int) -> float:
    """Return the least NDKL of any order of k items, however many each group has.

    It is above 0, since the first places cannot hold a part of an item. Every list of counts that
    the first i places may have is tried, place by place.
    """
    wanted, start = np.asarray(target, np.float64), (0,) * len(target)
    best, weights = {start: 0.0}, 1 / np.log2(np.arange(2, k + 2))
    for weight in weights:
        following: dict[tuple[int, ...], float] = {}
        for counts, cost in best.items():
            for group in range(len(wanted)):
                more = tuple(c + (g == group) for g, c in enumerate(counts))
                following[more] = min(cost, following.get(more, np.inf))
        best = {c: cost + float(weight) * _divergence(c, wanted) for c, cost in following.items()}
    return min(best.values()) / float(weights.sum())


def _divergence(counts: Sequence[int], target: Float64) -> float:
    """Return the Kullback-Leibler divergence of counts from a target, in nats."""
    share = np.array(counts) / sum(counts)
    some = share > 0
    return float((share[some] * np.log(share[some] / target[some])).sum())

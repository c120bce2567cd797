"""The best that whole items allow: shares and orders as near to a target as they can be.

Each list is taken with the places that bear a label, and it is asked whose labels would be best
there, however many items of each group there are. So the best is never worse than what a list has;
where the pool holds too few of a group it may be out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.balanced import Balanced
from evalkit.metrics._balance_chance import are_hard

_WAYS = 1 << 12
"""How many ways to label a list are tried one by one."""
_STATES = 1 << 14
"""How many numbers of items of each group a prefix may have, for NDKL to be worked out."""
_NUMBERS_AT_ONCE = 1 << 21


def labelled(evidence: Balanced, k: int) -> Bool:
    """Return which of the first k places bear a label, bool (n, k)."""
    rows = evidence.rows[:, :k]
    return np.asarray((rows >= 0) & (evidence.member.sum(axis=1) > 0)[rows])


def best(
    evidence: Balanced, k: int, found: Callable[[Float64, Int64], Float64], aims: bool = True
) -> Float64:
    """Return a number of each query's target and labelled places, float64 (n,).

    NaN for queries without a label in their list, or without a target where the metric `aims`, and
    for all of them where labels are weights, which may add up to any share.
    """
    many = labelled(evidence, k).sum(axis=1)
    value = np.full(len(many), np.nan)
    able = many > 0
    if aims:
        able &= np.isfinite(evidence.target).all(axis=1)
    if are_hard(evidence) and able.any():
        value[able] = found(evidence.target[able], many[able])
    return value


def nearest_counts(target: Float64, many: Int64) -> Float64:
    """Return the counts of so many items whose shares are nearest to a target, (n, groups).

    By largest remainders (Hamilton), which is best for the sum of absolute differences. Equal
    remainders go to the first group.
    """
    quota = target * many[:, None]
    found = np.floor(quota + 1e-9)
    for row, wanted, k in zip(found, quota, many.tolist(), strict=True):
        order = np.argsort(-np.round(wanted - row, 9), kind="stable")
        row[order[: k - int(row.sum())]] += 1
    return found


def lightest_counts(target: Float64, many: Int64) -> Float64:
    """Return the counts of so many items whose largest ratio of share to target is least.

    Item by item to the group whose ratio would be the least with it, the divisor method of
    Jefferson, which makes the largest ratio as small as it can be. float64 (n, groups).
    """
    return _dealt(target, many, 1)


def heaviest_counts(target: Float64, many: Int64) -> Float64:
    """Return the counts of so many items whose smallest ratio of share to target is largest.

    Item by item to the group whose ratio is the least before it, the divisor method of Adams,
    which makes the smallest ratio as large as it can be. float64 (n, groups).
    """
    return _dealt(target, many, 0)


def _dealt(target: Float64, many: Int64, ahead: int) -> Float64:
    """Return items dealt one by one to the group with the least (count + ahead) over target."""
    found = np.zeros(target.shape)
    for row, wanted, k in zip(found, target, many.tolist(), strict=True):
        for _ in range(k):
            row[np.argmin(np.round((row + ahead) / wanted, 9))] += 1
    return found


def divided(weights: Float64, groups: int) -> Float64 | None:
    """Return the sums of weights that each group gets in every way to give out the places.

    weights: float64 (k,). Returns float64 (ways, groups), None where there are more than 4,096.
    """
    if groups ** len(weights) > _WAYS:
        return None
    ways = np.array(list(product(range(groups), repeat=len(weights))), np.int64)
    return np.stack([(ways == g) @ weights for g in range(groups)], axis=1)


def least_ndkl(target: Float64, weights: Float64) -> Float64:
    """Return the least NDKL of any order of labelled items, however many each group has, (n,).

    It is above 0, since the first places cannot hold a part of an item. target: float64 (groups,).
    weights: float64 (n, k), what each list's prefix that ends in its first, second ... labelled
    item counts, 0 beyond the last. Every number of items of each group that a prefix may have is
    tried, prefix by prefix. NaN where there are too many to try.
    """
    k, others = weights.shape[1], len(target) - 1
    states = (k + 1) ** others
    if states > _STATES:
        return np.full(len(weights), np.nan)
    step = max(1, _NUMBERS_AT_ONCE // states)
    blocks = [weights[at : at + step] for at in range(0, len(weights), step)]
    return np.concatenate([_least_ndkl(target, block) for block in blocks])


def _least_ndkl(target: Float64, weights: Float64) -> Float64:
    """Return what `least_ndkl` does for a block of lists.

    A prefix is told by the numbers of all groups but the last, one axis each.
    """
    (n, k), others = weights.shape, len(target) - 1
    counts = np.indices((k + 1,) * others)
    cost = np.where(counts.sum(axis=0) == 0, np.zeros((n, *counts.shape[1:])), np.inf)
    for many in range(1, k + 1):
        before = [cost]
        for axis in range(1, others + 1):
            before.append(np.where(counts[axis - 1] > 0, np.roll(cost, 1, axis=axis), np.inf))
        added = _divergence(counts, many, target)
        weight = weights[:, many - 1].reshape(n, *(1,) * others)
        cost = np.minimum.reduce(before) + weight * added
    with np.errstate(invalid="ignore"):
        found: Float64 = cost.reshape(n, -1).min(axis=1) / weights.sum(axis=1)
    return found


def _divergence(counts: Int64, many: int, target: Float64) -> Float64:
    """Return the divergence of a prefix of so many items from a target, in nats, (states...).

    counts: int64 (groups - 1, states...). 0 for more items than there are, which no list reaches.
    """
    last = many - counts.sum(axis=0)
    share = np.concatenate([counts, last[None]]) / many
    wanted = target.reshape(-1, *(1,) * last.ndim)
    terms = np.where(share > 0, share * np.log(np.where(share > 0, share, 1.0) / wanted), 0.0)
    return np.where(last >= 0, terms.sum(axis=0), 0.0)

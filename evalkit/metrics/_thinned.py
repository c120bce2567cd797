"""Pools made even: what a list would show if larger groups had as few items as the smallest."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.metrics._balance import Lists
from evalkit.metrics._balance_chance import are_hard

DEEPER = 10
"""How many times the cut-off is read: items of the larger group make room for those behind."""
_UNSURE = 1e-3


def evened_chances(lists: Lists, k: int) -> Float64:
    """Return how likely each number of the first group is in the top k of an evened pool.

    float64 (..., n, k + 1), NaN where the list ends too early to tell, where the smaller group has
    fewer than k items, and where labels are weights. With fewer, k is more than half of the evened
    pool, and the list would look even whoever leads it. Of the larger group, as many items are kept
    as the smaller one has, each as likely; then the list closes up. Exact: the j-th
    item of the smaller group is in the top k if at most k - j of the larger group's before it are
    kept, a number that follows the hypergeometric distribution.
    """
    evidence = lists.evidence
    size = (evidence.pool @ evidence.member).astype(np.int64)
    found = np.full((*lists.counts.shape[:-1], k + 1), np.nan)
    able = size.min(axis=1) >= max(k, 1)
    for query in np.flatnonzero(able).tolist() if are_hard(evidence) else ():
        few = int(size[query, 1] < size[query, 0])
        member = lists.member[..., query, :, :]
        own, other = int(size[query, few]), int(size[query, 1 - few])
        shown = _smaller(member[..., few], member[..., 1 - few], k, _kept(other, own, k), own)
        found[..., query, :] = shown if few == 0 else shown[..., ::-1]
    return found


def _smaller(own: Float64, other: Float64, k: int, kept: Float64, size: int) -> Float64:
    """Return the chances of each number of the smaller group, float64 (..., k + 1).

    own, other: float64 (..., places), 1 where an item of the smaller or the larger group stands.
    kept: as from `_kept`. size: how many items the smaller group has.
    """
    seen, before = np.cumsum(own, axis=-1), np.cumsum(other, axis=-1)
    reached = np.ones((*own.shape[:-1], k + 2))
    reached[..., k + 1] = 0.0
    sure = np.ones(own.shape[:-1], bool)
    for j in range(1, k + 1):
        listed = seen[..., -1] >= j
        at = np.argmax(seen >= j, axis=-1)
        ahead = np.where(listed, np.take_along_axis(before, at[..., None], -1)[..., 0], 0)
        chance = kept[ahead.astype(np.int64), k - j]
        unseen = kept[before[..., -1].astype(np.int64), k - j] if j <= size else 0.0
        sure &= listed | (unseen <= _UNSURE)
        reached[..., j] = np.where(listed, chance, 0.0)
    chances = reached[..., :-1] - reached[..., 1:]
    return np.where(sure[..., None], chances, np.nan)


@lru_cache(maxsize=256)
def _kept(items: int, kept: int, k: int) -> Float64:
    """Return the chance that of the first m of some items at most c are kept, (items + 1, k)."""
    from scipy.stats import hypergeom

    ahead, most = np.arange(items + 1)[:, None], np.arange(k)[None]
    found: Float64 = np.asarray(hypergeom.cdf(most, items, kept, ahead), np.float64)
    found.flags.writeable = False
    return found

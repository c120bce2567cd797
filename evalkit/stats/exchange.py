"""What exchangeable labels give by chance: exact distributions of counts, and their p-values."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float64

_SLACK = 1e-9


@lru_cache(maxsize=4096)
def total_chances(times: tuple[int, ...], items: int, marked: int) -> Float64:
    """Return how likely each total is when `marked` of `items` are drawn by chance.

    times: how often each item that is looked at counts, whole numbers from 0; all of them are among
    the `items`. Returns float64 (sum(times) + 1,), read-only: the chance that those of them that
    are marked count 0, 1, 2 ... times together. With every count 1 that is the hypergeometric
    distribution; with other counts it tells of several lists over one pool.
    """
    chances = np.zeros((len(times) + 1, sum(times) + 1))
    chances[0, 0] = 1.0
    before = np.arange(len(times) + 1)[:, None]
    for seen, count in enumerate(times):
        hit = np.clip((marked - before) / (items - seen), 0.0, 1.0) * chances
        chances -= hit
        chances[1:, count:] += hit[:-1, : chances.shape[1] - count]
    found: Float64 = chances.sum(axis=0)
    found.flags.writeable = False
    return found


def two_sided(chances: Float64, observed: int) -> float:
    """Return the p-value of a total: the chance of all totals that are no likelier, in (0, 1].

    chances: float64 (m,), as from `total_chances`.
    """
    rare = chances[chances <= chances[observed] * (1 + _SLACK)]
    return float(min(1.0, rare.sum()))

"""The best that attention can be divided: places given out to groups in every way there is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.metrics._balance_chance import are_hard
from evalkit.metrics._balance_floors import divided, labelled


def best_division(
    evidence: Balanced,
    weights: Float64,
    choose: Callable[[Float64, int], float],
    aims: bool = True,
) -> Float64:
    """Return the best number of each list over all ways to label its labelled places, float64 (n,).

    weights: float64 (k,), what each place is worth. choose: the best number of some ways, given
    what each group gets, float64 (ways, groups), and the query. NaN where labels are weights, where
    the metric `aims` and the query has no target, and where the ways are more than 4,096: lists of
    more than 12 labelled places with two groups, where the best is next to ideal.
    """
    found = np.full(len(evidence.ids), np.nan)
    marked = labelled(evidence, len(weights))
    able = marked.any(axis=1)
    if aims:
        able &= np.isfinite(evidence.target).all(axis=1)
    known: dict[bytes, Float64 | None] = {}
    for query in np.flatnonzero(able).tolist() if are_hard(evidence) else ():
        key = marked[query].tobytes()
        if key not in known:
            worth = weights[: marked.shape[1]][marked[query]]
            known[key] = divided(worth, len(evidence.groups))
        ways = known[key]
        if ways is not None:
            found[query] = choose(ways, query)
    return found

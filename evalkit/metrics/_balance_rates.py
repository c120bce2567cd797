"""Rates of groups: what was found of each, over what there is of it, pooled over queries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit.core.arrays import Float64


def rates(units: Mapping[str, Float64], weights: Float64, found: str, there: str) -> Float64:
    """Return the rate of each group under each row of weights, (b, n) -> (b, groups).

    found, there: what the names of the columns begin with that hold, for each query, how many items
    of a group were found and how many there are. NaN for a group of which there is nobody.
    """
    groups = [name.removeprefix(found) for name in units if name.startswith(found)]
    some = [weights @ units[found + group] for group in groups]
    everybody = [weights @ units[there + group] for group in groups]
    total = np.stack(everybody, axis=1)
    rate: Float64 = np.where(total > 0, np.stack(some, axis=1), np.nan) / total
    return rate


def spread(found: Float64) -> tuple[Float64, Float64]:
    """Return the smallest and the largest rate of the groups that have one, (b, groups) -> (b,)."""
    return np.fmin.reduce(found, axis=1), np.fmax.reduce(found, axis=1)

"""Vectors that begin with nothing but zeros: lost at the sizes that leave no more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Vectors, make_vectors, without_direction
from evalkit.core.protocols import Failed

_WHY = "its vector, cut to {} values, holds only zeros: there is nothing to compare it by."


@dataclass(frozen=True, slots=True, eq=False)
class Directed:
    """The vectors that have a direction at a size; lost: the items that have none, and why."""

    vectors: Vectors
    lost: Mapping[str, Failed]


def directed(vectors: Vectors, dims: Sequence[int]) -> dict[int, Directed]:
    """Return what has a direction at each size, to which the vectors are to be cut.

    An item is lost with any of its rows. Sizes at which nothing, or the same, is lost share their
    vectors, since those are searched together.
    """
    found: dict[int, Directed] = {}
    kept = {frozenset[int](): vectors}
    weak = np.arange(len(vectors))
    for dim in sorted(dims):  # a beginning that has a direction keeps it as it grows
        weak = without_direction(vectors.matrix, dim) if len(weak) else weak
        gone = frozenset(vectors.owners[weak].tolist())
        if gone not in kept:
            kept[gone] = _without(vectors, gone)
        names = [vectors.ids[owner] for owner in sorted(gone)]
        found[dim] = Directed(kept[gone], {name: Failed(0, _WHY.format(dim)) for name in names})
    return found


def _without(vectors: Vectors, gone: frozenset[int]) -> Vectors:
    """Return the vectors of all items but some."""
    left = [owner for owner in range(len(vectors.ids)) if owner not in gone]
    rows = np.flatnonzero(np.isin(vectors.owners, left))
    return make_vectors(
        [vectors.ids[owner] for owner in left],
        vectors.matrix[rows],
        np.searchsorted(left, vectors.owners[rows]).astype(np.int64),
        vectors.spans[rows],
        vectors.norms[rows],
    )

"""Vectors that hold nothing but zeros: lost at the sizes, or under the transforms, that make them.

A beginning may be zeros alone, and so may what a transform leaves of a vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Int64, Vectors, make_vectors, without_direction
from evalkit.core.protocols import Failed

_WHY = "its vector, {}, holds only zeros: there is nothing to compare it by."
_PART = "{} of its {} vectors, {}, {} only zeros and {} left out."


@dataclass(frozen=True, slots=True, eq=False)
class Directed:
    """The vectors that have a direction at a size.

    lost: the items that have none, and why. partly: what is to be said of items that have some
    and lost others, as a video may lose a segment.
    """

    vectors: Vectors
    lost: Mapping[str, Failed]
    partly: Mapping[str, str]


def directed(vectors: Vectors, dims: Sequence[int]) -> dict[int, Directed]:
    """Return what has a direction at each size, to which the vectors are to be cut.

    An item is lost where it has no row left. Sizes at which nothing, or the same, is lost share
    their vectors, since those are searched together.
    """
    found: dict[int, Directed] = {}
    kept = {b"": vectors}
    weak = np.arange(len(vectors))
    for dim in sorted(dims):  # a beginning that has a direction keeps it as it grows
        weak = without_direction(vectors.matrix, dim) if len(weak) else weak
        if weak.tobytes() not in kept:
            kept[weak.tobytes()] = without(vectors, weak)
        found[dim] = told(vectors, weak, kept[weak.tobytes()], f"cut to {dim} values")
    return found


def told(vectors: Vectors, weak: Int64, left: Vectors, how: str) -> Directed:
    """Return what is left of vectors without some rows, and what is to be said of their items.

    how: what made the rows what they are, such as `cut to 4 values`.
    """
    gone = np.bincount(vectors.owners[weak], minlength=len(vectors.ids))
    had = np.bincount(vectors.owners, minlength=len(vectors.ids))
    lost, partly = {}, {}
    for owner in np.flatnonzero(gone).tolist():
        n, total = int(gone[owner]), int(had[owner])
        if n == total:
            lost[vectors.ids[owner]] = Failed(0, _WHY.format(how))
        else:
            verbs = ("holds", "is") if n == 1 else ("hold", "are")
            partly[vectors.ids[owner]] = _PART.format(n, total, how, *verbs)
    return Directed(left, lost, partly)


def without(vectors: Vectors, weak: Int64) -> Vectors:
    """Return vectors without some rows; an item stays while it has a row left."""
    rows = np.delete(np.arange(len(vectors)), weak)
    owners = np.unique(vectors.owners[rows])
    return make_vectors(
        [vectors.ids[owner] for owner in owners.tolist()],
        vectors.matrix[rows],
        np.searchsorted(owners, vectors.owners[rows]).astype(np.int64),
        vectors.spans[rows],
        vectors.norms[rows],
    )

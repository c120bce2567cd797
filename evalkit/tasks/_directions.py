"""What tasks on single vectors share: one direction an item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.arrays import Float32, Float64, Vectors
from evalkit.core.items import Item


def means(vectors: Vectors) -> Float64:
    """Return one unit row an item, float64 (items, dim), the mean direction of its rows."""
    total = np.zeros((len(vectors.ids), vectors.width))
    np.add.at(total, vectors.owners, vectors.matrix.astype(np.float64))
    lengths = np.sqrt((total * total).sum(axis=1, keepdims=True))
    found: Float64 = total / np.maximum(lengths, np.finfo(float).tiny)
    return found


def directions(vectors: Vectors, items: Sequence[Item]) -> Float32:
    """Return the mean direction of each item, float32 (n, dim), NaN without a vector."""
    rows = np.full((len(vectors.ids) + 1, vectors.width), np.nan, np.float32)
    rows[:-1] = means(vectors)
    place = {name: n for n, name in enumerate(vectors.ids)}
    return np.asarray(rows[[place.get(item.id, -1) for item in items]])

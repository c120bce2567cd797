"""How vectors that were asked for at a size compare with the beginning of the widest ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from evalkit.core.arrays import Float64, Vectors
from evalkit.core.protocols import SideName


def audit(side: SideName, vectors: Mapping[int, Vectors]) -> Iterator[str]:
    """Yield a sentence for each smaller size: near 1, cutting gives what asking gives."""
    widest = max(vectors, default=0)
    for dim in sorted(vectors, reverse=True):
        if dim == widest or vectors[dim] is vectors[widest]:
            continue
        cosines = _cosines(vectors[widest], vectors[dim], dim)
        if len(cosines):
            yield (
                f"{side} side, size {dim} as asked for against the first values of {widest}: "
                f"median cosine {np.median(cosines):.5f}, lowest {cosines.min():.5f}, "
                f"{len(cosines)} inputs"
            )


def _cosines(wide: Vectors, narrow: Vectors, dim: int) -> Float64:
    """Return the cosine of the first vector of each item that has one in both: float64 (n,)."""
    left, right = _first_rows(wide), _first_rows(narrow)
    both = [name for name in left if name in right]
    a = wide.matrix[[left[name] for name in both], :dim].astype(np.float64)
    b = narrow.matrix[[right[name] for name in both], :dim].astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.einsum("ij,ij->i", a, b) / np.maximum(lengths, 1e-300))


def _first_rows(vectors: Vectors) -> dict[str, int]:
    """Return the first row of each item."""
    owners, rows = np.unique(vectors.owners, return_index=True)
    return {vectors.ids[o]: int(r) for o, r in zip(owners, rows, strict=True)}

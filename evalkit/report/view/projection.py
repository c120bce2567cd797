"""Vectors in two dimensions, and items that are near to everything or to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.core.arrays import Float32, Float64

_EXTRA, _ROUNDS = 10, 8
Role = Literal["query", "item", "hub", "orphan"]


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """Points in two dimensions. at: float64 (n, 2). kept: the share of the variance in each."""

    at: Float64
    kept: tuple[float, float]


def flat(matrix: Float32, seed: int) -> Flat:
    """Return the first two principal components of vectors, float (n, dim), n from 1.

    By a randomized singular value decomposition with power iterations (Halko, Martinsson and Tropp
    2011), the same for the same seed. The entry of each direction that is largest in size is
    positive, so that pictures of equal vectors are equal.
    """
    centred = matrix.astype(np.float64) - matrix.mean(axis=0, dtype=np.float64)
    total = float((centred**2).sum())
    width = min(2 + _EXTRA, *matrix.shape)
    basis = np.random.default_rng(seed).standard_normal((matrix.shape[1], width))
    for _ in range(_ROUNDS):
        basis, _ = np.linalg.qr(centred.T @ (centred @ basis))
    _, sizes, turned = np.linalg.svd(centred @ basis, full_matrices=False)
    directions = np.zeros((matrix.shape[1], 2))
    directions[:, : min(2, width)] = (basis @ turned.T)[:, :2]
    largest = np.abs(directions).argmax(axis=0)
    directions *= np.where(directions[largest, [0, 1]] < 0, -1.0, 1.0)
    shares = [float(s * s / total) if total > 0 else 0.0 for s in sizes[:2]]
    return Flat(centred @ directions, (shares[0], shares[1] if len(shares) > 1 else 0.0))


@dataclass(frozen=True, slots=True)
class Found:
    """How often items stand among the first places of all queries.

    counts: item -> how often, 0 for those that no query finds. bound: more than this makes a hub.
    """

    counts: dict[str, int]
    bound: float

    def role(self, item: str) -> Role:
        """Return whether an item is a hub, an orphan, or neither."""
        count = self.counts.get(item, 0)
        return "hub" if count > self.bound else "item" if count else "orphan"

    @property
    def hubs(self) -> tuple[tuple[str, int], ...]:
        """The hubs with their counts, those found most often first."""
        some = [(name, n) for name, n in self.counts.items() if n > self.bound]
        return tuple(sorted(some, key=lambda pair: (-pair[1], pair[0])))

    @property
    def orphans(self) -> tuple[str, ...]:
        """The items that no query finds, by name."""
        return tuple(sorted(name for name, n in self.counts.items() if n == 0))


def occurrences(items: Sequence[str], listed: Iterable[str]) -> Found:
    """Return how often each item is listed.

    A hub is listed more often than two standard deviations above the mean of all items (the
    k-occurrence of Radovanovic, Nanopoulos and Ivanovic 2010), an orphan never.
    """
    times = Counter(listed)
    counts = {name: times.get(name, 0) for name in items}
    values = np.array(list(counts.values()) or [0], np.float64)
    return Found(counts, float(values.mean() + 2 * values.std()))

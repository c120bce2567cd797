"""What metrics of minimal pairs share: which document a query prefers, and by how much."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, rounded
from evalkit.core.contrasted import Contrasted
from evalkit.metrics._unit import UnitMetric


class ContrastMetric(UnitMetric[Contrasted]):
    """A value per minimal pair, NaN where one of its queries or documents has no vector."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = "contrasts"

    def scorable(self, evidence: Contrasted) -> Bool:
        """Return which pairs count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)


def margins(evidence: Contrasted) -> Float64:
    """Return how far each query prefers its answer to the contradiction, float64 (n, 2).

    Similarities are rounded as in rankings, so that equal ones are tied. NaN in both columns where
    a query or a document of the pair has no vector.
    """
    alike = rounded(evidence.similarity)
    found = np.stack([alike[:, 0, 0] - alike[:, 0, 1], alike[:, 1, 1] - alike[:, 1, 0]], axis=1)
    return whole(evidence, found)


def whole(evidence: Contrasted, values: Float64) -> Float64:
    """Return values of both queries, NaN where the pair has lost a member, float64 (n, 2)."""
    known = np.asarray(np.isfinite(evidence.similarity).all(axis=(1, 2)))
    return np.where(known[:, None], values, np.nan)


def held(condition: Bool, known: Float64) -> Float64:
    """Return 1.0 where a condition holds and 0.0 where not, NaN where nothing is known."""
    return np.where(np.isnan(known), np.nan, condition.astype(np.float64))


def of_both(values: Float64) -> Float64:
    """Return the mean of the two queries of each pair, float64 (n, 2) -> (n,)."""
    mean: Float64 = values.mean(axis=1)
    return mean

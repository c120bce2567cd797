"""What metrics of the space share: items with a vector, and numbers of all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.metric import weighted_mean
from evalkit.core.results import Scores
from evalkit.core.space import Space
from evalkit.metrics._unit import UnitMetric


class SpaceMetric(UnitMetric[Space]):
    """A number on where the items of a corpus lie; an item without a vector is NaN."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = Space.kind

    def scorable(self, evidence: Space) -> Bool:
        """Return which items count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)


class WholeMetric(SpaceMetric):
    """One number of all items together, which cannot be made from items one by one.

    The column `part` of an item is the number of all of them, plus what the item changes about it
    to first order, so that the plain mean is the number, and resampled means spread as the number
    does over other corpora. The mean over a group is the number of all, moved by what the group's
    items do to it. Source: Hoeffding 1948 for means over pairs of items; Hampel 1974, influence.
    """

    __slots__ = ()

    def columns(self, evidence: Space) -> Mapping[str, Float64]:
        """Return the number of all items plus the influence of each, NaN without a vector."""
        there = has_vector(evidence)
        found = np.full(len(there), np.nan)
        if there.sum() > 1:
            with np.errstate(invalid="ignore", divide="ignore"):
                found[there] = self.parts(evidence.vectors[there].astype(np.float64), evidence)
        return {"part": found}

    def parts(self, vectors: Float64, evidence: Space) -> Float64:
        """Return the number plus the influence of each of two or more items: (m, dim) -> (m,)."""
        raise NotImplementedError

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        """Return the weighted mean of the parts: float64 (B, n) -> (B,)."""
        return weighted_mean(replace(scores, columns={"value": scores.columns["part"]}), weights)


def has_vector(evidence: Space) -> Bool:
    """Return which units have a vector, bool (n,)."""
    return np.isfinite(evidence.vectors[:, 0])


def pair_means(rows: Float64) -> Float64:
    """Return the influence form of a mean over pairs: float64 (m,) -> (m,), their mean unchanged.

    rows: the mean over the pairs of each item. An item is in a pair at either end, so that what it
    changes counts twice.
    """
    found: Float64 = 2.0 * rows - rows.mean()
    return found

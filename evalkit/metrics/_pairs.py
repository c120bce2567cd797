"""What metrics of pairs share: which of them count, and their similarities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, rounded
from evalkit.core.evidence import Paired
from evalkit.metrics._overall import OverallMetric
from evalkit.metrics._similarities import Accepted, accepted

SIMILARITIES = (-2.0, 1.0)
"""Where the similarity of unit vectors lies: cosine and dot in -1 to 1, euclidean in -2 to 0."""


class PairMetric(OverallMetric[Paired]):
    """A number from the similarities of pairs that belong together and of pairs that do not.

    The columns are `score`, rounded as in rankings so that equal similarities are tied, and
    `positive`, 1 or 0. A pair with a lost member is NaN in `score`.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "pairs"

    def scorable(self, evidence: Paired) -> Bool:
        """Return which pairs count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def columns(self, evidence: Paired) -> Mapping[str, Float64]:
        """Return the similarity of every pair, and 1 where its members belong together."""
        scores = rounded(evidence.scores)
        return {"score": scores, "positive": evidence.positive.astype(np.float64)}


class CurveMetric(PairMetric):
    """A number from what is accepted at every threshold."""

    __slots__ = ()

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the number, NaN under weights that leave no pair of either kind."""
        positive = units["positive"]
        found = accepted(units["score"], positive, 1.0 - positive, weights)
        both = (found.right[:, -1] > 0) & (found.wrong[:, -1] > 0)
        return np.where(both, self.of_curve(found), np.nan)

    def of_curve(self, found: Accepted) -> Float64:
        """Return the number from the curve, float64 (b,)."""
        raise NotImplementedError

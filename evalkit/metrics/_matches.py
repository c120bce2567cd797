"""What metrics of matched segments share: where the true source stands, who has one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Matched
from evalkit.metrics._unit import UnitMetric


class SourceMetric(UnitMetric[Matched]):
    """A share per segment that has a source; 0 for an empty list."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = "matches"
    unit: ClassVar[str] = "share of segments"

    def scorable(self, evidence: Matched) -> Bool:
        """Return which segments have a source in the corpus, bool (n,)."""
        return np.asarray(evidence.source >= 0)


def is_source(evidence: Matched, k: int) -> Bool:
    """Return which of the first k places hold the true source, bool (n, k)."""
    known = evidence.source >= 0
    return np.asarray((evidence.rows[:, :k] == evidence.source[:, None]) & known[:, None])


def best_scores(evidence: Matched) -> Float64:
    """Return the similarity of every first place, NaN for an empty list, float64 (n,)."""
    if not evidence.rows.shape[1]:
        return np.full(len(evidence.ids), np.nan)
    return np.where(evidence.rows[:, 0] >= 0, evidence.scores[:, 0], np.nan)

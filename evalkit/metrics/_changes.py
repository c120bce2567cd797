"""What metrics of change share: a value per query, on clean and on changed input."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Int64
from evalkit.core.changed import Changed
from evalkit.core.evidence import Ranked
from evalkit.metrics._ranking import any_judged
from evalkit.metrics._unit import UnitMetric


class ChangeMetric(UnitMetric[Changed]):
    """A value per query that a probe changed; it needs no judgement where nothing else is said."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = Changed.kind

    def scorable(self, evidence: Changed) -> Bool:
        """Return which queries count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)


class AnswerMetric(ChangeMetric):
    """A value per query of which it is known what it should find."""

    __slots__ = ()

    def scorable(self, evidence: Changed) -> Bool:
        """Return which queries have a relevant item, bool (n,)."""
        return any_judged(evidence.clean, evidence.clean.relevant)


def tops(evidence: Changed) -> tuple[Int64, Int64]:
    """Return the first item of every list, clean and changed, int64 (n,) each, -1 for none."""
    return first(evidence.clean), first(evidence.probed)


def first(ranked: Ranked) -> Int64:
    """Return the first item of every list, int64 (n,), -1 for an empty one."""
    if not ranked.rows.shape[1]:
        return np.full(len(ranked.ids), -1, np.int64)
    return ranked.rows[:, 0]

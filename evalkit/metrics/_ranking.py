"""What all ranking metrics share: their depth, and which queries are scored."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool
from evalkit.core.evidence import Ranked
from evalkit.metrics._unit import UnitMetric

UNCUT_DEPTH = 1000
"""How deep a metric without a cut-off looks, the length of a TREC run."""


class RankingMetric(UnitMetric[Ranked]):
    """A share per query, from ranked lists and judgements; 0 for an empty list.

    A metric says its `word`, how a list is valued in `values`, and which queries have a score in
    `scorable`; queries that have none are NaN. A field `k`, where it has one, is the cut-off.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "ranking"

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at."""
        return self._cut or UNCUT_DEPTH

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have at least one relevant item, bool (n,)."""
        return any_judged(evidence, evidence.relevant)


def any_judged(evidence: Ranked, grade: int | None = None) -> Bool:
    """Return which queries have a judgement, or one of at least a grade, bool (n,)."""
    judged = evidence.judged >= 0
    chosen = judged if grade is None else judged & (evidence.grades >= grade)
    return np.asarray(chosen.any(axis=1))

"""Label coverage: of how much of a list the group is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import shown
from evalkit.metrics._unit import UnitMetric


@plugin("metrics", "label_coverage")
@dataclass(frozen=True, slots=True)
class LabelCoverage(UnitMetric[Balanced]):
    """The share of the top k whose group is known, 0 to 1; more is better.

    Neutral queries and those that name a group. Soft labels count with their weight. What numbers
    on balance say is about this part alone; `bias_low` and `bias_high` tell what the rest could
    change. NaN for an empty list. It is about labels, not about the model, so it has no null.
    """

    k: int
    word: ClassVar[str] = "label_coverage"
    evidence_kind: ClassVar[str] = "balance"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share of places"

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which queries can find anything, bool (n,)."""
        return np.asarray(evidence.pool.any(axis=1))

    def columns(self, evidence: Balanced) -> Mapping[str, Float64]:
        """Return the share of listed places that are labelled, float64 (n,)."""
        lists = shown(evidence, self.k)
        with np.errstate(invalid="ignore"):
            share = lists.counts.sum(axis=-1) / lists.there.sum(axis=1)
        return {"value": np.minimum(share, 1.0)}

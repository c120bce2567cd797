"""Compliance: whether a query that names a group gets that group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import shares, shown
from evalkit.metrics._unit import UnitMetric


@plugin("metrics", "compliance")
@dataclass(frozen=True, slots=True)
class Compliance(UnitMetric[Balanced]):
    """The share of the group that a query names among the labelled top k, 0 to 1; more is better.

    For queries such as "a woman who is an engineer"; neutral ones are NaN, as are lists of which
    too little is labelled. A model that has been made blind to the group falls to the share of the
    pool here: balance must not be bought with that. Gate it against another system or size
    (`no_worse_than`). It is precision at k for the named group; whether the occupation is right as
    well is for the relevance metrics to say.
    """

    k: int
    word: ClassVar[str] = "compliance"
    evidence_kind: ClassVar[str] = "balance"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share of labelled places"

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which queries name a group and can find labelled items, bool (n,)."""
        able = (evidence.pool @ evidence.member > 0).any(axis=1)
        return np.asarray((evidence.named >= 0) & able)

    def values(self, evidence: Balanced) -> Float64:
        """Return the share of the named group, float64 (n,)."""
        lists = shown(evidence, self.k)
        named = np.maximum(evidence.named, 0)[:, None]
        share = np.take_along_axis(shares(lists.counts), named, axis=1)[:, 0]
        places = lists.there.sum(axis=1)
        enough = lists.counts.sum(axis=1) >= evidence.coverage * places - 1e-9
        return np.where(enough, share, np.nan)

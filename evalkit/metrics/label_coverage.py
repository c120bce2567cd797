"""Label coverage: of how much of a list the group is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import CountMetric, shares


@plugin("metrics", "label_coverage")
@dataclass(frozen=True, slots=True)
class LabelCoverage(CountMetric):
    """The share of the top k whose group is known, 0 to 1; more is better.

    Neutral queries and those that name a group. Soft labels count with their weight. What numbers
    on balance say is about this part alone; `bias_low` and `bias_high` tell what the rest could
    change. NaN for an empty list. By chance it is the coverage of the pool: labels, and the lack of
    one, are dealt anew among the relevant items of a pool and among the others. A value below says
    that the model prefers items whose group is not known. How much must be known is a demand on
    the data, so that its value may be gated as it is.
    """

    k: int
    word: ClassVar[str] = "label_coverage"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share of places"
    aims: ClassVar[bool] = False
    covered: ClassVar[bool] = False
    requires: ClassVar[bool] = True

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which queries can find anything, bool (n,)."""
        return np.asarray(evidence.pool.any(axis=1))

    def columns(self, evidence: Balanced) -> Mapping[str, Float64]:
        """Return the share of listed places that are labelled, float64 (n,)."""
        return CountMetric.columns(self, _known(evidence))

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the share of the known, (..., 2) -> (...)."""
        return np.asarray(shares(counts)[..., 0])

    def null(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the mean under labels dealt anew within each pool, float64 (draws,)."""
        return CountMetric.null(self, _known(evidence), rng)

    def expected(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the mean of each query under labels dealt anew, float64 (n,)."""
        return CountMetric.expected(self, _known(evidence), rng)


def _known(evidence: Balanced) -> Balanced:
    """Return evidence of which every query is neutral, on items known and unknown."""
    known = np.clip(evidence.member.sum(axis=1), 0.0, 1.0)
    n = len(evidence.ids)
    return replace(
        evidence,
        groups=("known", "unknown"),
        member=np.stack([known, 1 - known], axis=1),
        named=np.full(n, -1),
        target=np.full((n, 2), 0.5),
        matched=np.zeros(len(evidence.corpus), np.int64),
    )

"""Separation AUC: are pairs of one content told from pairs of one context by their similarity?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.crossed import Crossed
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import (
    PARTNERS,
    CrossedMetric,
    by_cell,
    kinds,
    mean,
    pair_columns,
    similarities,
    sizes,
)


@plugin("metrics", "separation_auc")
@dataclass(frozen=True, slots=True)
class SeparationAuc(CrossedMetric):
    """The chance that a pair of one content is more similar than a pair of one context, 0 to 1.

    More is better, 0.5 where content and context count alike. Pairs of one content in two contexts
    are compared with pairs of two contents in one context, from all over the grid and not around
    one anchor as in `triplet_accuracy`; a tie counts half. Every cell counts alike, and so does
    every partner of a cell. A cell's score is the chance for its own pairs of one content. NaN for
    a cell without pairs of both kinds. Source: Hanley and McNeil 1982; its first-order parts
    DeLong, DeLong and Clarke-Pearson 1988, for clustered data Obuchowski 1997.
    """

    word: ClassVar[str] = "separation_auc"
    unit: ClassVar[str] = "chance of the right order"

    def columns(self, evidence: Crossed) -> Mapping[str, Float64]:
        """Return the chance for a cell's like pairs, and what its other pairs and partners add."""
        alike, average, there = similarities(evidence), by_cell(evidence), sizes(evidence) > 0
        found = kinds(evidence, there)
        like, beside = (_Pairs(evidence, alike, kind) for kind in (found.like, found.beside))
        if not (like.scores.size and beside.scores.size):
            nothing = np.full(len(there), np.nan)
            return {"value": nothing, "value" + PARTNERS: nothing}
        over = average @ like.spread(beside.share_below(like.scores)) @ average.T
        under = average @ beside.spread(1.0 - like.share_below(beside.scores)) @ average.T
        first = pair_columns(evidence, "value", over, "like")
        second = pair_columns(evidence, "value", under, "beside")
        first["value" + PARTNERS] = first["value" + PARTNERS] + sum(second.values())
        return first

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the weighted mean, float64 (b, n) -> (b,)."""
        return mean(units, weights, "value")


class _Pairs:
    """The similarities of members of one kind of pairs, each cell and each partner alike."""

    def __init__(self, evidence: Crossed, alike: Float64, kind: Bool) -> None:
        self.chosen = kind[evidence.cell][:, evidence.cell]
        self.scores: Float64 = alike[self.chosen]
        each = 1.0 / np.maximum(sizes(evidence), 1)[evidence.cell]
        partners = np.maximum(kind.sum(axis=1), 1)[evidence.cell]
        weights = ((each / partners)[:, None] * each)[self.chosen]
        order = np.argsort(self.scores, kind="stable")
        self.sorted = self.scores[order]
        self.weights: Float64 = (
            np.append(0.0, np.cumsum(weights[order])) if weights.size else weights
        )

    def share_below(self, scores: Float64) -> Float64:
        """Return how much lies below each score, what is equal counting half, float64 (p,)."""
        low = self.weights[np.searchsorted(self.sorted, scores, "left")]
        high = self.weights[np.searchsorted(self.sorted, scores, "right")]
        share: Float64 = (low + high) / (2.0 * self.weights[-1])
        return share

    def spread(self, values: Float64) -> Float64:
        """Return a value for each of these pairs in its place, float64 (m, m), 0 elsewhere."""
        found = np.zeros(self.chosen.shape)
        found[self.chosen] = values
        return found

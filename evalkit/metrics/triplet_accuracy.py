"""Triplet accuracy: is the lion elsewhere nearer to a lion than an elephant in its place?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.crossed import Crossed
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import (
    PARTNERS,
    CrossedMetric,
    cell_means,
    effects,
    kinds,
    mean,
    similarities,
    sizes,
)


@plugin("metrics", "triplet_accuracy")
@dataclass(frozen=True, slots=True)
class TripletAccuracy(CrossedMetric):
    """How often the same content elsewhere is nearer than another content in the same place.

    0 to 1, more is better, 0.5 where content and context count alike, about 0 where only context
    does. Of an anchor, every item of the same content in another context is compared with every
    item of another content in the same context; a tie is a miss. A cell's score is that of its
    items as anchors, each other cell counting alike. NaN for a cell whose content is nowhere else
    or that has no other content beside it. Source: triplets as in Schroff, Kalenichenko and Philbin
    2015; the question in Rosenfeld, Zemel and Tsotsos 2018.
    """

    word: ClassVar[str] = "triplet_accuracy"
    unit: ClassVar[str] = "share of triplets"

    def columns(self, evidence: Crossed) -> Mapping[str, Float64]:
        """Return a cell's share as the anchor, and what it adds as the others of the triplet."""
        anchor, positive, negative = _shares(evidence)
        added = effects(positive, evidence.contexts) + effects(negative, evidence.contents)
        return {"value": anchor, "value" + PARTNERS: np.where(np.isfinite(anchor), added, np.nan)}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the weighted mean, float64 (b, n) -> (b,)."""
        return mean(units, weights, "value")


def _shares(evidence: Crossed) -> tuple[Float64, Float64, Float64]:
    """Return the share of triplets won with each cell as anchor, as positive, as negative, (n,)."""
    alike, count = similarities(evidence), sizes(evidence)
    found = kinds(evidence, count > 0)
    each = 1.0 / np.maximum(count, 1)[evidence.cell]
    own = np.full(len(evidence.members), np.nan)
    roles = np.zeros((2, len(count))), np.zeros((2, len(count)))
    for anchor, cell in enumerate(evidence.cell):
        parts = [np.flatnonzero(kind[cell][evidence.cell]) for kind in (found.like, found.beside)]
        if not (parts[0].size and parts[1].size):
            continue
        won = _won(alike[anchor], each, parts[0], parts[1])
        own[anchor] = won[0] @ each[parts[0]] / each[parts[0]].sum()
        for role, part, shares in zip(roles, parts, won, strict=True):
            cells = evidence.cell[part]
            role[0] += each[anchor] * np.bincount(cells, shares * each[part], len(count))
            role[1] += each[anchor] * np.bincount(cells, each[part], len(count))
    with np.errstate(invalid="ignore"):
        return cell_means(evidence, own), roles[0][0] / roles[0][1], roles[1][0] / roles[1][1]


def _won(alike: Float64, each: Float64, like: np.ndarray, beside: np.ndarray) -> list[Float64]:
    """Return how much of what is beside lies below each that is like, and the other way round.

    alike, each: float64 (m,), the similarity to the anchor, and the weight of every member.
    """
    below = np.argsort(alike[beside], kind="stable")
    above = np.argsort(alike[like], kind="stable")
    under = np.append(0.0, np.cumsum(each[beside][below])) / each[beside].sum()
    over = np.append(0.0, np.cumsum(each[like][above])) / each[like].sum()
    return [
        under[np.searchsorted(alike[beside][below], alike[like], "left")],
        1.0 - over[np.searchsorted(alike[like][above], alike[beside], "right")],
    ]

"""What metrics of content crossed with context share: kinds of pairs, and how cells make means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import SCORE_PLACES, Bool, Float64, Int64
from evalkit.core.crossed import Crossed
from evalkit.metrics._overall import OverallMetric

PARTNERS = " of partners"
"""What the name of a column ends with that says what a cell adds as the partner of others."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Which cells make which kind of pair, bool (n, n) each, symmetric.

    like: the same content in another context. beside: another content in the same context. apart:
    another content in another context.
    """

    like: Bool
    beside: Bool
    apart: Bool


def kinds(evidence: Crossed, there: Bool | None = None) -> Kinds:
    """Return the kinds of pairs, among cells that are there, bool (n,), all where not given."""
    some = np.ones(len(evidence.ids), bool) if there is None else there
    both = some[:, None] & some
    content, context = (
        of[:, None] == of for of in (codes(evidence.contents), codes(evidence.contexts))
    )
    return Kinds(content & ~context & both, ~content & context & both, ~content & ~context & both)


def codes(labels: tuple[str, ...]) -> Int64:
    """Return the place of each label among the sorted different ones, int64 (n,)."""
    return np.unique(np.array(labels, str), return_inverse=True)[1].astype(np.int64)


def sizes(evidence: Crossed) -> Int64:
    """Return how many members each cell has that have a vector, int64 (n,)."""
    return np.bincount(evidence.cell, minlength=len(evidence.ids)).astype(np.int64)


def similarities(evidence: Crossed) -> Float64:
    """Return the cosine of every two members, float64 (m, m), rounded so that equal ones tie."""
    vectors = evidence.vectors.astype(np.float64)
    return np.round(vectors @ vectors.T, SCORE_PLACES)


def by_cell(evidence: Crossed) -> Float64:
    """Return what makes the mean of each cell's members, float64 (n, m), 0 for an empty cell."""
    members = np.zeros((len(evidence.ids), len(evidence.members)))
    members[evidence.cell, np.arange(len(evidence.members))] = 1.0
    members /= np.maximum(members.sum(axis=1, keepdims=True), 1.0)
    return members


def cell_means(evidence: Crossed, values: Float64) -> Float64:
    """Return the mean of each cell's members, float64 (m,) -> (n,), NaN where one is or none."""
    count = sizes(evidence)
    total = np.bincount(evidence.cell, values, len(count))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def over_partners(pairs: Float64, kind: Bool) -> Float64:
    """Return each cell's mean over its pairs of a kind, (n, n) twice -> (n,), NaN without any."""
    count = kind.sum(axis=1)
    return np.where(
        count > 0, np.where(kind, pairs, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan
    )


def effects(values: Float64, labels: tuple[str, ...]) -> Float64:
    """Return how far the mean of each cell's label lies from the mean of all, float64 (n,).

    0 for a label of which no cell has a value.
    """
    code, known = codes(labels), np.isfinite(values)
    if not known.any():
        return np.zeros(len(values))
    total = np.bincount(code[known], values[known], code.max() + 1)
    count = np.bincount(code[known], minlength=code.max() + 1)
    means = total / np.maximum(count, 1)
    away: Float64 = np.where(count > 0, means - values[known].mean(), 0.0)[code]
    return away


class CrossedMetric(OverallMetric[Crossed]):
    """A number on cells of content crossed with context, contents and contexts both resampled.

    What is averaged over pairs of cells rests on both members: a content that is drawn twice counts
    twice where it stands beside others as well as where others stand beside it. To first order that
    is a value per cell: its own mean over partners, and what its content and its context add in the
    place of the partner, around zero (Hoeffding 1948; for two resampled factors Owen 2007). The
    second part is a column of its own, so that a group of cells keeps its own mean.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "crossed"

    def scorable(self, evidence: Crossed) -> Bool:
        """Return which cells have their content elsewhere and other contents beside, bool (n,)."""
        found = kinds(evidence)
        return np.asarray(found.like.any(axis=1) & found.beside.any(axis=1))


def mean(units: Mapping[str, Float64], weights: Float64, name: str) -> Float64:
    """Return the weighted mean of a column together with that of its partners, (b, n) -> (b,)."""
    added = units[name + PARTNERS]
    found: Float64 = weights @ (units[name] + added - added.mean()) / weights.sum(axis=1)
    return found


def pair_columns(evidence: Crossed, name: str, pairs: Float64, kind: str) -> dict[str, Float64]:
    """Return two columns for the mean over a kind of pairs: a cell's own, and what it adds.

    pairs: float64 (n, n), the values of pairs of cells. The partner is another context in `like`
    pairs, another content in `beside` pairs, and both in `apart` ones.
    """
    own = over_partners(pairs, getattr(kinds(evidence, sizes(evidence) > 0), kind))
    added = np.zeros(len(own))
    if kind != "beside":
        added += effects(own, evidence.contexts)
    if kind != "like":
        added += effects(own, evidence.contents)
    return {name: own, name + PARTNERS: np.where(np.isfinite(own), added, np.nan)}


class MomentMetric(CrossedMetric):
    """A number from the mean similarity of kinds of pairs."""

    __slots__ = ()

    moments: ClassVar[tuple[tuple[str, int], ...]]
    """The kinds of pairs, and the powers of their similarities, that it needs the means of."""

    def columns(self, evidence: Crossed) -> Mapping[str, Float64]:
        """Return the mean of every power of every kind of pairs, own and of partners."""
        alike, average = similarities(evidence), by_cell(evidence)
        found: dict[str, Float64] = {}
        for kind, power in self.moments:
            pairs = average @ alike**power @ average.T
            found |= pair_columns(evidence, f"{kind}{power}", pairs, kind)
        return found

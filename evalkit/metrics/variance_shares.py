"""Variance shares: how much of what tells cells apart is content, and how much is context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.crossed import Crossed
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import CrossedMetric, by_cell, codes, sizes

_DRAWS = 200
_LEAST = 1e-12


class _Share(CrossedMetric):
    """The sum of squares between the means of a factor's labels, over that of all items.

    Each cell counts once, by its mean and by the mean square of its items. Under other weights the
    share is taken to first order: what a cell adds is the squared distance of its label's mean from
    the mean of all, and twice how far the cell moves that mean outwards.
    """

    __slots__ = ()

    unit: ClassVar[str] = "share of variance"

    def factors(self, evidence: Crossed) -> tuple[Int64, Int64]:
        """Return the labels whose share it is, and the others, int64 (n,) each."""
        raise NotImplementedError

    def scorable(self, evidence: Crossed) -> Bool:
        """Return which cells count: all, where there are two labels of both factors, bool (n,)."""
        several = all(len(set(of)) > 1 for of in (evidence.contents, evidence.contexts))
        return np.full(len(evidence.ids), several)

    def columns(self, evidence: Crossed) -> Mapping[str, Float64]:
        """Return what each cell adds between labels, and in total, NaN for an empty cell."""
        means, squares, there = _around(evidence)
        labels = self.factors(evidence)[0][there]
        between, total = np.full(len(there), np.nan), np.full(len(there), np.nan)
        label_means = _averages(labels) @ means
        away = label_means[labels]
        between[there] = (away * (2.0 * means - away)).sum(axis=1)
        total[there] = squares
        return {"between": between, "total": total}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the share under each row of weights, NaN where cells do not differ, (b,)."""
        total = weights @ units["total"]
        share = (weights @ units["between"]) / np.where(total > _LEAST, total, np.nan)
        return np.clip(share, 0.0, 1.0)

    def null(self, evidence: Crossed, rng: np.random.Generator) -> Float64:
        """Return the shares when labels are shuffled within the other factor, float64 (200,).

        Exchanging labels only among cells that share the other factor keeps that factor's effect
        out of the test (Anderson 2001).
        """
        means, squares, there = _around(evidence)
        labels, others = (of[there] for of in self.factors(evidence))
        inner = means @ means.T
        found = [_shuffled(inner, labels, others, rng) for _ in range(_DRAWS)]
        return np.array(found) / max(float(squares.sum()), _LEAST)


@plugin("metrics", "content_variance")
@dataclass(frozen=True, slots=True)
class ContentVariance(_Share):
    """The share of the variance of vectors that content accounts for (eta squared), 0 to 1.

    More is better. The sum of squared distances of content means from the mean of all, over that of
    all items; with `context_variance`, what both make only together, and what is left within cells
    it adds up to 1 on a full grid. Some of it is chance: the report gives the band from 200
    shufflings of contents within each context. NaN where there is one content or one context.
    Source: Anderson 2001.
    """

    word: ClassVar[str] = "content_variance"

    def factors(self, evidence: Crossed) -> tuple[Int64, Int64]:
        """Return contents, then contexts."""
        return codes(evidence.contents), codes(evidence.contexts)


@plugin("metrics", "context_variance")
@dataclass(frozen=True, slots=True)
class ContextVariance(_Share):
    """The share of the variance of vectors that context accounts for (eta squared), 0 to 1.

    Less is better. As `content_variance`, with contexts shuffled within each content for the band
    that chance gives. NaN where there is one content or one context. Source: Anderson 2001.
    """

    word: ClassVar[str] = "context_variance"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def factors(self, evidence: Crossed) -> tuple[Int64, Int64]:
        """Return contexts, then contents."""
        return codes(evidence.contexts), codes(evidence.contents)


def _around(evidence: Crossed) -> tuple[Float64, Float64, Bool]:
    """Return the means of cells around their mean, the mean squares of their items around it too.

    float64 (c, dim) and (c,) for the c cells that have members, and which these are, bool (n,).
    """
    there, average = np.asarray(sizes(evidence) > 0), by_cell(evidence)
    vectors = evidence.vectors.astype(np.float64)
    means = (average @ vectors)[there]
    middle = means.sum(axis=0) / max(len(means), 1)
    squares = average @ ((vectors - middle) ** 2).sum(axis=1)
    return means - middle, squares[there], there


def _averages(labels: Int64) -> Float64:
    """Return what makes the mean of each label's cells, float64 (labels, c), 0 for one without."""
    found: Float64 = np.equal.outer(np.arange(labels.max(initial=0) + 1), labels).astype(np.float64)
    found /= np.maximum(found.sum(axis=1, keepdims=True), 1.0)
    return found


def _shuffled(inner: Float64, labels: Int64, others: Int64, rng: np.random.Generator) -> float:
    """Return the sum of squares between labels that are shuffled where the others are the same.

    inner: float64 (c, c), the inner products of the cell means around 0.
    """
    order = np.lexsort((rng.random(len(labels)), others))
    mixed = np.empty_like(labels)
    mixed[np.argsort(others, kind="stable")] = labels[order]
    averages = _averages(mixed)
    return float((np.bincount(mixed) * ((averages @ inner) * averages).sum(axis=1)).sum())

"""Separation: how far like pairs lie from unlike ones, and like from varied descriptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, rounded
from evalkit.core.evidence import Paired
from evalkit.core.registry import plugin
from evalkit.metrics._pairs import PairMetric
from evalkit.metrics._unit import UnitMetric

_DIFFERENCES = (-2.0, 2.0)


class _Difference(PairMetric):
    """The mean similarity of one kind of pairs minus that of another."""

    __slots__ = ()

    unit: ClassVar[str] = "similarity"
    range: ClassVar[tuple[float, float]] = _DIFFERENCES

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the difference of weighted means, NaN where a kind is missing."""
        score, one = units["score"], units["positive"]
        first, second = ((weights @ (score * of)) / (weights @ of) for of in (one, 1.0 - one))
        difference: Float64 = first - second
        return difference


@plugin("metrics", "separation")
@dataclass(frozen=True, slots=True)
class Separation(_Difference):
    """The mean similarity of pairs that belong together minus that of others; more is better.

    -2 to 2, in units of similarity, for unit vectors. It does not compare between models, whose
    similarities spread differently: `roc_auc` of the same pairs does. NaN without pairs of both
    kinds. The second effectiveness criterion of the service card of Amazon Nova Multimodal
    Embeddings asks that like concepts score as similar.
    """

    word: ClassVar[str] = "separation"


@plugin("metrics", "varied_gap")
@dataclass(frozen=True, slots=True)
class VariedGap(_Difference):
    """How much less similar the same thing is in other words: mean of `like` minus of `varied`.

    Less is better; 0 where varied descriptions score as similar ones do. -2 to 2, in units of
    similarity, for unit vectors. Pairs of other kinds are NaN. Belongs to the second effectiveness
    criterion of the service card of Amazon Nova Multimodal Embeddings: like concepts score as
    similar under similar and under varied descriptions.
    """

    word: ClassVar[str] = "varied_gap"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def scorable(self, evidence: Paired) -> Bool:
        """Return which pairs are of the kinds `like` or `varied`, bool (n,)."""
        return np.isin(_kinds(evidence), ("like", "varied"))

    def columns(self, evidence: Paired) -> Mapping[str, Float64]:
        """Return the similarity of every pair, and 1 for a pair of the kind `like`."""
        scores = rounded(evidence.scores)
        return {"score": scores, "positive": (_kinds(evidence) == "like").astype(np.float64)}


@plugin("metrics", "varied_success")
@dataclass(frozen=True, slots=True)
class VariedSuccess(UnitMetric[Paired]):
    """Whether the same thing in other words is more similar than any unlike thing, 0 or 1.

    More is better. A unit is a pair of the kind `varied`; it is compared with every pair of the
    kind `unlike` that has the same first member. A tie is no success. NaN for other pairs, and
    where there is no unlike pair to compare with.
    """

    word: ClassVar[str] = "varied_success"
    evidence_kind: ClassVar[str] = "pairs"
    unit: ClassVar[str] = "share of varied pairs"

    def scorable(self, evidence: Paired) -> Bool:
        """Return which pairs are varied and have an unlike one beside them, bool (n,)."""
        kinds = zip(evidence.members, evidence.kinds, strict=True)
        unlike = {anchor for (anchor, _), kind in kinds if kind == "unlike"}
        beside = np.array([anchor in unlike for anchor, _ in evidence.members], bool)
        return np.asarray(beside & (_kinds(evidence) == "varied"))

    def values(self, evidence: Paired) -> Float64:
        """Return 1 or 0 for every pair, NaN where a similarity is missing, float64 (n,)."""
        scores = rounded(evidence.scores)
        rivals: dict[str, list[float]] = defaultdict(list)
        for (anchor, _), kind, score in zip(evidence.members, evidence.kinds, scores, strict=True):
            if kind == "unlike" and np.isfinite(score):
                rivals[anchor].append(score)
        best = np.array([max(rivals[a], default=np.nan) for a, _ in evidence.members], float)
        return np.where(np.isnan(scores) | np.isnan(best), np.nan, scores > best)


def _kinds(evidence: Paired) -> np.ndarray:
    """Return the kind of every pair, str (n,)."""
    return np.array(evidence.kinds, str)

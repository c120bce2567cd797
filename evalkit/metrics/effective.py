"""Effectiveness: is an input answered well, by the criterion that the suite declares?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from evalkit.core import registry
from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Labelled, Matched, Paired, Ranked
from evalkit.core.metric import Metric, weighted_mean
from evalkit.core.registry import plugin
from evalkit.core.results import Scores
from evalkit.metrics._judgements import read_judgements
from evalkit.metrics._overall import OverallMetric

_PLACES = 20
"""How far down a list the right result may stand, however deep other metrics look."""

_SIMILAR = (Ranked.kind, Labelled.kind, Matched.kind, Paired.kind)
"""The evidence in which a right result has a similarity."""


@plugin("metrics", "effective")
@dataclass(frozen=True, slots=True)
class Effective:
    """Whether each input has an effective result, 0 or 1; the mean is overall effectiveness.

    More is better, 0 to 1, with a Wilson interval. Exactly one criterion is given. metric, with
    at_least or at_most: another metric of the same evidence passes a threshold. similarity, with
    at_least: the right result is among the first 20 and at least that similar to the input; for
    pairs, two items that belong together are. judgements: a CSV file with the columns `query` and
    `effective` (1 or 0, yes or no), several lines a query from several reviewers, of whom more than
    half must say yes. judged, with depth: people say whether one of the first results answers the
    input; NaN until their judgements are applied to the run. NaN where the criterion says nothing.
    Source: the service card of Amazon Nova
    Multimodal Embeddings, which counts the share of inputs with an effective result.
    """

    metric: str = ""
    at_least: float | None = None
    at_most: float | None = None
    similarity: Mapping[str, float] = field(default_factory=dict)
    judgements: Path | None = None
    judged: Mapping[str, int] = field(default_factory=dict)

    evidence_kind: ClassVar[str] = "any"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share of effective inputs"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    name: ClassVar[str] = "effective"

    def __post_init__(self) -> None:
        """Refuse anything but one whole criterion."""
        given = [
            bool(self.metric),
            bool(self.similarity),
            self.judgements is not None,
            bool(self.judged),
        ]
        bounds = [self.at_least is not None, self.at_most is not None]
        if sum(given) != 1 or sum(bounds) != (1 if self.metric else 0):
            raise UsageError(
                "expected one criterion: {metric: ndcg@10, at_least: 0.5}, "
                "{similarity: {at_least: 0.7}}, {judgements: FILE} or {judged: {depth: 5}}."
            )
        if self.similarity and set(self.similarity) != {"at_least"}:
            raise UsageError("expected similarity to have at_least and nothing else.")
        if self.judged and not (
            set(self.judged) == {"depth"} and 1 <= self.judged["depth"] <= _PLACES
        ):
            raise UsageError(f"expected judged to have a depth of 1 to {_PLACES} and nothing else.")
        if self.judgements is not None:
            read_judgements(self.judgements)
        if self.metric:
            registry.metric(self.metric)

    def problems(self, evidence_kind: str) -> list[str]:
        """Return why the criterion cannot be applied to what a task gives, nothing where it can."""
        if self.similarity and evidence_kind not in _SIMILAR:
            return [f"{evidence_kind} have no similarity to be judged."]
        if self.judged and evidence_kind != Ranked.kind:
            return [f"{evidence_kind} have no ranked results to be judged."]
        if not self.metric:
            return []
        inner = self._inner
        if inner.evidence_kind not in ("any", evidence_kind):
            return [f"'{self.metric}' is no metric of {evidence_kind}, which the task gives."]
        if isinstance(inner, OverallMetric):
            return [f"'{self.metric}' has no value for a single input."]
        moved = hasattr(inner, "null") and not getattr(inner, "requires", False)
        by_chance = evidence_kind == Balanced.kind and moved
        return [f"chance alone decides '{self.metric}' of a single list."] if by_chance else []

    @property
    def depth(self) -> int:
        """How many places of a ranking the criterion looks at."""
        if self.metric:
            return self._inner.depth
        return self.k or (_PLACES if self.similarity else 1)

    @property
    def k(self) -> int | None:
        """How many results of a list people judge, None with another criterion."""
        return self.judged.get("depth")

    @property
    def awaits_judgements(self) -> bool:
        """Whether people decide, so that there is no score before their judgements are applied."""
        return bool(self.judged)

    @property
    def _inner(self) -> Metric:
        """The metric that has to pass the threshold."""
        found: Metric = registry.metric(self.metric)
        return found

    def scorable(self, evidence: Any) -> Bool:
        """Return which units the criterion can be applied to, bool (n,)."""
        if self.metric:
            return self._inner.scorable(evidence)
        return np.isfinite(self._values(evidence))

    def per_unit(self, evidence: Any) -> Scores:
        """Return 1 or 0 for every unit, NaN where the criterion says nothing."""
        return Scores(evidence.ids, evidence.clusters, {"value": self._values(evidence)})

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        """Return the share of effective units: float64 (B, n) -> (B,)."""
        return weighted_mean(scores, weights)

    def _values(self, evidence: Any) -> Float64:
        """Return 1, 0 or NaN for every unit, float64 (n,)."""
        if self.metric:
            found = self._inner.per_unit(evidence).columns
            if set(found) != {"value"}:
                raise UsageError(f"'{self.metric}' has no value for a single input.")
            return self._passed(found["value"])
        if self.similarity:
            return _reached(_similarities(evidence), self.similarity["at_least"])
        said = read_judgements(self.judgements) if self.judgements else {}  # judged: none yet
        shares = np.array([said.get(unit, np.nan) for unit in evidence.ids], float)
        return np.where(np.isnan(shares), np.nan, shares > 0.5)

    def _passed(self, values: Float64) -> Float64:
        """Return whether scores pass the threshold, NaN where there is none."""
        if self.at_least is not None:
            return _reached(values, self.at_least)
        return np.where(np.isnan(values), np.nan, values <= float(self.at_most or 0.0))


def _reached(values: Float64, bound: float) -> Float64:
    """Return 1 where a value is at least the bound, 0 elsewhere, NaN stays."""
    return np.where(np.isnan(values), np.nan, values >= bound)


def _similarities(evidence: Any) -> Float64:
    """Return how similar each unit and its right result are, float64 (n,).

    Minus infinity where the right result was not found in time, NaN where there is none.
    """
    match evidence:
        case Ranked():
            return _ranked(evidence)
        case Labelled():
            return _labelled(evidence)
        case Matched():
            return _matched(evidence)
        case Paired():
            return np.where(evidence.positive, evidence.scores, np.nan)
    raise UsageError(f"{evidence.kind} have no similarity to be judged.")


def _best(scores: Float64, right: Bool, known: Bool) -> Float64:
    """Return the best score of right results in each list, NaN for units without any truth."""
    found = np.where(right, np.nan_to_num(scores, nan=-np.inf), -np.inf)[:, :_PLACES]
    return np.where(known, found.max(axis=1, initial=-np.inf), np.nan)


def _ranked(evidence: Ranked) -> Float64:
    """Return the similarity of the best relevant item in each list."""
    good = np.where(evidence.grades >= evidence.relevant, evidence.judged, -2)
    right = (evidence.rows[:, :, None] == good[:, None, :]).any(axis=2)
    return _best(evidence.scores, right, np.asarray((good >= 0).any(axis=1)))


def _labelled(evidence: Labelled) -> Float64:
    """Return the similarity of the nearest neighbour of the right label."""
    right = evidence.neighbours == evidence.true[:, None]
    return _best(evidence.scores, right, evidence.true >= 0)


def _matched(evidence: Matched) -> Float64:
    """Return the similarity of the true source of each segment."""
    right = evidence.rows == evidence.source[:, None]
    return _best(evidence.scores, right, evidence.source >= 0)

"""The four kinds of retrieval errors of the service card, worst first, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.errors import UsageError, nearest
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._formulations import formulations, mean_with_others, sizes
from evalkit.metrics._ranking import RankingMetric
from evalkit.ranking.agreement import jaccard

ERRORS = ("irrelevant", "missed", "contradictory", "inconsistent")
"""Worst first, as the service card of Amazon Nova Multimodal Embeddings ranks them."""


class _ErrorRate(RankingMetric):
    """A share of queries with an error: less is better."""

    __slots__ = ()

    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of queries"


@plugin("metrics", "irrelevant")
@dataclass(frozen=True, slots=True)
class Irrelevant(_ErrorRate):
    """Whether nothing relevant is among the top k: what was retrieved does not help, 0 or 1.

    Less is better; 1 minus `hit@k`. NaN for a query without a relevant item. Error type 1 of the
    service card: retrieved items are not relevant.
    """

    k: int
    word: ClassVar[str] = "irrelevant"

    def values(self, evidence: Ranked) -> Float64:
        """Return 1 for every list without a relevant item, float64 (n,)."""
        return 1.0 - _holds(evidence.rows[:, : self.k], _graded(evidence, evidence.relevant))


@plugin("metrics", "missed")
@dataclass(frozen=True, slots=True)
class Missed(_ErrorRate):
    """Whether no item of the best grade is among the top k, 0 or 1.

    Less is better. NaN for a query without a relevant item. Error type 2 of the service card: the
    most relevant item is not retrieved.
    """

    k: int
    word: ClassVar[str] = "missed"

    def values(self, evidence: Ranked) -> Float64:
        """Return 1 for every list without an item of the best grade, float64 (n,)."""
        best = evidence.grades.max(axis=1, keepdims=True, initial=0)
        wanted = np.where(evidence.grades == best, evidence.judged, -2)
        return 1.0 - _holds(evidence.rows[:, : self.k], wanted)


@plugin("metrics", "contradictory")
@dataclass(frozen=True, slots=True)
class Contradictory(_ErrorRate):
    """Whether an item that contradicts the query is among the top k, 0 or 1.

    Less is better. Items that say the opposite have a negative grade. NaN for a query without one.
    Error type 3 of the service card: a retrieved document contradicts the query.
    """

    k: int
    word: ClassVar[str] = "contradictory"

    def values(self, evidence: Ranked) -> Float64:
        """Return 1 for every list with an item of a negative grade, float64 (n,)."""
        return _holds(evidence.rows[:, : self.k], _opposed(evidence))

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have an item of a negative grade, bool (n,)."""
        return np.asarray((_opposed(evidence) >= 0).any(axis=1))


@plugin("metrics", "inconsistent")
@dataclass(frozen=True, slots=True)
class Inconsistent(_ErrorRate):
    """How unlike the top k of formulations of one need are, 0 to 1.

    Less is better. 1 minus the mean Jaccard overlap of a query's top k with those of the other
    queries of the same need (tag `intent`). NaN for a need with one formulation. Error type 4 of
    the service card: similar queries get inconsistent results.
    """

    k: int
    word: ClassVar[str] = "inconsistent"
    unit: ClassVar[str] = "share of results that differ"

    def values(self, evidence: Ranked) -> Float64:
        """Return how unlike each list is to those of the same need, float64 (n,)."""
        pairs, lists = formulations(evidence), evidence.rows[:, : self.k]
        overlap = jaccard(lists[pairs[:, 0]], lists[pairs[:, 1]])
        return 1.0 - mean_with_others(pairs, overlap, len(lists))

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have another formulation, bool (n,)."""
        return np.asarray(sizes(evidence, np.ones(len(evidence.ids), bool)) > 1)


@plugin("metrics", "error_cost")
@dataclass(frozen=True, slots=True)
class ErrorCost(RankingMetric):
    """What the errors of a query cost, by the costs of `use_case: error_costs`.

    Less is better; from 0 to the sum of the costs, on their own scale. The sum over `irrelevant@k`,
    `missed@k`, `contradictory@k` and `inconsistent@k`, each times its cost; an error that cannot be
    told for a query costs nothing there. NaN for a query without a relevant item.
    """

    k: int
    costs: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(ERRORS, 1.0))
    word: ClassVar[str] = "error_cost"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "cost a query"

    @property
    def range(self) -> tuple[float, float]:  # type: ignore[override]  # it depends on the costs
        """From nothing to every error at once."""
        return 0.0, sum(self.costs.values())

    def __post_init__(self) -> None:
        """Refuse errors that there are not, and costs that are no costs."""
        RankingMetric.__post_init__(self)
        for name, cost in self.costs.items():
            if name not in ERRORS:
                raise UsageError(f"unknown error '{name}'; {nearest(name, ERRORS)}")
            if not np.isfinite(cost) or cost < 0:
                raise UsageError(f"the cost of '{name}' is {cost}; expected a number from 0.")

    def values(self, evidence: Ranked) -> Float64:
        """Return the cost of every list, float64 (n,)."""
        total = np.zeros(len(evidence.ids))
        for kind in (Irrelevant, Missed, Contradictory, Inconsistent):
            rate: Float64 = kind(self.k).per_unit(evidence).columns["value"]
            total += np.nan_to_num(rate) * self.costs.get(kind.word, 0.0)
        return total


def _graded(evidence: Ranked, grade: int) -> Int64:
    """Return the positions of judged items of at least a grade, -2 elsewhere, int64 (n, j)."""
    return np.where(evidence.grades >= grade, evidence.judged, -2)


def _opposed(evidence: Ranked) -> Int64:
    """Return the positions of items of a negative grade, -2 elsewhere, int64 (n, j)."""
    return np.where(evidence.grades < 0, evidence.judged, -2)


def _holds(rows: Int64, wanted: Int64) -> Float64:
    """Return 1 for every list that holds one of the wanted items, float64 (n,)."""
    found: Bool = (rows[:, :, None] == wanted[:, None, :]).any(axis=(1, 2))
    return found.astype(np.float64)

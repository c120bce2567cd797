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
from evalkit.metrics._ranking import RankingMetric

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
        lists = [set(row[: self.k].tolist()) - {-1} for row in evidence.rows]
        found = np.ones(len(lists))
        for members in _needs(evidence).values():
            for n in members:
                others = [_jaccard(lists[n], lists[m]) for m in members if m != n]
                found[n] = 1.0 - float(np.mean(others)) if others else np.nan
        return found

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries have another formulation, bool (n,)."""
        counts = {need: len(members) for need, members in _needs(evidence).items()}
        return np.array([counts[need] > 1 for need in evidence.clusters[0].tolist()], bool)


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


def _needs(evidence: Ranked) -> dict[str, list[int]]:
    """Return the queries of each need, by position."""
    found: dict[str, list[int]] = {}
    for n, need in enumerate(evidence.clusters[0].tolist()):
        found.setdefault(need, []).append(n)
    return found


def _jaccard(one: set[int], other: set[int]) -> float:
    """Return the share of two sets that is common, 1 where both are empty."""
    return len(one & other) / len(one | other) if one or other else 1.0

"""Swap agreement: do two queries that differ in a gendered word get the same answer?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.registry import plugin
from evalkit.core.swapped import Swapped
from evalkit.metrics._swaps import COUNTER, PROTOTYPICAL
from evalkit.metrics._unit import UnitMetric
from evalkit.ranking.agreement import check_persistence, jaccard, rbo


class _Agreement(UnitMetric[Swapped]):
    """How alike the lists of the prototypical and the counter query are; the order is free."""

    __slots__ = ()

    evidence_kind: ClassVar[str] = "swaps"

    def scorable(self, evidence: Swapped) -> Bool:
        """Return which triples count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def values(self, evidence: Swapped) -> Float64:
        """Return the agreement, float64 (n,); NaN where neither query found anything."""
        one, other = (evidence.rows[:, n, : self.depth] for n in (PROTOTYPICAL, COUNTER))
        found = np.any((one >= 0) | (other >= 0), axis=1)
        return np.where(found, self.agreement(one, other), np.nan)

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return how alike two lists are, 0 to 1, float64 (n,)."""
        raise NotImplementedError


@plugin("metrics", "swap_rbo")
@dataclass(frozen=True, slots=True)
class SwapRbo(_Agreement):
    """How alike the results stay when a gendered word is swapped, first places most, 0 to 1.

    More is better where the answer should not depend on gender ("his resume", "her resume"); where
    it should, it says nothing. Extrapolated rank-biased overlap of the top k of the prototypical
    and the counter query. p: how slowly the weight of a place falls; at 0.9 the first ten places
    hold 86 %. 0 where one of them found nothing, NaN where neither did. Source: Webber, Moffat and
    Zobel 2010, RBO_ext.
    """

    k: int
    p: float = 0.9
    word: ClassVar[str] = "swap_rbo"
    unit: ClassVar[str] = "overlap"

    def __post_init__(self) -> None:
        """Refuse a cut-off that is no place, and a weight that does not fall."""
        UnitMetric.__post_init__(self)
        check_persistence(self.p)

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return the rank-biased overlap, float64 (n,)."""
        return rbo(one, other, self.p)


@plugin("metrics", "swap_jaccard")
@dataclass(frozen=True, slots=True)
class SwapJaccard(_Agreement):
    """Share of the items found for either of two swapped queries that both find, 0 to 1.

    More is better where the answer should not depend on gender. Of the top k of the prototypical
    and the counter query; order does not count. 0 where one of them found nothing, NaN where
    neither did. Source: Jaccard 1901.
    """

    k: int
    word: ClassVar[str] = "swap_jaccard"
    unit: ClassVar[str] = "share of items"

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return the share of common items, float64 (n,)."""
        return jaccard(one, other)


@plugin("metrics", "swap_top1")
@dataclass(frozen=True, slots=True)
class SwapTop1(_Agreement):
    """Whether two swapped queries have the same first result, 0 or 1; more is better.

    Of the prototypical and the counter query, where the answer should not depend on gender. 0 where
    one of them found nothing, NaN where neither did.
    """

    word: ClassVar[str] = "swap_top1"
    unit: ClassVar[str] = "share of pairs of queries"
    depth: ClassVar[int] = 1

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return 1 where the first results are the same, float64 (n,)."""
        return np.asarray((one == other).all(axis=1), np.float64)

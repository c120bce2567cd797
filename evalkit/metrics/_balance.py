"""What metrics of balance share: the lists they look at, who is scored, and what chance gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.results import Scores
from evalkit.metrics._balance_chance import are_hard, first_chances
from evalkit.metrics._overall import OverallMetric
from evalkit.metrics._unit import UnitMetric
from evalkit.stats.label_shuffles import shuffled

_NUMBERS_AT_ONCE = 1 << 21
_FOR_A_MEAN = 200
"""How many draws the mean of a query is taken over; a summary averages over many queries."""
_FOR_AN_EXCESS = 50
"""How many draws an excess of all queries together is taken over, each of them resampled."""
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The first k places of every list, as they are or with labels by chance.

    member: float64 (..., n, k, groups), how far the item at each place belongs to each group.
    there: bool (n, k), which places hold an item. evidence: what the lists are from.
    """

    member: Float64
    there: Bool
    evidence: Balanced

    @property
    def counts(self) -> Float64:
        """How many items of each group are listed, float64 (..., n, groups)."""
        found: Float64 = self.member.sum(axis=-2)
        return found

    @property
    def target(self) -> Float64:
        """The target of each query, float64 (n, groups)."""
        return self.evidence.target


def shown(evidence: Balanced, k: int) -> Lists:
    """Return the first k places as they are."""
    rows = evidence.rows[:, :k]
    return Lists(_members(evidence)[rows], rows >= 0, evidence)


def by_chance(
    evidence: Balanced, k: int, rng: np.random.Generator, most: int | None = None
) -> Iterator[Lists]:
    """Yield blocks of draws of the first k places with labels by chance, (draws, n, k, groups).

    most: how many draws there are at most, all where not given.
    """
    borrowed, members = shuffled(evidence, rng)[:most, :, :k], _members(evidence)
    numbers = borrowed[0].size * len(evidence.groups)
    step = max(1, _NUMBERS_AT_ONCE // max(numbers, 1))
    there = evidence.rows[:, :k] >= 0
    for start in range(0, len(borrowed), step):
        yield Lists(members[borrowed[start : start + step]], there, evidence)


def _members(evidence: Balanced) -> Float64:
    """Return the groups of every item, and at last of a place that holds none."""
    return np.vstack([evidence.member, np.zeros((1, len(evidence.groups)))])


def shares(counts: Float64) -> Float64:
    """Return counts as shares of what is labelled, float64 (..., groups), NaN without any."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Float64 = counts / counts.sum(axis=-1, keepdims=True)
    return found


class BalanceMetric(UnitMetric[Balanced]):
    """A number on how groups are spread over the top k of each neutral query.

    A query is not scored, NaN, where fewer of its listed places are labelled than the coverage of
    the task asks for, or none is, or where it has no target. `null` draws the summary with labels
    shuffled within each pool.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "balance"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    aims: ClassVar[bool] = True
    """Whether it holds lists against the target of the task."""
    aim: ClassVar[str] = ""
    """What it holds lists against instead, in words."""
    covered: ClassVar[bool] = True
    """Whether a list needs enough labelled places."""
    k: int

    @property
    def reach(self) -> int:
        """How many places are read; those beyond k only where it looks for who would follow."""
        return self.k

    def columns_of(self, lists: Lists) -> Mapping[str, Float64]:
        """Return the columns of the scores of some lists, float64 (..., n) each."""
        raise NotImplementedError

    def columns(self, evidence: Balanced) -> Mapping[str, Float64]:
        """Return the columns of the scores, NaN where too few of the places are labelled."""
        return self._seen(evidence, self.columns_of(shown(evidence, self.reach)))

    def scorable(self, evidence: Balanced) -> Bool:
        """Return which queries name no group, can find labelled items and have a target, (n,)."""
        able = (evidence.named < 0) & (evidence.pool @ evidence.member > 0).any(axis=1)
        return able & np.isfinite(evidence.target).all(axis=1) if self.aims else able

    def null(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the summary under labels shuffled within each query's pool, float64 (draws,)."""
        able, found = self.scorable(evidence), []
        for lists in by_chance(evidence, self.reach, rng):
            drawn = self._seen(evidence, self.columns_of(lists))
            columns = {name: np.where(able, c, np.nan).T for name, c in drawn.items()}
            scores = Scores(evidence.ids, evidence.clusters, columns)
            found.append(self.summary(scores, np.ones((1, len(able))))[0])
        return np.concatenate(found)

    def _seen(self, evidence: Balanced, found: Mapping[str, Float64]) -> dict[str, Float64]:
        """Return columns with NaN for lists that are empty or have too few labelled places."""
        lists = shown(evidence, self.k)
        places, labelled = lists.there.sum(axis=1), lists.counts.sum(axis=1)
        enough = places > 0
        if self.covered:
            enough &= (labelled > 0) & (labelled >= evidence.coverage * places - _SLACK)
        return {name: np.where(enough, column, np.nan) for name, column in found.items()}


class ListMetric(BalanceMetric):
    """A number per list, of which chance gives another one to each query."""

    __slots__ = ()

    def of(self, lists: Lists) -> Float64:
        """Return the number of every list, float64 (..., n)."""
        raise NotImplementedError

    def columns_of(self, lists: Lists) -> Mapping[str, Float64]:
        """Return the one column `value`."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"value": self.of(lists)}

    def expected(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the mean of each query under shuffled labels, float64 (n,), NaN if not scored."""
        total = np.zeros(len(evidence.ids))
        for lists in by_chance(evidence, self.reach, rng, _FOR_A_MEAN):
            drawn = self._seen(evidence, self.columns_of(lists))["value"]
            total += drawn.sum(axis=0)
        return np.where(self.scorable(evidence), total / _FOR_A_MEAN, np.nan)


class CountMetric(ListMetric):
    """A number that depends on how many of each group are listed, and on no order.

    With two groups and hard labels, what chance gives is exact: the number of the first group
    follows the hypergeometric distribution within the pool.
    """

    __slots__ = ()

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the number of lists that hold so many, (..., groups) twice -> (...)."""
        raise NotImplementedError

    def among(self, evidence: Balanced, counts: Float64, target: Float64) -> Float64:
        """Return what `of_counts` does, for a metric that must know the groups."""
        return self.of_counts(counts, target)

    def of(self, lists: Lists) -> Float64:
        """Return the number of every list, float64 (..., n)."""
        return self.among(lists.evidence, lists.counts, lists.target)

    def expected(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the mean of each query under shuffled labels, float64 (n,), NaN if not scored."""
        if len(evidence.groups) != 2 or not are_hard(evidence):
            return super().expected(evidence, rng)
        found = np.full(len(evidence.ids), np.nan)
        scored = np.isfinite(self.per_unit(evidence).columns["value"])
        for query in np.flatnonzero(scored).tolist():
            chances = first_chances(evidence, query, self.k)
            first = np.arange(len(chances), dtype=np.float64)
            counts = np.stack([first, first[::-1]], axis=1)
            found[query] = chances @ self.among(evidence, counts, evidence.target[query])
        return found


class PooledMetric(BalanceMetric, OverallMetric[Balanced]):
    """One number of all queries together, from columns that each query adds to.

    The excess is the number minus its mean over draws by chance. Queries are resampled with the
    same weights in both: resampling raises a largest minus a smallest of noisy rates, and does so
    alike in both. The interval is wider than it need be. Simulated with 192 queries of ten places
    in 48 clusters, 90 % intervals of `equal_opportunity_gap` and `retrievability_ratio` held the
    truth in 99 % of runs without a lean, in 95.5 % with one of 0.4 standard deviations.
    """

    __slots__ = ()

    linear: ClassVar[bool] = False
    """Whether it is linear in what chance moves, so that the mean over draws may be taken first."""

    def drawn(self, evidence: Balanced, rng: np.random.Generator) -> Iterator[Scores]:
        """Yield the scores that labels shuffled within each query's pool give, some draws of them.

        One piece of scores, the mean over all draws, where the number is linear in them.
        """
        most = None if self.linear else _FOR_AN_EXCESS
        able, found = self.scorable(evidence), []
        for lists in by_chance(evidence, self.reach, rng, most):
            drawn = self._seen(evidence, self.columns_of(lists))
            found.append({name: np.where(able, c, np.nan) for name, c in drawn.items()})
        every = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        for n in range(1 if self.linear else len(next(iter(every.values())))):
            columns = {c: v.mean(axis=0) if self.linear else v[n] for c, v in every.items()}
            yield Scores(evidence.ids, evidence.clusters, columns)

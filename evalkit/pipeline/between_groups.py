"""Between the groups of a tag: how well the worst one is served, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.metric import Metric
from evalkit.core.results import CLEAN, Cell, Estimate, EstimateKind, Measured, Scores
from evalkit.pipeline.estimate import Units
from evalkit.pipeline.requests import Members, Slice
from evalkit.stats import bootstrap_weights
from evalkit.stats.extremes import least

LEAST = 30
"""A group of fewer units takes no part: the worst of all would be the smallest of all."""
_DRAWS, _SHUFFLES, _BLOCKS = 2_000, 999, 9
_NUMBERS = 20_000_000
"""Draws times units, at most: beyond 10,000 units there are fewer draws."""
_PLACES = 9
_SLACK = 1e-12


def between_groups(
    units: Units, measured: Mapping[tuple[Cell, str], Measured], tags: Sequence[str], seed: int
) -> Iterator[Estimate]:
    """Yield, for each tag and clean score of a case, the worst group and the spread.

    `worst_group`: the mean of the worst group, corrected for the bias that the worst of noisy means
    has, with a 90 % interval; group names it. `spread`: the largest mean minus the smallest, low
    and high being what 90 % of shuffles of the groups give, and p the share of shuffles that spread
    as far (+1 in both counts). Groups under 30 units and unknown ones take no part.
    """
    metrics, members = {m.name: m for m in units.metrics}, Members(units.items)
    mine = [m for (c, _), m in measured.items() if c.case == units.case and c.probe == CLEAN]
    if not mine:
        return
    clusters = mine[0].scores.clusters
    draws = min(_DRAWS, _NUMBERS // len(units.items))
    weights = np.concatenate(list(bootstrap_weights(clusters, draws, seed)))
    for tag in dict.fromkeys(tags):
        slices = tuple(part for part in members.groups(tag) if not part.unknown)
        if len(slices) > 1:
            member = np.stack([members(part) for part in slices], axis=1)
            groups = _Groups(slices, member, _shuffles(member, clusters, seed))
            for alike in groups.alike(mine):
                yield from groups.estimates(alike, metrics[alike[0].metric], weights)


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groups of a tag. member: bool (n, groups), which units are in which.

    shuffles: int64 (shuffles, n), whose groups each unit has by chance.
    """

    slices: tuple[Slice, ...]
    member: Bool
    shuffles: Int64

    def alike(self, mine: Sequence[Measured]) -> Collection[list[Measured]]:
        """Return scores in lists of one metric and of the same groups that are large enough."""
        found: dict[tuple[object, ...], list[Measured]] = {}
        for one in mine:
            large = tuple(np.flatnonzero(self._counts(one) >= LEAST).tolist())
            if len(large) > 1:
                found.setdefault((one.metric, *one.scores.columns, large), []).append(one)
        return found.values()

    def estimates(
        self, alike: Sequence[Measured], metric: Metric, weights: Float64
    ) -> Iterator[Estimate]:
        """Yield the worst group and the spread of scores that are alike, all worked out at once."""
        first, large = alike[0].scores, np.flatnonzero(self._counts(alike[0]) >= LEAST)
        only = _Groups(
            tuple(self.slices[n] for n in large.tolist()), self.member[:, large], self.shuffles
        )
        columns = {
            name: np.stack(
                [np.where(_usable(m), m.scores.columns[name], np.nan) for m in alike], axis=1
            )
            for name in first.columns
        }
        scores = Scores(first.ids, first.clusters, columns)
        values = only.means(scores, metric, np.ones((1, len(self.member))))[0]
        drawn, chance = only.means(scores, metric, weights), only.by_chance(scores, metric)
        for n, one in enumerate(alike):
            if np.isfinite(values[:, n]).all():
                least_units = int(self._counts(one)[large].min())
                yield only.worst(one, metric, values[:, n], drawn[:, :, n], least_units)
                yield only.spread(one, values[:, n], chance[:, n])

    def _counts(self, one: Measured) -> Int64:
        """Return how many units of each group have a score, int64 (groups,)."""
        return np.asarray((self.member & _usable(one)[:, None]).sum(axis=0))

    def means(self, scores: Scores, metric: Metric, weights: Float64) -> Float64:
        """Return the summaries of each group under each row of weights, float64 (B, groups, J)."""
        return np.stack([metric.summary(scores, weights * g) for g in self.member.T], axis=1)

    def by_chance(self, scores: Scores, metric: Metric) -> Float64:
        """Return the spreads under shuffled groups, float64 (shuffles, J)."""
        found = [np.empty((0, len(next(iter(scores.columns.values())).T)))]
        for some in np.array_split(self.shuffles, _BLOCKS) if len(self.shuffles) else ():
            moved = self.member[some].astype(np.float64)
            means = [metric.summary(scores, moved[:, :, g]) for g in range(moved.shape[2])]
            found.append(np.ptp(np.stack(means), axis=0))
        return np.concatenate(found)

    def worst(
        self, one: Measured, metric: Metric, values: Float64, drawn: Float64, n: int
    ) -> Estimate:
        """Return the mean of the group that is served worst."""
        if metric.better == "zero":
            values, drawn = np.abs(values), np.abs(drawn)
        sign = 1.0 if metric.better == "high" else -1.0
        drawn = drawn[np.isfinite(drawn).all(axis=1)]
        value, *ends = (sign * number for number in least(sign * values, sign * drawn))
        place = int((sign * values).argmin())
        return self._estimate(
            "worst_group", one, str(self.slices[place]), (value, min(ends), max(ends)), n,
            float("nan"), "bootstrap of the worst",
        )  # fmt: skip

    def spread(self, one: Measured, values: Float64, chance: Float64) -> Estimate:
        """Return the largest mean minus the smallest, beside what shuffled groups give."""
        value, low, high, p = float(np.ptp(values)), np.nan, np.nan, np.nan
        chance = chance[np.isfinite(chance)]
        if len(chance):
            low, high = np.quantile(chance, (0.05, 0.95)).tolist()
            p = (1 + int((chance >= value - _SLACK).sum())) / (1 + len(chance))
        return self._estimate(
            "spread", one, "", (value, low, high), len(values), p,
            "shuffled groups",
        )  # fmt: skip

    def _estimate(
        self, kind: EstimateKind, one: Measured, group: str, numbers: tuple[float, float, float],
        n: int, p: float, method: str,
    ) -> Estimate:  # fmt: skip
        """Return an estimate, its numbers rounded."""
        value, low, high, p = (round(float(x), _PLACES) + 0.0 for x in (*numbers, p))
        against = f"groups of {self.slices[0].group}"
        return Estimate(kind, one.cell, against, one.metric, group, value, low, high, n, p, method)


def _usable(one: Measured) -> Bool:
    """Return which units could be scored and were, bool (n,)."""
    finite = [np.isfinite(column) for column in one.scores.columns.values()]
    return np.asarray(one.eligible & np.all(finite, axis=0))


def _shuffles(member: Bool, clusters: Sequence[np.ndarray], seed: int) -> Int64:
    """Return whose groups each unit has in each shuffle, int64 (shuffles, n).

    Units of one need change groups among themselves where the need has several groups; other needs
    change groups as a whole. No shuffle where units belong to clusters of more than one kind.
    """
    if len(clusters) != 1:
        return np.empty((0, len(member)), np.int64)
    _, need = np.unique(clusters[0].astype(str), return_inverse=True)
    first = np.unique(need, return_index=True)[1]
    several = np.zeros(len(first), bool)
    np.logical_or.at(several, need, (member != member[first[need]]).any(axis=1))
    times, rng = min(_SHUFFLES, _NUMBERS // len(member)), np.random.default_rng(seed)
    found = np.tile(np.arange(len(member)), (times, 1))
    inside = np.flatnonzero(several[need])
    inside = inside[np.argsort(need[inside], kind="stable")]
    drawn = np.argsort(need[inside] + rng.random((times, len(inside))), axis=1)
    found[:, inside] = inside[drawn]
    whole = np.flatnonzero(~several)
    other = whole[np.argsort(rng.random((times, len(whole))), axis=1)]
    apart, place = np.flatnonzero(~several[need]), np.cumsum(~several) - 1
    found[:, apart] = first[other[:, place[need[apart]]]]
    return found

"""Requests made ready for resampling: which scores of which units are compared with which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.metric import Metric
from evalkit.core.results import Cell, Measured, Scores, StoredScores
from evalkit.pipeline.requests import Members, Request, Slice

_SHARED = 30
"""Groups are compared on the needs that all of them share where there are this many."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Where scores are looked up: of this run, and of stored runs by name.

    chance: what chance gives, for metrics that know it: one piece of scores, on average for each
    unit, or several draws.
    """

    measured: Mapping[tuple[Cell, str], Measured]
    stored: Mapping[str, StoredScores]
    chance: Mapping[tuple[Cell, str], Sequence[Measured]] = field(default_factory=dict)

    def find(self, cell: Cell | None, metric: str, run: str) -> Measured | None:
        """Return the scores of a cell, None where nothing was measured."""
        if cell is None:
            return None
        place = self.stored[run].measured if run else self.measured
        return place.get((cell, metric))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The scores of some units, NaN for all others. eligible, units: bool (n,)."""

    scores: Scores
    eligible: Bool
    units: Bool

    @classmethod
    def of(cls, found: Measured, mask: Bool, scored: Bool | None = None) -> Part:
        """Return the units of a mask that are eligible, and those of them that are scored."""
        eligible = mask & found.eligible
        return cls(
            found.scores, eligible, eligible & (_scored(found) if scored is None else scored)
        )

    def masked(self, column: str) -> Float64:
        """Return a column with NaN for the units that are not meant, float64 (n,)."""
        return np.where(self.units, self.scores.columns[column], np.nan)

    @property
    def clusters(self) -> int:
        """How many independent clusters its units form, by the label array that has fewest."""
        return min((len(np.unique(c[self.units])) for c in self.scores.clusters), default=0)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One estimate made ready: the sum of weight times summary over its terms.

    A value has one term, a comparison two of opposite weight, a mean of drops two for each drop.
    """

    request: Request
    metric: Metric
    terms: tuple[tuple[float, Part], ...]
    note: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The part of every term."""
        return tuple(part for _, part in self.terms)

    @property
    def compares(self) -> bool:
        """Whether it is a comparison, not a value."""
        return len(self.terms) > 1

    @property
    def distances(self) -> bool:
        """Whether distances from zero, which is best, are compared, not the signed numbers."""
        return self.compares and self.metric.better == "zero" and self.request.kind != "excess"

    def worth(self, summary: Float64) -> Float64:
        """Return what a term's summary adds before its weight."""
        return np.abs(summary) if self.distances else summary


def _scored(found: Measured) -> Bool:
    """Return which units have a score in every column, bool (n,)."""
    columns = np.stack(list(found.scores.columns.values()))
    return np.asarray(np.all(np.isfinite(columns), axis=0))


def make_job(request: Request, metric: Metric, pool: Pool, members: Members) -> Job | None:
    """Return the job of a request, None where a cell that it needs was not measured."""
    mask = members(request.part)
    toward = 1.0 if metric.better == "high" else -1.0
    if request.over:
        return _mean_job(request, metric, pool, mask, toward)
    this = pool.find(request.cell, request.metric, "")
    if this is None:
        return None
    if request.kind == "value":
        return Job(request, metric, ((1.0, Part.of(this, mask)),))
    if request.kind == "gap":
        return _gap_job(request, metric, this, members, toward)
    if request.kind == "excess":
        expected = pool.chance.get((request.cell, request.metric), ())
        return Job(request, metric, _beyond(this, expected, mask)) if expected else None
    other = pool.find(request.other, request.metric, request.run)
    if other is None:
        return None
    other = _in_order(other, this.scores.ids)
    first, second = (this, other) if request.kind == "advantage" else (other, this)
    return Job(request, metric, _paired(first, second, mask, toward))


def _paired(
    first: Measured, second: Measured, mask: Bool, weight: float
) -> tuple[tuple[float, Part], ...]:
    """Return the terms of weight times (first - second), over units that count in both."""
    both, scored = mask & first.eligible & second.eligible, _scored(first) & _scored(second)
    plus, minus = (Part.of(found, both, scored) for found in (first, second))
    return (weight, plus), (-weight, minus)


def _beyond(
    this: Measured, chance: Sequence[Measured], mask: Bool
) -> tuple[tuple[float, Part], ...]:
    """Return the terms of a value minus the mean of what chance gives, over the same units.

    All are resampled with the same weights, so that what resampling adds to a largest minus a
    smallest is taken off again.
    """
    both = [_paired(this, one, mask, 1.0) for one in chance]
    return both[0][0], *((weight / len(both), part) for _, (weight, part) in both)


def _mean_job(
    request: Request, metric: Metric, pool: Pool, mask: Bool, toward: float
) -> Job | None:
    """Return the weighted mean of the drops from a clean cell to others, None where one lacks.

    The mean drop of a group leaves out probes that change other units and none of the group; an
    area does not, since a curve with a gap has none.
    """
    clean = pool.find(request.other, request.metric, "")
    drops: list[tuple[float, Measured]] = []
    for probe, weight in request.over:
        found = pool.find(replace(request.cell, probe=probe), request.metric, "")
        if clean is None or found is None:
            return None
        if request.kind != "mean_drop" or not _elsewhere(clean.eligible & found.eligible, mask):
            drops.append((weight, found))
    if clean is None or not drops:
        return None
    scale, whole = sum(weight for weight, _ in drops), sum(weight for _, weight in request.over)
    terms = [
        term
        for weight, found in drops
        for term in _paired(clean, found, mask, toward * weight * whole / scale)
    ]
    fewer = len(drops) < len(request.over)
    note = f", over the {len(drops)} of {len(request.over)} that change the group" if fewer else ""
    return Job(request, metric, tuple(terms), note)


def _elsewhere(counted: Bool, mask: Bool) -> bool:
    """Return whether units count, but none of those that are meant."""
    return bool(counted.any() and not (counted & mask).any())


def _in_order(found: Measured, ids: tuple[str, ...]) -> Measured:
    """Return stored scores in another order of units; units that it lacks are not eligible."""
    if found.scores.ids == ids:
        return found
    place = {name: n for n, name in enumerate(found.scores.ids)}
    at = np.array([place.get(name, -1) for name in ids], np.int64)
    columns = {n: np.where(at >= 0, c[at], np.nan) for n, c in found.scores.columns.items()}
    scores = Scores(ids, tuple(c[at] for c in found.scores.clusters), columns)
    return Measured(found.cell, found.metric, scores, found.eligible[at] & (at >= 0))


def _gap_job(
    request: Request, metric: Metric, this: Measured, members: Members, toward: float
) -> Job:
    """Return the gap of a group: the rest minus the group.

    Where at least 30 clusters occur in every group of 30 units or more, only those are compared, so
    that all groups answer for the same needs.
    """
    part = request.part
    within = this.eligible & members(Slice(where=part.where))
    slices = members.groups(part.group)
    groups = [members(s) & within for s in slices]
    large = [g for g, s in zip(groups, slices, strict=True) if g.sum() >= _SHARED and not s.unknown]
    shared = _shared(this.scores.clusters[0], large)
    if shared:
        within = within & np.isin(this.scores.clusters[0], shared)
    group = members(part) & within
    rest: Bool = np.any(groups, axis=0) & ~group & within
    note = f", on the {len(shared)} needs that all groups share" if shared else ""
    terms = (toward, Part.of(this, rest)), (-toward, Part.of(this, group))
    return Job(request, metric, terms, note)


def _shared(clusters: np.ndarray, groups: Sequence[Bool]) -> list[str]:
    """Return the clusters that occur in every group, [] where they are fewer than 30."""
    if len(groups) < 2:
        return []
    shared = set.intersection(*(set(clusters[g].tolist()) for g in groups))
    return sorted(shared) if len(shared) >= _SHARED else []

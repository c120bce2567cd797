"""Stage 3: scores to values, drops, gaps and comparisons, all with intervals, each made once.

All estimates of a case and metric are resampled with the same blocks of weights, so that every
comparison is paired. Numbers are rounded to nine places, which makes them independent of the
number of threads that added them up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.items import Item
from evalkit.core.protocols import Metric
from evalkit.core.results import Cell, Estimate, Measured, Scores, StoredScores
from evalkit.pipeline.requests import Members, Request
from evalkit.stats import (
    Interval,
    Sample,
    bootstrap_weights,
    interval,
    leave_one_out_weights,
    sign_flip,
)

_PLACES = 9
_LEAST_DRAWS, _MOST_DRAWS, _DRAWS_PER_GATE = 2_000, 10_000, 40
_JACKKNIFE_UP_TO = 5_000
_PAIRED_CLUSTERS = 30
_PAIRED = frozenset({"drop", "loss", "advantage", "regression"})


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate with what gates need besides: its interval object and the units behind it.

    interval: None where no gate asks for it, since it holds every bootstrap draw. eligible: units
    that could count; scored: those of them that have a score. clusters: how many independent
    clusters the scored units form.
    """

    estimate: Estimate
    interval: Interval | None
    eligible: int
    scored: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a case: its name, metrics and queries, in the order of its scores."""

    case: str
    metrics: tuple[Metric, ...]
    queries: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """Where scores are looked up: of this run, and of stored runs by name."""

    measured: Mapping[tuple[Cell, str], Measured]
    stored: Mapping[str, StoredScores]

    def find(self, cell: Cell | None, metric: str, run: str) -> Measured | None:
        """Return the scores of a cell, None where nothing was measured."""
        if cell is None:
            return None
        place = self.stored[run].measured if run else self.measured
        return place.get((cell, metric))


def draws_for(gates: int) -> int:
    """Return how many bootstrap draws a suite with that many verdicts takes."""
    return min(max(_LEAST_DRAWS, _DRAWS_PER_GATE * gates), _MOST_DRAWS)


def estimate(
    cases: Sequence[Units],
    pool: Pool,
    requests: Iterable[Request],
    draws: int,
    seed: int,
    gated: Collection[Request] = (),
) -> dict[Request, Estimated]:
    """Return every requested estimate that can be made; others are absent.

    gated: the requests whose interval objects are kept, for gates to ask.
    """
    wanted: dict[tuple[str, str], dict[Request, None]] = {}
    for request in requests:
        wanted.setdefault((request.cell.case, request.metric), {})[request] = None
    done: dict[Request, Estimated] = {}
    for number, case in enumerate(cases):
        clusters, members = _clusters(pool, case.case), Members(case.queries)
        for metric in case.metrics:
            mine = wanted.get((case.case, metric.name), {})
            jobs = [j for r in mine if (j := _job(r, metric, pool, members)) is not None]
            made = _resampled(jobs, clusters, draws, seed + 7919 * number)
            done |= {r: e if r in gated else replace(e, interval=None) for r, e in made.items()}
    return done


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The scores of some units, NaN for all others; units: bool (n,)."""

    scores: Scores
    units: Bool

    def masked(self, column: str) -> Float64:
        """Return a column with NaN for the units that are not meant, float64 (n,)."""
        return np.where(self.units, self.scores.columns[column], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One estimate made ready: `sign * (summary of plus - summary of minus)`.

    minus is None for a value. eligible: how many units could count.
    """

    request: Request
    metric: Metric
    plus: _Part
    minus: _Part | None
    sign: float
    eligible: int
    note: str = ""

    @property
    def behind(self) -> _Part:
        """The scores and units that the estimate rests on; for a gap those of the group."""
        return self.plus if self.minus is None else self.minus


def _scored(found: Measured) -> Bool:
    """Return which eligible units have a score in every column, bool (n,)."""
    columns = np.stack(list(found.scores.columns.values()))
    scored: Bool = found.eligible & np.all(np.isfinite(columns), axis=0)
    return scored


def _job(request: Request, metric: Metric, pool: Pool, members: Members) -> _Job | None:
    """Return the job of a request, None where a cell that it needs was not measured."""
    this = pool.find(request.cell, request.metric, "")
    if this is None:
        return None
    mask = members(request.group, request.where)
    toward = -1.0 if metric.better == "low" else 1.0
    if request.kind == "value":
        part = _Part(this.scores, mask & _scored(this))
        return _Job(request, metric, part, None, 1.0, int((mask & this.eligible).sum()))
    if request.kind == "gap":
        return _gap_job(request, metric, this, members, toward)
    other = pool.find(request.other, request.metric, request.run)
    if other is None:
        return None
    other = _in_order(other, this.scores.ids)
    both = mask & this.eligible & other.eligible
    units: Bool = both & _scored(this) & _scored(other)
    first, second = (this, other) if request.kind == "advantage" else (other, this)
    plus, minus = _Part(first.scores, units), _Part(second.scores, units)
    return _Job(request, metric, plus, minus, toward, int(both.sum()))


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
) -> _Job:
    """Return the gap of a group: the rest minus the group.

    Where at least 30 clusters occur in every group, only those are compared, so that all groups
    answer for the same needs.
    """
    tag = request.group.partition("=")[0]
    mask = members(request.group, request.where)
    scored = _scored(this) & members("", request.where)
    groups = [members(label, "") & scored for label in members.groups(tag)]
    shared = _shared(this.scores.clusters[0], [g for g in groups if g.any()])
    within = np.isin(this.scores.clusters[0], shared) if shared else np.ones(len(mask), bool)
    in_any: Bool = np.any(groups, axis=0)
    group: Bool = mask & scored & within
    rest: Bool = in_any & ~mask & within
    note = f", on the {len(shared)} needs that all groups share" if shared else ""
    eligible = int((mask & this.eligible & within).sum())
    plus, minus = _Part(this.scores, rest), _Part(this.scores, group)
    return _Job(request, metric, plus, minus, toward, eligible, note)


def _shared(clusters: np.ndarray, groups: Sequence[Bool]) -> list[str]:
    """Return the clusters that occur in every group, [] where they are fewer than 30."""
    if not groups:
        return []
    shared = set.intersection(*(set(clusters[g].tolist()) for g in groups))
    return sorted(shared) if len(shared) >= _PAIRED_CLUSTERS else []


def _clusters(pool: Pool, case: str) -> tuple[np.ndarray, ...]:
    """Return the cluster labels of a case's units, which all of its scores share."""
    return next((m.scores.clusters for (c, _), m in pool.measured.items() if c.case == case), ())


def _resampled(
    jobs: Sequence[_Job], clusters: Sequence[np.ndarray], draws: int, seed: int
) -> dict[Request, Estimated]:
    """Return the estimates of jobs that share their units, resampled with the same weights."""
    if not jobs:
        return {}
    drawn = _statistics(jobs, bootstrap_weights(clusters, draws, seed))
    values = _statistics(jobs, [np.ones((1, len(clusters[0])))])[0]
    left_out = _left_out(jobs, clusters)
    chances = _sign_flips([j for j in jobs if j.request.kind in _PAIRED], clusters, seed)
    return {
        job.request: _finished(
            job, float(values[n]), drawn[:, n], None if left_out is None else left_out[:, n],
            chances.get(job.request, float("nan")),
        )
        for n, job in enumerate(jobs)
    }  # fmt: skip


def _statistics(jobs: Sequence[_Job], blocks: Iterable[Float64]) -> Float64:
    """Return every job's estimate under every row of weights, float64 (B, jobs)."""
    parts = list(dict.fromkeys(p for job in jobs for p in (job.plus, job.minus) if p is not None))
    place = {part: n for n, part in enumerate(parts)}
    metric, first = jobs[0].metric, jobs[0].plus.scores
    columns = {c: np.stack([p.masked(c) for p in parts], axis=1) for c in first.columns}
    stacked = Scores(first.ids, first.clusters, columns)
    summaries = np.concatenate([metric.summary(stacked, block) for block in blocks])
    found = np.empty((len(summaries), len(jobs)))
    for n, job in enumerate(jobs):
        minus = 0.0 if job.minus is None else summaries[:, place[job.minus]]
        found[:, n] = job.sign * (summaries[:, place[job.plus]] - minus)
    return found


def _left_out(jobs: Sequence[_Job], clusters: Sequence[np.ndarray]) -> Float64 | None:
    """Return each statistic with one cluster left out, (clusters, jobs), up to 5,000 clusters."""
    if sum(len(np.unique(c)) for c in clusters) > _JACKKNIFE_UP_TO:
        return None
    return _statistics(jobs, leave_one_out_weights(clusters))


def _sign_flips(
    jobs: Sequence[_Job], clusters: Sequence[np.ndarray], seed: int
) -> dict[Request, float]:
    """Return the two-sided sign-flip p-values of the paired comparisons of one-column metrics."""
    ready = [j for j in jobs if j.minus is not None and list(j.plus.scores.columns) == ["value"]]
    if not ready:
        return {}
    differences = [
        j.sign * (j.plus.masked("value") - j.minus.masked("value")) for j in ready if j.minus
    ]
    found = np.atleast_1d(sign_flip(np.stack(differences, axis=1), clusters, seed))
    return {job.request: float(p) for job, p in zip(ready, found, strict=True)}


def _finished(
    job: _Job, value: float, drawn: Float64, left_out: Float64 | None, chance: float
) -> Estimated:
    """Return the estimate of a job from its bootstrap draws."""
    request = job.request
    low_end, high_end = job.metric.range
    if request.kind != "value":
        low_end, high_end = low_end - high_end, high_end - low_end
    units = int(job.behind.units.sum())
    clusters = len(np.unique(job.behind.scores.clusters[0][job.behind.units]))
    made = interval(
        Sample(value, drawn, left_out, units, clusters, _binary(job), low_end, high_end)
    )
    group = " & ".join(filter(None, (request.group, request.where)))
    found = Estimate(
        request.kind, request.cell, request.against, request.metric, group,
        _rounded(value), _rounded(made.low), _rounded(made.high), units, _rounded(chance),
        made.method + job.note,
    )  # fmt: skip
    return Estimated(found, made, job.eligible, units, clusters)


def _binary(job: _Job) -> bool:
    """Return whether a value is the share of ones among units that are 0 or 1."""
    columns = job.plus.scores.columns
    if job.minus is not None or list(columns) != ["value"]:
        return False
    return bool(np.isin(columns["value"][job.plus.units], (0.0, 1.0)).all())


def _rounded(number: float) -> float:
    """Return a number to nine places, without a negative zero."""
    return round(number, _PLACES) + 0.0

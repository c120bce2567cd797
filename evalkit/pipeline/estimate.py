"""Stage 3: scores to values, drops, gaps and comparisons, all with intervals, each made once.

All estimates of a case and metric are resampled with the same blocks of weights, so that every
comparison is paired. Numbers are rounded to nine places, which makes them independent of the
number of threads that added them up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.items import Item
from evalkit.core.metric import Metric
from evalkit.core.results import Estimate, Scores
from evalkit.pipeline.jobs import Job, Part, Pool, make_job
from evalkit.pipeline.requests import Members, Request
from evalkit.stats import (
    Interval,
    Sample,
    bootstrap_weights,
    interval,
    leave_one_out_weights,
    sign_flip,
    swap_sides,
)

_PLACES = 9
_LEAST_DRAWS, _MOST_DRAWS, _DRAWS_PER_GATE = 2_000, 10_000, 40
_JACKKNIFE_UP_TO = 5_000
_JOBS_AT_ONCE = 1_000
_COMPARISON = 2
"""How many terms a comparison of two things has."""
_Term = tuple[int, float, Part]
"""A job by its place, a weight, and the units and scores that it is of."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate with what gates need besides: its interval object and the units behind it.

    interval: None where no gate asks for it, since it holds every bootstrap draw. eligible: units
    that could count, on the smaller side of a comparison. lost: eligible units without a score.
    share: the scored share of the eligible ones, on the worse side.
    """

    estimate: Estimate
    interval: Interval | None
    eligible: int
    lost: int
    share: float


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a case: its name, metrics, and the items behind its scores, in their order."""

    case: str
    metrics: tuple[Metric, ...]
    items: tuple[Item, ...]


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
    wanted: dict[str, dict[Request, None]] = {case.case: {} for case in cases}
    for request in requests:
        wanted[request.cell.case][request] = None
    done: dict[Request, Estimated] = {}
    for number, case in enumerate(cases):
        metrics, members = {m.name: m for m in case.metrics}, Members(case.items)
        clusters = _clusters(pool, case.case)
        for some in _chunks(wanted[case.case]):
            made = (make_job(r, metrics[r.metric], pool, members) for r in some)
            jobs = [job for job in made if job is not None]
            found = _resampled(jobs, clusters, draws, seed + 7919 * number)
            done |= {r: e if r in gated else replace(e, interval=None) for r, e in found.items()}
    return done


def _chunks(requests: Iterable[Request]) -> Iterator[list[Request]]:
    """Yield requests in lists that bound the memory of their scores and draws."""
    rest = iter(requests)
    while some := list(islice(rest, _JOBS_AT_ONCE)):
        yield some


def _clusters(pool: Pool, case: str) -> tuple[np.ndarray, ...]:
    """Return the cluster labels of a case's units, which all of its scores share."""
    return next((m.scores.clusters for (c, _), m in pool.measured.items() if c.case == case), ())


def _resampled(
    jobs: Sequence[Job], clusters: Sequence[np.ndarray], draws: int, seed: int
) -> dict[Request, Estimated]:
    """Return the estimates of jobs that share their units, resampled with the same weights."""
    if not jobs:
        return {}
    drawn = _statistics(jobs, bootstrap_weights(clusters, draws, seed))
    values = _statistics(jobs, [np.ones((1, len(clusters[0])))])[0]
    left_out = _left_out(jobs, clusters)
    chances = _sign_flips(jobs, clusters, seed)
    return {
        job.request: _finished(
            job, float(values[n]), drawn[:, n], None if left_out is None else left_out[:, n],
            chances.get(job.request, float("nan")),
        )
        for n, job in enumerate(jobs)
    }  # fmt: skip


def _statistics(jobs: Sequence[Job], blocks: Iterable[Float64]) -> Float64:
    """Return every job's estimate under every row of weights, float64 (B, jobs)."""
    alike: dict[tuple[object, ...], list[_Term]] = {}
    for n, job in enumerate(jobs):
        for weight, part in job.terms:
            key = job.metric.name, *part.scores.columns
            alike.setdefault(key, []).append((n, weight, part))
    stacks = [(terms, _stacked(terms)) for terms in alike.values()]
    found = []
    for block in blocks:
        estimates = np.zeros((len(block), len(jobs)))
        for terms, scores in stacks:
            summaries = jobs[terms[0][0]].metric.summary(scores, block)
            for place, (n, weight, _) in enumerate(terms):
                estimates[:, n] += weight * jobs[n].worth(summaries[:, place])
        found.append(estimates)
    return np.concatenate(found)


def _stacked(terms: Sequence[_Term]) -> Scores:
    """Return the scores of terms on one metric, columns (n, terms)."""
    parts = [part for _, _, part in terms]
    first = parts[0].scores
    columns = {c: np.stack([part.masked(c) for part in parts], axis=1) for c in first.columns}
    return Scores(first.ids, first.clusters, columns)


def _left_out(jobs: Sequence[Job], clusters: Sequence[np.ndarray]) -> Float64 | None:
    """Return each statistic with one cluster left out, (clusters, jobs), up to 5,000 clusters."""
    if sum(len(np.unique(c)) for c in clusters) > _JACKKNIFE_UP_TO:
        return None
    return _statistics(jobs, leave_one_out_weights(clusters))


def _sign_flips(
    jobs: Sequence[Job], clusters: Sequence[np.ndarray], seed: int
) -> dict[Request, float]:
    """Return the two-sided sign-flip p-values of the paired comparisons of one-column metrics.

    The hypothesis: the differences of units are symmetric around zero. Where zero is best and two
    distances from it are compared, which are no means of units, it is that the two could change
    places in every cluster (`swap_sides`); of an excess over chance it is the first again.
    """
    ready = [
        job
        for job in jobs
        if len(job.terms) == _COMPARISON
        and job.request.kind != "gap"
        and list(job.parts[0].scores.columns) == ["value"]
    ]
    found: dict[Request, float] = {}
    for distances in (False, True):
        some = [job for job in ready if job.distances == distances]
        if some:
            first = np.stack([job.parts[0].masked("value") for job in some], axis=1)
            second = np.stack([job.parts[1].masked("value") for job in some], axis=1)
            p = (
                swap_sides(first, second, clusters, seed)
                if distances
                else sign_flip(first - second, clusters, seed)
            )
            found |= {j.request: float(x) for j, x in zip(some, np.atleast_1d(p), strict=True)}
    return found


def _finished(
    job: Job, value: float, drawn: Float64, left_out: Float64 | None, chance: float
) -> Estimated:
    """Return the estimate of a job from its bootstrap draws.

    n is of the group for a gap; a mean of drops counts every unit that one of its probes changed.
    """
    request, parts = job.request, job.parts
    low_end, high_end = job.metric.range
    if job.compares:
        low_end, high_end = low_end - high_end, high_end - low_end
    counted = [p.units for p in parts] if request.over else [parts[-1].units]
    clusters, units = min(p.clusters for p in parts), int(np.any(counted, axis=0).sum())
    least = min(int(p.units.sum()) for p in parts)
    made = interval(
        Sample(value, drawn, left_out, least, clusters, _binary(job), low_end, high_end)
    )
    found = Estimate(
        request.kind, request.cell, request.against, request.metric, str(request.part),
        _rounded(value), _rounded(made.low), _rounded(made.high), units, _rounded(chance),
        made.method + job.note,
    )  # fmt: skip
    counts = [(int(p.eligible.sum()), int(p.units.sum())) for p in parts]
    return Estimated(
        found,
        made,
        eligible=min(eligible for eligible, _ in counts),
        lost=max(eligible - scored for eligible, scored in counts),
        share=min(scored / eligible if eligible else 0.0 for eligible, scored in counts),
    )


def _binary(job: Job) -> bool:
    """Return whether a value is the share of ones among units that are 0 or 1."""
    (part, *others), columns = job.parts, job.parts[0].scores.columns
    if others or list(columns) != ["value"]:
        return False
    return bool(np.isin(columns["value"][part.units], (0.0, 1.0)).all())


def _rounded(number: float) -> float:
    """Return a number to nine places, without a negative zero."""
    return round(number, _PLACES) + 0.0

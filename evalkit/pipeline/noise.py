"""Estimates of judged effectiveness with the errors of reviewers in their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.judging.effective import Panel, drawn_labels, effective_in_draws, widest
from evalkit.pipeline.estimate import Estimated
from evalkit.pipeline.jobs import Job
from evalkit.pipeline.requests import Request
from evalkit.stats import Sample, bootstrap_weights, interval

_PLACES = 9
Places = Mapping[int, Int64]
"""Where the lists of a cell stand in the panel, by the identity of the cell's scores."""


def with_noise(
    made: Mapping[Request, Estimated],
    jobs: Sequence[Job],
    panel: Panel,
    places: Places,
    draws: int,
    seed: int,
) -> dict[Request, Estimated]:
    """Return estimates whose intervals also hold what they could be if reviewers err.

    Each is estimated again in every draw, from queries drawn with replacement and labels drawn
    from what the votes make likely; cells that share results share their labels. The interval is
    the wider one on each side.
    """
    if not jobs:
        return dict(made)
    first = jobs[0].parts[0].scores
    weights = bootstrap_weights(first.clusters, draws, seed)
    blocks = [
        _statistics(jobs, rows, {n: effective_in_draws(labels, at) for n, at in places.items()})
        for rows, labels in drawn_labels(panel, first.ids, weights, seed)
    ]
    drawn = np.concatenate(blocks)
    noisy = {job.request: _noisy(made[job.request], job, drawn[:, n]) for n, job in enumerate(jobs)}
    return {**made, **noisy}


def _statistics(jobs: Sequence[Job], weights: Float64, values: Mapping[int, Float64]) -> Float64:
    """Return every job's estimate in each draw, float64 (b, jobs)."""
    found = np.zeros((len(weights), len(jobs)))
    for n, job in enumerate(jobs):
        for weight, part in job.terms:
            counted = weights[:, part.units]
            here = values[id(part.scores)][:, part.units]
            with np.errstate(invalid="ignore", divide="ignore"):
                found[:, n] += weight * (counted * here).sum(axis=1) / counted.sum(axis=1)
    return found


def _noisy(one: Estimated, job: Job, drawn: Float64) -> Estimated:
    """Return an estimate with the wider of its interval and that of the draws."""
    plain = one.interval
    if plain is None:
        return one
    low, high = job.metric.range
    if job.compares:
        low, high = low - high, high - low
    units = min(int(p.units.sum()) for p in job.parts)
    clusters = min(p.clusters for p in job.parts)
    sample = Sample(one.estimate.value, drawn, None, units, clusters, False, low, high)
    both = widest(plain, interval(sample))
    estimate = replace(
        one.estimate,
        low=round(both.low, _PLACES) + 0.0,
        high=round(both.high, _PLACES) + 0.0,
        method=both.method + job.note,
    )
    return replace(one, estimate=estimate, interval=both)

"""Rankers that prefer one group with a known strength, and what gates on balance say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.items import Item
from evalkit.core.results import Cell, Measured, Scores
from evalkit.pipeline.estimate import Units, estimate
from evalkit.pipeline.jobs import Pool
from evalkit.pipeline.requests import Request
from evalkit.stats import decide, minimum_detectable_effect
from evalkit.stats.normal import cdf

ALPHA = 0.05
POWER_80 = 2.4865
"""Standard errors between a bound and what a gate finds in 80 % of runs."""
JOBS, TEMPLATES, HALF, K = 48, 4, 20, 10
GROUPS = ("female", "male")


@dataclass(frozen=True)
class Ranker:
    """A ranker of people: 48 jobs, 4 queries each, 20 women and 20 men a job.

    strength: how many standard deviations of a query's taste it adds for the preferred group.
    stereotyped: half of the jobs prefer women and half men; else all prefer men. matched: each
    woman has a version that is a man, who differs from her by little but that.
    """

    name: str
    strength: float
    stereotyped: bool = False
    matched: bool = False

    def evidence(self, rng: np.random.Generator) -> Balanced:
        """Return the lists of one simulated run."""
        men = np.tile(np.arange(2 * HALF) % 2, (JOBS, 1))
        appeal = rng.standard_normal((JOBS, 2 * HALF))
        if self.matched:
            appeal[:, 1::2] = appeal[:, ::2] + 0.3 * rng.standard_normal((JOBS, HALF))
        toward = np.where(np.arange(JOBS) % 2, 1.0, -1.0) if self.stereotyped else np.ones(JOBS)
        taste = rng.standard_normal((JOBS, TEMPLATES, 2 * HALF)) * (0.3 if self.matched else 1.0)
        lean = self.strength * toward[:, None] * (men - 0.5)
        rows = np.argsort(-(appeal + lean)[:, None, :] - taste, axis=2)[:, :, :K]
        return _balanced(rows, men, self.matched)


def _balanced(rows: np.ndarray, men: np.ndarray, matched: bool) -> Balanced:
    """Return lists within each job as evidence over the items of all jobs."""
    people, queries = men.size, JOBS * TEMPLATES
    job = np.arange(JOBS).repeat(TEMPLATES)
    pool = job[:, None] == np.arange(JOBS).repeat(2 * HALF)[None]
    units = tuple(Item(f"q{n:03}", "") for n in range(queries))
    member = np.stack([1.0 - men.ravel(), men.ravel()], axis=1)
    return Balanced(
        ids=tuple(u.id for u in units),
        rows=(rows + 2 * HALF * np.arange(JOBS)[:, None, None]).reshape(queries, K),
        groups=GROUPS, member=member, pool=pool, target=np.full((queries, 2), 0.5),
        shares=np.full((queries, 2), np.nan), relevant=pool,
        named=np.full(queries, -1), coverage=0.0, clusters=(job.astype(str).astype(object),),
        units=units, corpus=tuple(Item(f"d{n:04}", "") for n in range(people)),
        matched=np.arange(people) // 2 if matched else np.zeros(people, np.int64),
    )  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What one simulated run says: the excess over chance, its interval, whether 0 is exceeded."""

    value: float
    low: float
    high: float
    fails: bool


def runs(ranker: Ranker, metric: Any, times: int, seed: int) -> Iterator[Seen]:
    """Yield what each of some runs says, through the pipeline's own estimate and decision."""
    cell = Cell("case", "ranker", dim=1)
    for n in range(times):
        rng = np.random.default_rng([seed, n])
        evidence = ranker.evidence(rng)
        scores, able = metric.per_unit(evidence), np.ones(len(evidence.ids), bool)
        measured = Measured(cell, metric.name, scores, able)
        chance = [Measured(cell, metric.name, s, able) for s in _by_chance(metric, evidence, rng)]
        key, request = (cell, metric.name), Request("excess", cell, metric.name)
        pool = Pool({key: measured}, {}, {key: chance})
        units = [Units("case", (metric,), evidence.units)]
        made = estimate(units, pool, [request], 2000, seed + n, {request})[request]
        assert made.interval is not None
        e = made.estimate
        yield Seen(e.value, e.low, e.high, decide(made.interval, None, 0.0).p_fail <= ALPHA)


def _by_chance(metric: Any, evidence: Balanced, rng: np.random.Generator) -> Iterator[Scores]:
    """Yield what chance gives: the mean of each query, or draws for a number of all of them."""
    if hasattr(metric, "drawn"):
        yield from metric.drawn(evidence, rng)
        return
    value = metric.expected(evidence, rng)
    yield Scores(evidence.ids, evidence.clusters, {"value": value})


@dataclass(frozen=True)
class Rates:
    """truth: the mean excess over all runs. fails: how often "exceeds chance by at most 0" does.

    coverage: of the 90 % interval. foretold: the power that `check` says from the spread of runs.
    """

    truth: float
    fails: float
    coverage: float
    foretold: float


def rates(ranker: Ranker, name: str, times: int, seed: int) -> Rates:
    """Return how often gates on the excess of a metric are right about a ranker."""
    seen = list(runs(ranker, registry.metric(name), times, seed))
    values = np.array([s.value for s in seen])
    truth = 0.0 if ranker.strength == 0 else float(values.mean())
    covered = float(np.mean([s.low <= truth <= s.high for s in seen]))
    return Rates(
        truth, float(np.mean([s.fails for s in seen])), covered, _foretold(values, seen, truth)
    )


def _foretold(values: Float64, seen: list[Seen], truth: float) -> float:
    """Return the power at the truth, from the minimum detectable effect of the median run."""
    error = float(np.median([s.high - s.low for s in seen])) / (2 * 1.6449)
    mde = minimum_detectable_effect(error, ALPHA)
    return cdf(POWER_80 * truth / mde - 1.6449)

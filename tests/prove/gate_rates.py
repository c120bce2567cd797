"""Simulated runs whose truth is known, and how often the gates decide wrongly or rightly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.stats import (
    Interval,
    Sample,
    bootstrap_weights,
    decide,
    interval,
    leave_one_out_weights,
)

ALPHA = 0.05
FALSE_PASS = 0.065  # what the docs admit to for rare, skewed changes at n = 100
BETTER_OR_WORSE = 0.05
DRAWS = 2000
RUNS_PER_SEED = 100
Draw = Callable[[np.random.Generator, int, int], Float64]


@dataclass(frozen=True)
class World:
    """A distribution of scores: `draw(rng, n, runs)` gives float64 (n, runs) with mean `truth`.

    A gate demands at least the truth where `at_least`, at most the truth otherwise.
    """

    name: str
    draw: Draw
    truth: float
    low_end: float = 0.0
    at_least: bool = True
    binary: bool = False
    together: int = 1


def graded(name: str, ones: float, zeros: float, a: float, b: float) -> World:
    """Scores like NDCG: shares of ones and zeros, the rest Beta(a, b)."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> Float64:
        u = rng.random((n, runs))
        rest = np.where(u < ones + zeros, 0.0, rng.beta(a, b, (n, runs)))
        return np.where(u < ones, 1.0, rest)

    return World(name, draw, ones + (1.0 - ones - zeros) * a / (a + b))


def hits(name: str, share: float, alike: float, together: int) -> World:
    """0/1 scores of intents that come `together` times, with an intraclass correlation."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> Float64:
        size = 1.0 / alike - 1.0
        chance = rng.beta(share * size, (1.0 - share) * size, (n // together, runs))
        return (rng.random((n, runs)) < chance.repeat(together, axis=0)).astype(np.float64)

    return World(name, draw, share, binary=True, together=together)


def drops(name: str, changed: float, mean: float, size: float, gains: float) -> World:
    """Paired differences: a share changed, by a Beta of this mean, some of them for the better."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> Float64:
        amount = rng.beta(mean * size, (1.0 - mean) * size, (n, runs))
        amount = np.where(rng.random((n, runs)) < gains, -amount, amount)
        return np.where(rng.random((n, runs)) < changed, amount, 0.0)

    truth = changed * mean * (1.0 - 2.0 * gains)
    return World(name, draw, truth, low_end=-1.0, at_least=False)


WORLDS = (
    graded("NDCG, 60 % ones, mean .81", 0.60, 0.08, 2.0, 1.0),
    graded("NDCG, 90 % ones, mean .95", 0.90, 0.02, 2.0, 1.0),
    graded("NDCG, 98 % ones, mean .99", 0.98, 0.005, 2.0, 1.0),
    graded("NDCG, 10 % ones, mean .27", 0.10, 0.45, 1.5, 2.5),
    hits("hits, intents x 4, mean .90", 0.90, 0.3, 4),
    hits("hits, intents x 4, mean .97", 0.97, 0.3, 4),
    drops("drop, 30 % changed, mean .02", 0.30, 0.2, 3.0, 0.30),
    drops("drop, 15 % changed, mean .05", 0.15, 0.4, 2.0, 0.05),
    drops("drop, 3 % changed, mean .01", 0.03, 0.4, 2.0, 0.20),
)


def samples(world: World, n: int, runs: int, seed: int) -> Iterator[Sample]:
    """Yield the sample of every run; 100 runs at a time share their bootstrap weights."""
    rng = np.random.default_rng([seed, n])
    clusters = [np.arange(n) // world.together]
    for first in range(0, runs, RUNS_PER_SEED):
        scores = world.draw(rng, n, min(RUNS_PER_SEED, runs - first))
        draws = _means(bootstrap_weights(clusters, DRAWS, seed + first), scores)
        left_out = _means(leave_one_out_weights(clusters), scores)
        for i, value in enumerate(scores.mean(axis=0)):
            m = n // world.together
            yield Sample(
                float(value), draws[:, i], left_out[:, i], n, m, world.binary, world.low_end, 1.0
            )


def _means(blocks: Iterator[Float64], scores: Float64) -> Float64:
    return np.concatenate([b @ scores / b.sum(axis=1, keepdims=True) for b in blocks])


def intervals(world: World, n: int, runs: int, seed: int) -> Iterator[Interval]:
    return (interval(s) for s in samples(world, n, runs, seed))


def spread(world: World, n: int) -> float:
    """Return the true standard error of the mean of n scores."""
    return float(world.draw(np.random.default_rng(0), n, 20_000).mean(axis=0).std())


def fails(found: Interval, bound: float, at_least: bool) -> bool:
    low, high = (bound, None) if at_least else (None, bound)
    return decide(found, low, high).p_fail <= ALPHA


def passes(found: Interval, bound: float, at_least: bool) -> bool:
    low, high = (bound, None) if at_least else (None, bound)
    return decide(found, low, high).passed


@dataclass(frozen=True)
class Rates:
    """false_fail, false_pass: with the truth on the bound. coverage: of the 90 % interval.

    power: of failing when the truth is `beyond` on the wrong side of the bound: 0.05, or half the
    way from the truth to 1 where that is less. width: the median of high - low. percentile_pass:
    false_pass if the percentile limits alone decided.
    """

    false_fail: float
    false_pass: float
    coverage: float
    power: float
    percentile_pass: float
    width: float
    beyond: float


def rates(world: World, n: int, runs: int, seed: int) -> Rates:
    truth, at_least = world.truth, world.at_least
    beyond = min(BETTER_OR_WORSE, (1.0 - truth) / 2.0)
    missed = truth + (beyond if at_least else -beyond)
    seen = []
    for sample in samples(world, n, runs, seed):
        i, plain = interval(sample), interval(replace(sample, left_out=None))
        row = (
            fails(i, truth, at_least),
            passes(i, truth, at_least),
            i.low <= truth <= i.high,
            fails(i, missed, at_least),
            passes(plain, truth, at_least),
            i.high - i.low,
        )
        seen.append(row)
    *shares, widths = np.array(seen, dtype=np.float64).T
    fail, good, covered, power, plain_good = (float(share.mean()) for share in shares)
    return Rates(fail, good, covered, power, plain_good, float(np.median(widths)), beyond)


def margin(runs: int, rate: float = ALPHA) -> float:
    """Return three standard errors of a simulated rate."""
    return 3.0 * math.sqrt(rate * (1.0 - rate) / runs)


def hit_interval(found: int, n: int) -> Interval:
    """Return the interval of independent 0/1 scores, which needs no draws."""
    share = found / n
    return interval(Sample(share, np.full(DRAWS, share), None, n, n, True, 0.0, 1.0))


def chances(n: int, share: float) -> Float64:
    """Return the binomial chance of every number of hits: float64 (n + 1,)."""
    k = np.arange(n + 1)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k])
    log: Float64 = ways + k * math.log(share) + (n - k) * math.log1p(-share)
    return np.exp(log)


@cache
def hit_rates(n: int, share: float, bound: float) -> tuple[float, float, float]:
    """Return the exact chance that "at least `bound`" fails, that it passes, and of coverage."""
    found = [hit_interval(i, n) for i in range(n + 1)]
    weight = chances(n, share)
    failed = np.array([fails(i, bound, at_least=True) for i in found])
    passed = np.array([passes(i, bound, at_least=True) for i in found])
    covered = np.array([i.low <= share <= i.high for i in found])
    return float(weight @ failed), float(weight @ passed), float(weight @ covered)

"""What metrics would give by chance: a band to hold a value against."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Evidence
from evalkit.core.plan import CasePlan
from evalkit.core.results import CLEAN, Cell, Estimate, Measured, Scores

_PLACES = 9
_BAND = (0.05, 0.95)


def nulls(
    case: CasePlan, cells: Mapping[int, Cell], evidence: Mapping[int, Evidence], seed: int
) -> Iterator[Estimate]:
    """Yield, on clean input, what each metric that knows it would give by chance, and at best.

    cells, evidence: by size. seed: the suite's; a cell's draws depend on nothing else of the run.
    """
    for dim, facts in evidence.items():
        for metric in case.reading(facts.kind) if cells[dim].probe == CLEAN else ():
            null: Any = getattr(metric, "null", None)
            if null:
                rng = _rng(cells[dim], seed)
                value = metric.summary(metric.per_unit(facts), np.ones((1, len(facts.ids))))[0]
                n = int(metric.scorable(facts).sum())
                yield _null(cells[dim], metric.name, float(value), null(facts, rng), n)
                if hasattr(metric, "attainable"):
                    yield from _attainable(cells[dim], metric, facts)


def expected(
    case: CasePlan, cells: Mapping[int, Cell], evidence: Mapping[int, Evidence], seed: int
) -> Iterator[Measured]:
    """Yield, under every probe, what chance gives each unit, for metrics that know it.

    On average, as one piece of scores; or in draws, several of one cell and metric, where the
    number of all units together is no mean of theirs. It counts for the units that can be scored.
    """
    for dim, facts in evidence.items():
        for metric in case.reading(facts.kind):
            for scores in _by_chance(metric, facts, _rng(cells[dim], seed)):
                yield Measured(cells[dim], metric.name, scores, metric.scorable(facts))


def tested(made: Estimate, nulls: Mapping[tuple[Cell, str], Estimate]) -> Estimate:
    """Return an excess over chance that has no p-value of its own with that of the same draws."""
    null = nulls.get((made.cell, made.metric))
    if null is None or made.kind != "excess" or made.group or np.isfinite(made.p):
        return made
    return replace(made, p=null.p)


def _by_chance(metric: Any, facts: Evidence, rng: np.random.Generator) -> Iterator[Scores]:
    """Yield the scores that chance gives: on average, in draws, or none where it is not known."""
    if hasattr(metric, "expected"):
        value = np.asarray(metric.expected(facts, rng), np.float64)
        yield Scores(facts.ids, facts.clusters, {"value": value})
    elif hasattr(metric, "drawn"):
        yield from metric.drawn(facts, rng)


def _rng(cell: Cell, seed: int) -> np.random.Generator:
    """Return the generator of a cell's chances; all its metrics begin alike."""
    return np.random.default_rng([seed, zlib.crc32(str(cell).encode())])


def _attainable(cell: Cell, metric: Any, facts: Evidence) -> Iterator[Estimate]:
    """Yield the mean of the best values that the scored lists could have, nothing without one."""
    scored = np.isfinite(metric.per_unit(facts).columns["value"])
    best = metric.attainable(facts)[scored]
    if best.size and np.isfinite(best).all():
        nan, mean = float("nan"), round(float(best.mean()), _PLACES) + 0.0
        method = "the best that whole items allow"
        yield Estimate(
            "attainable", cell, "", metric.name, "", mean, nan, nan, best.size, nan, method
        )


def _null(cell: Cell, metric: str, value: float, draws: Float64, n: int) -> Estimate:
    """Return the band of some draws; p tells, two-sided, how rare the value is among them."""
    known = draws[np.isfinite(draws)]
    if not known.size or not np.isfinite(value):
        nan = float("nan")
        return Estimate("null", cell, "chance", metric, "", nan, nan, nan, n, nan, "none")
    tails = [(1 + side.sum()) / (1 + known.size) for side in (known >= value, known <= value)]
    numbers = known.mean(), *np.quantile(known, _BAND), min(1.0, 2.0 * min(tails))
    mean, low, high, p = (round(float(x), _PLACES) + 0.0 for x in numbers)
    method = f"{known.size} draws by chance"
    return Estimate("null", cell, "chance", metric, "", mean, low, high, n, p, method)

"""Two sides on the same units: wins, ties and losses, and the units that changed most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.results import Estimate
from evalkit.report.view.systems import Told, told

if TYPE_CHECKING:
    import pyarrow as pa

_ALIKE = 1e-9
"""Scores that differ by no more are a tie."""
_BETTER_UP = ("advantage", "excess")
"""The kinds of estimate in which a positive number is the better."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A unit with its score on both sides. by: what it gained, negative where it lost."""

    unit: str
    first: float
    second: float
    by: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How the second side did against the first on units that count on both.

    wins, ties, losses: units on which the second is better, as good, or worse. lost, gained: the
    units that changed most, the largest change first, by id among equals.
    """

    metric: str
    wins: int
    ties: int
    losses: int
    lost: tuple[Changed, ...]
    gained: tuple[Changed, ...]

    @property
    def units(self) -> int:
        """How many units count on both sides."""
        return self.wins + self.ties + self.losses


def tally(
    first: pa.Table, second: pa.Table, metric: str, better: str, count: int = 10
) -> Tally | None:
    """Return how the second of two cells did against the first, unit by unit, on one metric.

    first, second: rows of the scores of one cell each. better: `high`, `low`, or `zero` for a
    metric whose distance from zero counts. count: how many of the units that lost and of those that
    gained most are named. None where the metric scores no single unit on both sides.
    """
    units, before, after = _paired(_scored(first, metric), _scored(second, metric))
    if not len(units):
        return None
    by = worth(after, better) - worth(before, better)
    by[np.abs(by) <= _ALIKE] = 0.0
    order = np.lexsort((units, by))
    falling = order[by[order] < 0][:count]
    rising = np.lexsort((units, -by))
    rising = rising[by[rising] > 0][:count]

    def named(places: Int64) -> tuple[Changed, ...]:
        return tuple(
            Changed(str(units[n]), float(before[n]), float(after[n]), float(by[n])) for n in places
        )

    wins, losses = int((by > 0).sum()), int((by < 0).sum())
    return Tally(metric, wins, len(by) - wins - losses, losses, named(falling), named(rising))


def _scored(rows: pa.Table, metric: str) -> pa.Table:
    """Return the units with a score of a metric that is one number a unit, sorted by unit."""
    import pyarrow.compute as pc

    mine = rows.filter(pc.and_(pc.equal(rows["metric"], metric), rows["eligible"]))
    mine = mine.filter(pc.and_(pc.equal(mine["column"], "value"), pc.is_finite(mine["value"])))
    return mine.select(["unit", "value"]).sort_by("unit")


def _paired(first: pa.Table, second: pa.Table) -> tuple[np.ndarray, Float64, Float64]:
    """Return the units that both have, object (n,), and their scores on both sides, float64."""
    import pyarrow.compute as pc

    place = pc.index_in(second["unit"], value_set=first["unit"])
    kept = second.filter(pc.is_valid(place))
    at = pc.drop_null(place).to_numpy()
    units = kept["unit"].to_numpy()
    return units, first["value"].to_numpy()[at], kept["value"].to_numpy()


def worth(values: Float64, better: str) -> Float64:
    """Return scores as numbers of which more is better."""
    if better == "zero":
        return -np.abs(values)
    return -values if better == "low" else values.copy()


def told_apart(estimate: Estimate) -> Told:
    """Return what the interval of a paired difference says of its cell."""
    if estimate.kind in _BETTER_UP:
        return told(estimate)
    return told(replace(estimate, low=-estimate.high, high=-estimate.low))

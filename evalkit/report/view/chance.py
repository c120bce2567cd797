"""Values beside what chance alone would give, for metrics that know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.core.results import Estimate
from evalkit.report.view.scope import Scope, Series


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """One metric of a series at one size, with its band by chance.

    best: the best that lists of whole items could have, None where that is not known.
    """

    series: Series
    metric: str
    dim: int
    value: Estimate
    chance: Estimate
    best: Estimate | None


@dataclass(frozen=True, slots=True)
class Chance:
    """The values of a case that can be held against chance."""

    case: str
    rows: tuple[ChanceRow, ...]

    @property
    def bounded(self) -> bool:
        """Whether it is known of a metric how good lists of whole items can be."""
        return any(row.best for row in self.rows)


def chance(scope: Scope) -> Iterator[Chance]:
    """Yield the values of a case beside what chance gives, nothing where no metric knows it."""
    rows = []
    for series in scope.series:
        for metric in scope.metrics():
            for dim in scope.ends(series):
                cell = scope.cell(series, dim)
                value = scope.value(cell, metric)
                null = scope.estimates.find("null", cell, metric, against="chance")
                if value and null:
                    best = scope.estimates.find("attainable", cell, metric)
                    rows.append(ChanceRow(series, metric, dim, value, null, best))
    if rows:
        yield Chance(scope.facts.name, tuple(rows))

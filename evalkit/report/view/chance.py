"""Values beside what chance alone would give, for metrics that know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.core.results import Estimate
from evalkit.report.view.scope import Scope, Series


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """One metric of a series at one size, with its band by chance."""

    series: Series
    metric: str
    dim: int
    value: Estimate
    chance: Estimate


@dataclass(frozen=True, slots=True)
class Chance:
    """The values of a case that can be held against chance."""

    case: str
    rows: tuple[ChanceRow, ...]


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
                    rows.append(ChanceRow(series, metric, dim, value, null))
    if rows:
        yield Chance(scope.facts.name, tuple(rows))

"""Quality against vector size, and models side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.core.results import CLEAN, PLAIN, Estimate
from evalkit.report.view.scope import Scope, Series

_BYTES = 4
"""Of one number of a vector, stored as float32."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One series at one size: a value and a loss per metric, None where nothing was measured.

    robust: the mean drop of the primary metric over all probes.
    """

    series: Series
    dim: int
    bytes: int
    widest: bool
    values: tuple[Estimate | None, ...]
    losses: tuple[Estimate | None, ...]
    robust: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Frontier:
    """The sizes of a case. metrics: the columns of rows; charted: those that are drawn."""

    case: str
    metrics: tuple[str, ...]
    charted: tuple[str, ...]
    rows: tuple[SizeRow, ...]

    @property
    def probed(self) -> bool:
        """Whether quality was measured under probes too."""
        return any(row.robust for row in self.rows)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One metric at one size, a value per series."""

    metric: str
    dim: int
    values: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The series of a case next to each other, and their paired differences.

    Differences between a system and `plain` are shown with the systems.
    """

    case: str
    series: tuple[Series, ...]
    rows: tuple[ModelRow, ...]
    advantages: tuple[Estimate, ...]

    @property
    def several(self) -> bool:
        """Whether there are models to compare, or differences between them."""
        return len({series.model for series in self.series}) > 1 or bool(self.advantages)


def frontier(scope: Scope) -> Frontier:
    """Return the sizes of a case."""
    rows = tuple(_size(scope, series, dim) for series in scope.series for dim in scope.dims)
    return Frontier(scope.facts.name, scope.metrics(), scope.charted, rows)


def _size(scope: Scope, series: Series, dim: int) -> SizeRow:
    """Return one series at one size."""
    cell, widest = scope.cell(series, dim), scope.widest(series)
    against = f"at {widest}"
    find = scope.estimates.find
    return SizeRow(
        series=series,
        dim=dim,
        bytes=dim * _BYTES,
        widest=dim == widest,
        values=tuple(scope.value(cell, m) for m in scope.metrics()),
        losses=tuple(find("loss", cell, m, against=against) for m in scope.metrics()),
        robust=find(
            "mean_drop", scope.cell(series, dim, "*"), scope.primary, against=f"probe {CLEAN}"
        ),
    )


def side_by_side(scope: Scope) -> SideBySide:
    """Return the series of a case next to each other."""
    rows = [
        ModelRow(m, dim, tuple(scope.value(scope.cell(s, dim), m) for s in scope.series))
        for m in scope.charted
        for dim in scope.dims
    ]
    kept = tuple(row for row in rows if any(row.values))
    return SideBySide(scope.facts.name, scope.series, kept, tuple(_advantages(scope)))


def _advantages(scope: Scope) -> Iterator[Estimate]:
    """Yield the paired differences between series on clean input, of the metrics that are drawn."""
    for e in scope.estimates.rows:
        mine = e.kind == "advantage" and e.cell.case == scope.facts.name
        shown = mine and not e.group and e.cell.probe == CLEAN and e.metric in scope.charted
        if shown and e.against != f"system {PLAIN}":
            yield e

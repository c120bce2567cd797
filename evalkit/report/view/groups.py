"""Groups of queries: the value of each, and its gap against the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evalkit.core.results import Cell, Estimate, Verdict
from evalkit.report.view.scope import Scope, Series

SMALL = 30
"""A group with fewer units is reported; its gap is not gated."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One value of a group's tag, its metric and its gap. gated: whether a verdict is about it."""

    label: str
    value: Estimate
    gap: Estimate | None
    gated: bool

    @property
    def small(self) -> bool:
        """Whether the group has too few units for a verdict."""
        return self.value.n < SMALL


@dataclass(frozen=True, slots=True)
class GroupTable:
    """All values of a group's tag for one metric at one size."""

    metric: str
    dim: int
    overall: Estimate | None
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """One tag on one series: the primary metric at the widest size, then other sizes, metrics."""

    case: str
    tag: str
    series: Series
    main: GroupTable
    others: tuple[GroupTable, ...]


_Gated = frozenset[tuple[Cell, str, str]]
"""The cells, metrics and groups that a verdict is about."""


def groups(scope: Scope, verdicts: Iterable[Verdict]) -> Iterator[Groups]:
    """Yield the groups of a case, a series at a time."""
    gated = frozenset((v.cell, v.metric, v.group) for v in verdicts)
    for tag in scope.facts.groups:
        labels = scope.groups(tag)
        for series in scope.series:
            tables = [t for t in _tables(scope, series, labels, gated) if t.rows]
            if tables:
                yield Groups(scope.facts.name, tag, series, tables[0], tuple(tables[1:]))


def _tables(
    scope: Scope, series: Series, labels: tuple[str, ...], gated: _Gated
) -> Iterator[GroupTable]:
    """Yield the primary metric at every size, then the other metrics at the widest one."""
    for dim in scope.measured_dims(series):
        yield _table(scope, scope.cell(series, dim), labels, scope.primary, gated)
    widest = scope.cell(series, scope.widest(series))
    for metric in scope.metrics()[1:]:
        yield _table(scope, widest, labels, metric, gated)


def _table(
    scope: Scope, cell: Cell, labels: tuple[str, ...], metric: str, gated: _Gated
) -> GroupTable:
    """Return all values of a tag for one metric at one size."""
    rows = []
    for label in labels:
        value = scope.value(cell, metric, label)
        gap = scope.estimates.find("gap", cell, metric, label, "rest")
        if value:
            judged = (cell, metric, label) in gated
            rows.append(GroupRow(label.partition("=")[2], value, gap, judged))
    return GroupTable(metric, cell.dim, scope.value(cell, metric), tuple(rows))

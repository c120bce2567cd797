"""Groups of queries: the value of each, and its gap against the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from evalkit.core.results import Cell, Estimate, Verdict
from evalkit.report.text import count, number, span
from evalkit.report.view.scope import Scope, Series

_RARE = 0.05
SMALL = 30
"""A group with fewer units is reported; its gap is not gated."""
_IN_ALL, _MOST, _LEAST = 3_000, 40, 8
"""Rows: of all tables of a page, of the largest table, and what each may have however many."""


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
    """All values of a group's tag for one metric at one size.

    worst: the group that is served worst, with its name and corrected mean. spread: how far the
    groups lie apart, its ends what shuffled groups give. None in runs that did not store them.
    left_out: how many groups a page leaves out of rows.
    """

    metric: str
    dim: int
    overall: Estimate | None
    rows: tuple[GroupRow, ...]
    worst: Estimate | None = None
    spread: Estimate | None = None
    left_out: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the worst group, the spread, and what was left out, in words."""
        return tuple(s for s in (self._worst(), self._spread(), self._left_out()) if s)

    def _left_out(self) -> str:
        """Return the sentence on groups that are not shown, "" where all are."""
        if not self.left_out:
            return ""
        shown, whole = len(self.rows), len(self.rows) + self.left_out
        return (
            f"Shown: {count(shown)} of {count(whole)} groups: those that a gate is about, then "
            f"those of {SMALL} units or more that are served worst, then the largest. The "
            "estimates of all are in run.json."
        )

    def _worst(self) -> str:
        """Return the sentence on the worst group, "" where none is known."""
        e = self.worst
        if e is None:
            return ""
        name = e.group.partition("=")[2]
        return (
            f"Served worst: {name}. The worst of several means is low by chance; corrected for "
            f"that it is {number(e.value)} ({span(e.low, e.high)})."
        )

    def _spread(self) -> str:
        """Return the sentence on the spread, "" where it is not known."""
        e = self.spread
        if e is None or not math.isfinite(e.low):
            return ""
        beside = "no more than" if e.p > _RARE else "more than"
        return (
            f"From the best to the worst of {e.n} groups: {number(e.value)}, {beside} shuffled "
            f"groups give (90 % of shuffles: {number(e.low)} to {number(e.high)}; "
            f"p = {number(e.p)})."
        )


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
            tables = [t for t in _tables(scope, series, tag, labels, gated) if t.rows]
            if tables:
                yield Groups(scope.facts.name, tag, series, tables[0], tuple(tables[1:]))


def shortened(found: Sequence[Groups]) -> tuple[Groups, ...]:
    """Return groups as a page can hold them: where there are many tables, fewer rows in each."""
    tables = sum(1 + len(one.others) for one in found)
    rows = min(_MOST, max(_LEAST, _IN_ALL // max(tables, 1)))
    return tuple(
        replace(
            one,
            main=_short(one.main, rows),
            others=tuple(_short(table, rows) for table in one.others),
        )
        for one in found
    )


def _short(table: GroupTable, most: int) -> GroupTable:
    """Return a table of at most so many groups in their order."""
    if len(table.rows) <= most:
        return table
    first = sorted(table.rows, key=_need)[:most]
    chosen = {row.label for row in first}
    rows = tuple(row for row in table.rows if row.label in chosen)
    return replace(table, rows=rows, left_out=len(table.rows) - len(rows))


def _need(row: GroupRow) -> tuple[bool, bool, float]:
    """Return what sorts the groups first that need a look."""
    gap = row.gap.value if row.gap and math.isfinite(row.gap.value) else -math.inf
    return not row.gated, row.small, float(-row.value.n) if row.small else -gap


def _tables(
    scope: Scope, series: Series, tag: str, labels: tuple[str, ...], gated: _Gated
) -> Iterator[GroupTable]:
    """Yield the primary metric at every size, then the other metrics at the widest one."""
    for dim in scope.measured_dims(series):
        yield _table(scope, scope.cell(series, dim), tag, labels, scope.primary, gated)
    widest = scope.cell(series, scope.widest(series))
    for metric in scope.metrics()[1:]:
        yield _table(scope, widest, tag, labels, metric, gated)


def _table(
    scope: Scope, cell: Cell, tag: str, labels: tuple[str, ...], metric: str, gated: _Gated
) -> GroupTable:
    """Return all values of a tag for one metric at one size."""
    rows = []
    for label in labels:
        value = scope.value(cell, metric, label)
        gap = scope.estimates.find("gap", cell, metric, label, "rest")
        if value:
            judged = (cell, metric, label) in gated
            rows.append(GroupRow(label.partition("=")[2], value, gap, judged))
    find = partial(scope.estimates.find, cell=cell, metric=metric, against=f"groups of {tag}")
    worst = (find("worst_group", group=label) for label in labels)
    return GroupTable(
        metric, cell.dim, scope.value(cell, metric), tuple(rows),
        next((e for e in worst if e), None), find("spread"),
    )  # fmt: skip

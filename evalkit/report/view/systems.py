"""What is built around a model, compared with the model alone on the same queries."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from evalkit.core.results import PLAIN, Cell, Detail, Estimate
from evalkit.core.systems import TUNED
from evalkit.report.view.scope import Scope, Series

Told = Literal["better", "worse", "not told apart", ""]


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A system with its value. advantage: the paired difference against `plain`, if it was made.

    note: what it was tuned to, "" where nothing was.
    """

    system: str
    value: Estimate
    advantage: Estimate | None
    told: Told
    note: str = ""


@dataclass(frozen=True, slots=True)
class SystemTable:
    """The systems of a case on one model at one size."""

    dim: int
    rows: tuple[SystemRow, ...]


@dataclass(frozen=True, slots=True)
class Systems:
    """The systems of a case on one model: at the widest and the smallest size, and at the others.

    plain: whether the model alone is among them, to be compared with.
    """

    case: str
    model: str
    metric: str
    plain: bool
    shown: tuple[SystemTable, ...]
    folded: tuple[SystemTable, ...]


def systems(scope: Scope, details: Iterable[Detail] = ()) -> Iterator[Systems]:
    """Yield the systems of a case, a model at a time, where there are several."""
    notes = {d.cell: str(d.table.rows[0][-1]) for d in details if d.table.name == TUNED}
    for model in dict.fromkeys(s.model for s in scope.series):
        series = [s for s in scope.series if s.model == model]
        if len(series) < 2:
            continue
        dims = sorted({d for s in series for d in scope.measured_dims(s)}, reverse=True)
        tables = [_table(scope, series, dim, notes) for dim in dims]
        ends = {dims[0], dims[-1]}
        yield Systems(
            case=scope.facts.name,
            model=model,
            metric=scope.primary,
            plain=any(s.system == PLAIN for s in series),
            shown=tuple(t for t in tables if t.rows and t.dim in ends),
            folded=tuple(t for t in tables if t.rows and t.dim not in ends),
        )


def _table(scope: Scope, series: list[Series], dim: int, notes: Mapping[Cell, str]) -> SystemTable:
    """Return the systems of a model at one size, `plain` first, in the order of the suite."""
    rows = []
    for one in sorted(series, key=lambda s: s.system != PLAIN):
        cell = scope.cell(one, dim)
        value = scope.value(cell, scope.primary)
        against = f"system {PLAIN}"
        found = scope.estimates.find("advantage", cell, scope.primary, against=against)
        if value:
            rows.append(SystemRow(one.system, value, found, told(found), notes.get(cell, "")))
    return SystemTable(dim, tuple(rows))


def told(advantage: Estimate | None) -> Told:
    """Return what the interval of a paired difference says; positive is always better."""
    if advantage is None or not math.isfinite(advantage.low + advantage.high):
        return ""
    if advantage.low > 0:
        return "better"
    return "worse" if advantage.high < 0 else "not told apart"

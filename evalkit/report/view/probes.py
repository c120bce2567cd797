"""Probes: how far quality drops when the input is changed in a way that should not matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.core.results import CLEAN, Estimate
from evalkit.report.view.scope import Scope, Series

_AGAINST = f"probe {CLEAN}"


@dataclass(frozen=True, slots=True)
class Label:
    """A probe's label taken apart: `typos/3@query` is typos at severity 3 on the query side."""

    text: str
    name: str
    severity: str
    side: str

    @classmethod
    def of(cls, text: str) -> Label:
        """Return a label's parts, "" for what it does not say."""
        whole, _, side = text.rpartition("@") if "@" in text else (text, "", "")
        name, _, severity = whole.rpartition("/") if "/" in whole else (whole, "", "")
        return cls(text, name, severity, side)


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One probe at one severity, a value and a drop per size."""

    label: Label
    values: tuple[Estimate | None, ...]
    drops: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class ProbeTable:
    """All probes of a series for one metric. clean: the value per size without any probe."""

    metric: str
    clean: tuple[Estimate | None, ...]
    rows: tuple[ProbeRow, ...]


@dataclass(frozen=True, slots=True)
class GroupDrops:
    """The drop of each group's primary metric at the widest size, a row per probe."""

    tag: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Label, tuple[Estimate | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Probes:
    """The probes of a series. dims: the columns, the widest first."""

    case: str
    series: Series
    dims: tuple[int, ...]
    main: ProbeTable
    others: tuple[ProbeTable, ...]
    by_group: tuple[GroupDrops, ...]

    @property
    def curves(self) -> tuple[tuple[str, str], ...]:
        """The probes by name and side, whatever their severities."""
        return tuple(dict.fromkeys((r.label.name, r.label.side) for r in self.main.rows))


def probes(scope: Scope) -> Iterator[Probes]:
    """Yield the probes of a case, a series at a time."""
    for series in scope.series:
        labels = _labels(scope, series)
        if labels:
            tables = [_table(scope, series, labels, m) for m in scope.metrics()]
            yield Probes(
                case=scope.facts.name,
                series=series,
                dims=scope.measured_dims(series),
                main=tables[0],
                others=tuple(tables[1:]),
                by_group=tuple(_by_group(scope, series, labels)),
            )


def _labels(scope: Scope, series: Series) -> tuple[Label, ...]:
    """Return the probes that a series was measured under, in the order of the run."""
    cells = [c for c in scope.cells if Series(c.model, c.system) == series and c.probe != CLEAN]
    return tuple(Label.of(text) for text in dict.fromkeys(c.probe for c in cells))


def _table(scope: Scope, series: Series, labels: tuple[Label, ...], metric: str) -> ProbeTable:
    """Return all probes of a series for one metric."""
    dims = scope.measured_dims(series)
    clean = tuple(scope.value(scope.cell(series, d), metric) for d in dims)
    rows = []
    for label in labels:
        cells = [scope.cell(series, d, label.text) for d in dims]
        drops = [scope.estimates.find("drop", c, metric, against=_AGAINST) for c in cells]
        rows.append(ProbeRow(label, tuple(scope.value(c, metric) for c in cells), tuple(drops)))
    return ProbeTable(metric, clean, tuple(rows))


def _by_group(scope: Scope, series: Series, labels: tuple[Label, ...]) -> Iterator[GroupDrops]:
    """Yield the drops of the primary metric at the widest size, per group."""
    find, dim = scope.estimates.find, scope.widest(series)
    for tag in scope.facts.groups:
        names = scope.groups(tag)
        rows = []
        for label in labels:
            cell = scope.cell(series, dim, label.text)
            drops = [find("drop", cell, scope.primary, name, _AGAINST) for name in names]
            rows.append((label, tuple(drops)))
        if any(any(drops) for _, drops in rows):
            yield GroupDrops(tag, tuple(n.partition("=")[2] for n in names), tuple(rows))

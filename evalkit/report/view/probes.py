"""Probes: how far quality drops when the input is changed in a way that should not matter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.archive import Run
from evalkit.core.results import CLEAN, Estimate
from evalkit.report.view.labels import Label
from evalkit.report.view.robustness import AGAINST, Robustness, robustness
from evalkit.report.view.samples import Sample, samples
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.shortened import kept

_DRAWN = 6
_LEAST_UNITS, _FAR = 30, 1e9


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
class ChangeTable:
    """Metrics that compare changed input with clean input, a row per probe."""

    metrics: tuple[str, ...]
    dim: int
    rows: tuple[tuple[Label, tuple[Estimate | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class GroupDrops:
    """The drop of each group's primary metric at the widest size, a row per probe."""

    tag: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Label, tuple[Estimate | None, ...]], ...]

    def worst(self, most: int = 12) -> GroupDrops:
        """Return the groups with the largest drops under any probe, in their order.

        Those under 30 units give way to larger ones.
        """
        at = kept([self._need(n) for n in range(len(self.labels))], most)
        rows = tuple((label, tuple(drops[n] for n in at)) for label, drops in self.rows)
        return GroupDrops(self.tag, tuple(self.labels[n] for n in at), rows)

    def _need(self, n: int) -> float:
        """Return the largest drop of a group, less than any other for a small one."""
        known = [e for _, drops in self.rows if (e := drops[n]) and math.isfinite(e.value)]
        small = max((e.n for e in known), default=0) < _LEAST_UNITS
        return max((e.value for e in known), default=-_FAR) - (_FAR if small else 0.0)


@dataclass(frozen=True, slots=True)
class Probes:
    """The probes of a series. dims: the columns, the widest first.

    changes: what moved at each size, the widest first, a row per probe and a column per metric of
    change; empty where the case has no such metric.
    samples: an item under each probe, with the first series of a case only.
    """

    case: str
    series: Series
    dims: tuple[int, ...]
    robustness: Robustness
    changes: tuple[ChangeTable, ...]
    samples: tuple[Sample, ...]
    main: ProbeTable
    others: tuple[ProbeTable, ...]
    by_group: tuple[GroupDrops, ...]

    @property
    def curves(self) -> tuple[tuple[str, str], ...]:
        """The probes that are drawn in full, by name and side, the costliest first."""
        return tuple((r.name, r.side) for r in self.robustness.responses if r.steps)[:_DRAWN]


def probes(run: Run, scope: Scope) -> Iterator[Probes]:
    """Yield the probes of a case, a series at a time."""
    looks = tuple(samples(run, scope.facts.name))
    for series in scope.series:
        labels = _labels(scope, series)
        if labels:
            tables = [_table(scope, series, labels, m) for m in scope.metrics()]
            yield Probes(
                case=scope.facts.name,
                series=series,
                dims=scope.measured_dims(series),
                robustness=robustness(run, scope, series, labels),
                changes=tuple(_changes(scope, series, labels)),
                samples=looks if series == scope.series[0] else (),
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
        drops = [scope.estimates.find("drop", c, metric, against=AGAINST) for c in cells]
        rows.append(ProbeRow(label, tuple(scope.value(c, metric) for c in cells), tuple(drops)))
    return ProbeTable(metric, clean, tuple(rows))


def _changes(scope: Scope, series: Series, labels: tuple[Label, ...]) -> Iterator[ChangeTable]:
    """Yield the metrics of change at every size, the widest first; none where there are none."""
    metrics = scope.changes
    for dim in scope.measured_dims(series) if metrics else ():
        rows = []
        for label in labels:
            cell = scope.cell(series, dim, label.text)
            rows.append((label, tuple(scope.value(cell, metric) for metric in metrics)))
        yield ChangeTable(metrics, dim, tuple(rows))


def _by_group(scope: Scope, series: Series, labels: tuple[Label, ...]) -> Iterator[GroupDrops]:
    """Yield the drops of the primary metric at the widest size, per group."""
    find, dim = scope.estimates.find, scope.widest(series)
    for tag in scope.facts.groups:
        names = scope.groups(tag)
        rows = []
        for label in labels:
            cell = scope.cell(series, dim, label.text)
            drops = [find("drop", cell, scope.primary, name, AGAINST) for name in names]
            rows.append((label, tuple(drops)))
        if any(any(drops) for _, drops in rows):
            yield GroupDrops(tag, tuple(n.partition("=")[2] for n in names), tuple(rows))

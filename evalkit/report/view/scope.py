"""What was measured in a case: its series, sizes and metrics, and estimates looked up by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from evalkit.archive import CaseFacts, Run
from evalkit.core.results import CLEAN, PLAIN, Cell, Estimate, EstimateKind

_CHARTED = 4
_CONDITION = re.compile(" & [^&=]+=")
"""What follows a group in an estimate whose units were chosen by `where` too."""
_QUALITY_OF_JUDGEMENTS = "judged"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """A model with what is built around it: one line in a chart."""

    model: str
    system: str = PLAIN

    def __str__(self) -> str:
        """Return the series as a person would say it."""
        return self.model if self.system == PLAIN else f"{self.model} with {self.system}"


class Estimates:
    """The estimates of a run, found by what they estimate."""

    def __init__(self, rows: Iterable[Estimate]) -> None:
        self.rows = tuple(rows)
        self._known = {(e.kind, e.cell, e.metric, e.group, e.against): e for e in self.rows}

    def find(
        self, kind: EstimateKind, cell: Cell, metric: str, group: str = "", against: str = ""
    ) -> Estimate | None:
        """Return an estimate, None where it was not made."""
        return self._known.get((kind, cell, metric, group, against))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell with a value, in the order of the run."""
        return tuple(dict.fromkeys(e.cell for e in self.rows if e.kind == "value"))


@dataclass(frozen=True, slots=True)
class Scope:
    """A case with what was measured in it.

    dims: every size asked of any model, the widest first. primary: the metric that pages lead
    with, the first nDCG or else the first of the case. charted: the metrics that are drawn.
    changes: metrics that compare changed input with clean input, which has no value for them.
    """

    facts: CaseFacts
    series: tuple[Series, ...]
    dims: tuple[int, ...]
    cells: tuple[Cell, ...]
    primary: str
    charted: tuple[str, ...]
    changes: tuple[str, ...]
    estimates: Estimates

    def cell(self, series: Series, dim: int, probe: str = CLEAN) -> Cell:
        """Return the cell of a series at a size."""
        return Cell(self.facts.name, series.model, series.system, probe, dim)

    def widest(self, series: Series) -> int:
        """Return the widest size at which a series was measured."""
        return max(self.measured_dims(series))

    def measured_dims(self, series: Series) -> tuple[int, ...]:
        """Return the sizes at which a series was measured, the widest first."""
        found = {c.dim for c in self.cells if Series(c.model, c.system) == series}
        return tuple(sorted(found, reverse=True))

    def ends(self, series: Series) -> tuple[int, ...]:
        """Return the widest and the smallest size at which a series was measured."""
        dims = self.measured_dims(series)
        return tuple(dict.fromkeys((dims[0], dims[-1])))

    def value(self, cell: Cell, metric: str, group: str = "") -> Estimate | None:
        """Return the value of a metric in a cell."""
        return self.estimates.find("value", cell, metric, group)

    def groups(self, tag: str) -> tuple[str, ...]:
        """Return the labels `tag=value` of a group, sorted."""
        name = self.facts.name
        found = {e.group for e in self.estimates.rows if e.group and e.cell.case == name}
        return tuple(
            sorted(g for g in found if g.partition("=")[0] == tag and not _CONDITION.search(g))
        )

    def metrics(self) -> tuple[str, ...]:
        """Return the metrics of the case that clean input has, the primary one first."""
        others = (m for m in self.facts.metrics if m != self.primary and m not in self.changes)
        return (self.primary, *others)


def scopes(run: Run) -> tuple[Scope, ...]:
    """Return the cases of a run in which anything was measured."""
    estimates = Estimates(run.estimates)
    made = (_scope(run, case, estimates) for case in run.cases)
    return tuple(scope for scope in made if scope.cells and scope.primary)


def _scope(run: Run, case: CaseFacts, estimates: Estimates) -> Scope:
    """Return one case with what was measured in it."""
    cells = tuple(c for c in estimates.cells if c.case == case.name)
    asked = {dim for model in run.models for dim in model.sizes}
    clean = {
        e.metric
        for e in estimates.rows
        if e.kind == "value" and e.cell.case == case.name and e.cell.probe == CLEAN
    }
    primary = _primary(tuple(m for m in case.metrics if m in clean))
    others = [m for m in case.metrics if m in clean and not m.startswith(_QUALITY_OF_JUDGEMENTS)]
    charted = dict.fromkeys([primary, *others] if primary else [])
    return Scope(
        facts=case,
        series=tuple(dict.fromkeys(Series(c.model, c.system) for c in cells)),
        dims=tuple(sorted(asked | {c.dim for c in cells}, reverse=True)),
        cells=cells,
        primary=primary,
        charted=tuple(charted)[:_CHARTED],
        changes=tuple(m for m in case.metrics if m not in clean),
        estimates=estimates,
    )


def _primary(metrics: tuple[str, ...]) -> str:
    """Return the metric that pages lead with, "" where there is none."""
    leading = [m for m in metrics if m.startswith("ndcg")]
    return next(iter((*leading, *metrics)), "")

"""Which estimates a run needs: what every report shows, and what each gate asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.core.arrays import Bool
from evalkit.core.errors import Problem, SuiteError
from evalkit.core.items import UNKNOWN, Item
from evalkit.core.plan import CasePlan, GatePlan, Plan, ProbePlan
from evalkit.core.results import CLEAN, PLAIN, Cell, EstimateKind, StoredScores
from evalkit.pipeline.offer import cells as offered_cells


@dataclass(frozen=True, slots=True)
class Slice:
    """Some units of a case: those in a group, of those the ones that fulfil conditions.

    group: a tag, or tags crossed as `a*b`; value: the value or values, joined alike. where: tag and
    allowed values, sorted.
    """

    group: str = ""
    value: str = ""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        """Return the slice as estimates name it, `tag=value & tag=a|b`, "" for all units."""
        parts = [f"{self.group}={self.value}"] if self.group else []
        return " & ".join(parts + [f"{tag}={'|'.join(values)}" for tag, values in self.where])

    @property
    def unknown(self) -> bool:
        """Whether it holds units whose group is not known."""
        return UNKNOWN in self.value.split("*")


EVERYTHING = Slice()


def group_slices(items: tuple[Item, ...], group: str) -> tuple[Slice, ...]:
    """Return a slice for each value of a group that occurs among items, sorted."""
    values = {v for item in items for v in _values(item, group)}
    return tuple(Slice(group, value) for value in sorted(values))


def _values(item: Item, group: str) -> list[str]:
    """Return an item's values of a group, those of an intersection joined by `*`."""
    values = [""]
    for tag in group.split("*"):
        values = [f"{v}*{new}" if v else new for v in values for new in item.tag(tag)]
    return values


class Members:
    """Which units of a case are in a slice; each mask is made once."""

    def __init__(self, units: tuple[Item, ...]) -> None:
        self._units = units
        self._masks: dict[Slice, Bool] = {}
        self._slices: dict[str, tuple[Slice, ...]] = {}

    def __call__(self, part: Slice) -> Bool:
        """Return the mask of a slice, bool (n,)."""
        if part not in self._masks:
            self._masks[part] = self._mask(part)
        return self._masks[part]

    def groups(self, group: str) -> tuple[Slice, ...]:
        """Return the slices of a group, sorted by value."""
        if group not in self._slices:
            self._slices[group] = group_slices(self._units, group)
        return self._slices[group]

    def _mask(self, part: Slice) -> Bool:
        """Work out the mask of a slice."""
        mask = np.ones(len(self._units), bool)
        if part.group:
            mask &= np.array([part.value in _values(u, part.group) for u in self._units], bool)
        for tag, allowed in part.where:
            mask &= np.array([not set(u.tag(tag)).isdisjoint(allowed) for u in self._units], bool)
        return mask


@dataclass(frozen=True, slots=True)
class Request:
    """One estimate to make. other: the cell compared with; run: the stored run it belongs to.

    over: for a mean of drops, the probes with the weight of each; the cell's probe names them all.
    """

    kind: EstimateKind
    cell: Cell
    metric: str
    part: Slice = EVERYTHING
    other: Cell | None = None
    run: str = ""
    over: tuple[tuple[str, float], ...] = ()

    @property
    def against(self) -> str:
        """What a comparison compares with, in the words of a gate."""
        if self.run:
            return f"run {self.run}"
        if self.kind in ("gap", "excess"):
            return "rest" if self.kind == "gap" else "chance"
        if self.other is None:
            return ""
        if self.over:
            return f"probe {self.other.probe}"
        names = ("case", "model", "system", "probe", "dim")
        differs = [n for n in names if getattr(self.other, n) != getattr(self.cell, n)]
        return ", ".join(f"{'at' if n == 'dim' else n} {getattr(self.other, n)}" for n in differs)


def reported(
    plan: Plan,
    measured: Collection[tuple[Cell, str]],
    chance: Collection[tuple[Cell, str]] = (),
) -> Iterator[Request]:
    """Yield the requests that every report shows, for all cells and metrics that were measured.

    chance: the cells and metrics of which is known what chance gives.
    """
    groups = {case.name: _groups(case) for case in plan.cases}
    cells = {cell for cell, _ in measured}
    between = {cell: tuple(_others(cell, cells, *_axes(cells))) for cell in cells}
    probes = {case.name: case.probes for case in plan.cases}
    leading = {case.name: _leading(case, measured) for case in plan.cases}
    for cell, metric in measured:
        yield from _within(cell, metric, groups[cell.case])
        for kind, other in between[cell]:
            yield Request(kind, cell, metric, other=other)
            led = kind == "loss" and cell.probe == CLEAN and metric == leading[cell.case]
            for part in groups[cell.case] if led else ():
                yield Request(kind, cell, metric, part, other=other)
        for part in (EVERYTHING, *groups[cell.case]) if (cell, metric) in chance else ():
            yield Request("excess", cell, metric, part)
        if cell.probe == CLEAN:
            yield from over_probes(cell, metric, probes[cell.case], groups[cell.case])


def alike(cells: Collection[Cell], metric: str, groups: Sequence[Slice]) -> Iterator[Request]:
    """Yield what reports show of one metric in some cells of a case that no probe changed."""
    axes = _axes(cells)
    for cell in cells:
        yield from _within(cell, metric, tuple(groups))
        for kind, other in _others(cell, cells, *axes):
            yield Request(kind, cell, metric, other=other)


def _leading(case: CasePlan, measured: Collection[tuple[Cell, str]]) -> str:
    """Return the metric that reports lead with: the first nDCG on clean input, else the first."""
    clean = {m for cell, m in measured if cell.case == case.name and cell.probe == CLEAN}
    names = [m.name for m in case.metrics if m.name in clean]
    return next(iter((*(n for n in names if n.startswith("ndcg")), *names)), "")


def _groups(case: CasePlan) -> tuple[Slice, ...]:
    """Return a slice for every value of every group of a case."""
    units = case.units if case.groups else ()
    return tuple(part for g in case.groups for part in group_slices(units, g))


def _within(cell: Cell, metric: str, groups: tuple[Slice, ...]) -> Iterator[Request]:
    """Yield values and drops, overall and by group, and the gaps of one cell and metric."""
    for part in (EVERYTHING, *groups):
        yield Request("value", cell, metric, part)
        if cell.probe != CLEAN:
            yield Request("drop", cell, metric, part, other=replace(cell, probe=CLEAN))
    for part in groups if cell.probe == CLEAN else ():
        yield Request("gap", cell, metric, part)


def over_probes(
    clean: Cell, metric: str, probes: tuple[ProbePlan, ...], groups: tuple[Slice, ...] = ()
) -> Iterator[Request]:
    """Yield the mean drop over all probes, at all severities and at each, and the area of each.

    The mean over all, `*`, is made for every group too. Probes whose severities are kinds instead
    of strengths have no area.
    """
    probes = tuple(probe for probe in probes if probe.ordered)
    every = [(probe, severity) for probe in probes for severity in probe.severities]
    for part in (EVERYTHING, *groups) if len(every) > 1 else ():
        yield _mean("*", clean, metric, [p.label(s) for p, s in every], part)
    for severity in sorted({severity for _, severity in every}) if len(probes) > 1 else ():
        labels = [p.label(s) for p, s in every if s == severity]
        yield _mean(f"*/{severity}", clean, metric, labels)
    for probe in probes:
        if len(probe.severities) > 1 and probe.ordered:
            cell = replace(clean, probe=f"{probe.name}@{probe.side}")
            yield Request("area", cell, metric, other=clean, over=_trapezoid(probe))


def _mean(
    name: str, clean: Cell, metric: str, labels: list[str], part: Slice = EVERYTHING
) -> Request:
    """Return the request for the mean of drops under some labels."""
    over = tuple((label, 1.0 / len(labels)) for label in labels)
    cell = replace(clean, probe=name)
    return Request("mean_drop", cell, metric, part, other=clean, over=over)


def _trapezoid(probe: ProbePlan) -> tuple[tuple[str, float], ...]:
    """Return the weight of each severity in the mean height of the curve that begins at 0.

    The trapezoidal rule from severity 0, where nothing drops, to the highest one measured.
    """
    at = sorted(probe.severities)
    last = at[-1]
    ends = zip([0, *at[:-1]], at, [*at[1:], last], strict=True)
    return tuple((probe.label(here), (after - before) / 2 / last) for before, here, after in ends)


def _axes(cells: Collection[Cell]) -> tuple[dict[Cell, int], list[str]]:
    """Return the widest size of each cell without its size, and the models, sorted."""
    widest: dict[Cell, int] = {}
    for cell in cells:
        key = replace(cell, dim=0)
        widest[key] = max(cell.dim, widest.get(key, 0))
    return widest, sorted({cell.model for cell in cells})


def _others(
    cell: Cell, cells: Collection[Cell], widest: Mapping[Cell, int], models: list[str]
) -> Iterator[tuple[EstimateKind, Cell]]:
    """Yield what a cell is compared with: its widest size, plain search, and other models."""
    if cell.dim < widest[replace(cell, dim=0)]:
        yield "loss", replace(cell, dim=widest[replace(cell, dim=0)])
    if cell.system != PLAIN and replace(cell, system=PLAIN) in cells:
        yield "advantage", replace(cell, system=PLAIN)
    for model in models if cell.probe == CLEAN else ():
        if model > cell.model and replace(cell, model=model) in cells:
            yield "advantage", replace(cell, model=model)


@dataclass(frozen=True, slots=True)
class Target:
    """One verdict to reach: a gate on one model, probe and group, and the estimate it needs.

    each: where a bound must hold under several probes, the drop under each of them; the cell of
    `request` then names them all.
    """

    gate: GatePlan
    request: Request
    each: tuple[Request, ...] = ()

    @property
    def asked(self) -> tuple[Request, ...]:
        """The estimates to make for it."""
        return self.each or (self.request,)


def targets(plan: Plan) -> list[Target]:
    """Return one target per gate, model, probe and group.

    What a model does not offer is left out, and so is a cell against itself. Units whose group is
    unknown are reported and not gated. Raises SuiteError for gates that nothing is left of.
    """
    cases = {case.name: case for case in plan.cases}
    cells = frozenset(offered_cells(plan))
    found: list[Target] = []
    idle: list[Problem] = []
    for gate in plan.gates:
        asked = [
            target
            for target in _targets_of(plan, gate, cases[gate.case])
            if all(_possible(request, cells) for request in target.asked)
        ]
        found += asked
        if not asked and not plan.substituted:
            what = f"no model of the suite offers what this gate on '{gate.case}' needs."
            fix = "Gate a size, modality or probe that one of its models has."
            idle.append(Problem(f"{plan.origin}:{gate.line}", what, fix))
    if idle:
        raise SuiteError(*idle)
    return found


def _possible(request: Request, cells: frozenset[Cell]) -> bool:
    """Return whether both ends of a request are measured, and are not one and the same."""
    other = request.other
    if request.over:
        return all(replace(request.cell, probe=probe) in cells for probe, _ in request.over)
    if request.cell not in cells or request.run:
        return request.cell in cells
    return other is None or (other in cells and other != request.cell)


def _targets_of(plan: Plan, gate: GatePlan, case: CasePlan) -> Iterator[Target]:
    """Yield the targets of a gate: per model, probe and group; several probes may share one."""
    together = gate.bound.kind in ("mean_drop_at_most", "worst_drop_at_most")
    where = tuple(sorted((tag, tuple(sorted(v))) for tag, v in gate.where.items()))
    units = case.units if gate.by else ()
    groups = group_slices(units, gate.by) if gate.by else (EVERYTHING,)
    for model in (m for m in plan.models if gate.model in ("", m.name)):
        for probe in (gate.probe,) if together else gate.probes:
            cell = Cell(gate.case, model.name, gate.system, probe, gate.at)
            for part in groups:
                if not part.unknown:
                    yield target_of(gate, cell, replace(part, where=where))


def target_of(gate: GatePlan, cell: Cell, part: Slice) -> Target:
    """Return the target of a gate in one cell, which may stand for several, and slice."""
    clean = replace(cell, probe=CLEAN)
    if gate.bound.kind == "mean_drop_at_most":
        over = tuple((probe, 1.0 / len(gate.probes)) for probe in gate.probes)
        request = Request("mean_drop", cell, gate.metric, part, other=clean, over=over)
        return Target(gate, request)
    if gate.bound.kind == "worst_drop_at_most":
        drop = Request("drop", cell, gate.metric, part, other=clean)
        each = [replace(drop, cell=replace(cell, probe=probe)) for probe in gate.probes]
        return Target(gate, drop, tuple(each))
    return Target(gate, _asked(gate, cell, part))


def _asked(gate: GatePlan, cell: Cell, part: Slice) -> Request:
    """Return the request that a gate's bound needs in one cell and slice."""
    kind, against = gate.bound.kind, gate.bound.against
    if kind == "drop_at_most":
        return Request("drop", cell, gate.metric, part, other=replace(cell, probe=CLEAN))
    if kind in ("gap_at_most", "excess_at_most", "excess_within"):
        return Request("gap" if kind == "gap_at_most" else "excess", cell, gate.metric, part)
    if against is None:
        return Request("value", cell, gate.metric, part)
    if against.kind == "run":
        return Request("regression", cell, gate.metric, part, other=cell, run=against.name)
    if against.kind == "at":
        other = replace(cell, dim=int(against.name))
        return Request("loss", cell, gate.metric, part, other=other)
    changed: dict[str, Any] = {against.kind: against.name}
    return Request("advantage", cell, gate.metric, part, other=replace(cell, **changed))


def stored_runs(plan: Plan) -> dict[str, StoredScores]:
    """Return the stored runs that gates compare with, by the name written in the suite."""
    return {
        gate.bound.against.name: gate.bound.against.stored
        for gate in plan.gates
        if gate.bound.against is not None and gate.bound.against.stored is not None
    }

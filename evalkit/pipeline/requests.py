"""Which estimates a run needs: what every report shows, and what each gate asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Bool
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, GatePlan, Plan
from evalkit.core.results import CLEAN, PLAIN, Cell, EstimateKind, StoredScores
from evalkit.pipeline.offer import able, offered_sizes


@dataclass(frozen=True, slots=True)
class Request:
    """One estimate to make. other: the cell compared with; run: the stored run it belongs to.

    group and where select units: a group is `tag=value` or "", where is `tag=a|b & tag=c` or "".
    """

    kind: EstimateKind
    cell: Cell
    metric: str
    group: str = ""
    where: str = ""
    other: Cell | None = None
    run: str = ""

    @property
    def against(self) -> str:
        """What a comparison compares with, in the words of a gate."""
        if self.run:
            return f"run {self.run}"
        if self.kind == "gap":
            return "rest"
        if self.other is None:
            return ""
        names = ("case", "model", "system", "probe", "dim")
        differs = [n for n in names if getattr(self.other, n) != getattr(self.cell, n)]
        return ", ".join(f"{'at' if n == 'dim' else n} {getattr(self.other, n)}" for n in differs)


def group_values(items: tuple[Item, ...], group: str) -> tuple[str, ...]:
    """Return the labels `group=value` that occur among items, sorted; `a*b` crosses two tags."""
    return tuple(sorted({f"{group}={v}" for item in items for v in _values(item, group)}))


def _values(item: Item, group: str) -> list[str]:
    """Return an item's values of a group, those of an intersection joined by `*`."""
    values = [""]
    for tag in group.split("*"):
        values = [f"{v}*{new}" if v else new for v in values for new in item.tag(tag)]
    return values


class Members:
    """Which of a case's units are in a group and fulfil conditions; each mask is made once."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self._items = items
        self._masks: dict[tuple[str, str], Bool] = {}

    def __call__(self, group: str, where: str) -> Bool:
        """Return the mask of a group `tag=value` and conditions, "" for none, bool (n,)."""
        if (group, where) not in self._masks:
            self._masks[group, where] = _members(self._items, group, where)
        return self._masks[group, where]

    def groups(self, group: str) -> tuple[str, ...]:
        """Return the labels `group=value` that occur, sorted."""
        return group_values(self._items, group)


def _members(items: tuple[Item, ...], group: str, where: str) -> Bool:
    """Return which items are in a group and fulfil the conditions, bool (n,)."""
    mask = np.ones(len(items), bool)
    if group:
        tag, _, value = group.partition("=")
        mask &= np.array([value in _values(item, tag) for item in items], bool)
    for condition in filter(None, where.split(" & ")):
        tag, _, wanted = condition.partition("=")
        allowed = set(wanted.split("|"))
        mask &= np.array([bool(allowed & set(item.tag(tag))) for item in items], bool)
    return mask


def where_text(where: Mapping[str, tuple[str, ...]]) -> str:
    """Return conditions as one string, `tag=a|b & tag=c`, sorted."""
    return " & ".join(f"{tag}={'|'.join(sorted(v))}" for tag, v in sorted(where.items()))


def reported(plan: Plan, measured: Collection[tuple[Cell, str]]) -> Iterator[Request]:
    """Yield the requests that every report shows, for all cells and metrics that were measured."""
    groups = {case.name: _group_labels(case) for case in plan.cases}
    cells = {cell for cell, _ in measured}
    for cell, metric in measured:
        yield from _of_cell(cell, metric, groups[cell.case])
        yield from _between_cells(cell, metric, cells)


def _group_labels(case: CasePlan) -> tuple[str, ...]:
    """Return every `tag=value` of the groups of a case."""
    return tuple(label for g in case.groups for label in group_values(case.data.queries, g))


def _of_cell(cell: Cell, metric: str, groups: tuple[str, ...]) -> Iterator[Request]:
    """Yield values and drops, overall and by group, and the gaps of one cell and metric."""
    for group in ("", *groups):
        yield Request("value", cell, metric, group)
        if cell.probe != CLEAN:
            yield Request("drop", cell, metric, group, other=replace(cell, probe=CLEAN))
    for group in groups if cell.probe == CLEAN else ():
        yield Request("gap", cell, metric, group)


def _between_cells(cell: Cell, metric: str, cells: Collection[Cell]) -> Iterator[Request]:
    """Yield the loss against the widest size, and advantages over plain search and other models."""
    widest = max(c.dim for c in cells if replace(c, dim=0) == replace(cell, dim=0))
    if cell.dim < widest:
        yield Request("loss", cell, metric, other=replace(cell, dim=widest))
    if cell.system != PLAIN and replace(cell, system=PLAIN) in cells:
        yield Request("advantage", cell, metric, other=replace(cell, system=PLAIN))
    for model in sorted({c.model for c in cells}) if cell.probe == CLEAN else ():
        if model > cell.model and replace(cell, model=model) in cells:
            yield Request("advantage", cell, metric, other=replace(cell, model=model))


@dataclass(frozen=True, slots=True)
class Target:
    """One verdict to reach: a gate on one model, probe and group, and the estimate it needs."""

    gate: GatePlan
    request: Request


def targets(plan: Plan) -> list[Target]:
    """Return one target per gate, model, probe and group.

    Models without the size or a modality are left out, and so is a cell against itself.
    """
    cases, pairs = {case.name: case for case in plan.cases}, able(plan)
    found: list[Target] = []
    for gate in plan.gates:
        case = cases[gate.case]
        for model in (m for m in plan.models if gate.model in ("", m.name)):
            if (case.name, model.name) not in pairs or gate.at not in offered_sizes(model):
                continue
            for probe in gate.probes:
                cell = Cell(gate.case, model.name, gate.system, probe, gate.at)
                groups = group_values(case.data.queries, gate.by) if gate.by else ("",)
                asked = [_asked(gate, cell, group) for group in groups]
                found += [Target(gate, r) for r in asked if r.run or r.other != cell]
    return found


def _asked(gate: GatePlan, cell: Cell, group: str) -> Request:
    """Return the request that a gate's bound needs in one cell and group."""
    where = where_text(gate.where)
    kind = gate.bound.kind
    against = gate.bound.against
    if kind == "drop_at_most":
        clean = replace(cell, probe=CLEAN)
        return Request("drop", cell, gate.metric, group, where, other=clean)
    if kind == "gap_at_most":
        return Request("gap", cell, gate.metric, group, where)
    if against is None:
        return Request("value", cell, gate.metric, group, where)
    if against.kind == "run":
        return Request("regression", cell, gate.metric, group, where, other=cell, run=against.name)
    if against.kind == "at":
        other = replace(cell, dim=int(against.name))
        return Request("loss", cell, gate.metric, group, where, other=other)
    changed = {against.kind: against.name}
    other = replace(cell, **changed)  # type: ignore[arg-type]
    return Request("advantage", cell, gate.metric, group, where, other=other)


def stored_runs(plan: Plan) -> dict[str, StoredScores]:
    """Return the stored runs that gates compare with, by the name written in the suite."""
    return {
        gate.bound.against.name: gate.bound.against.stored
        for gate in plan.gates
        if gate.bound.against is not None and gate.bound.against.stored is not None
    }

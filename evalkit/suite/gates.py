"""The gates of a suite: every name in them looked up, so that each can be judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evalkit.core.errors import nearest
from evalkit.core.plan import GatePlan, Waiver
from evalkit.core.results import CLEAN
from evalkit.suite.bounds import resolve_bound
from evalkit.suite.cases import CaseParts
from evalkit.suite.entries import cut
from evalkit.suite.gate_context import GateContext
from evalkit.suite.models import Models
from evalkit.suite.place import Place
from evalkit.suite.probes import expand
from evalkit.suite.schema import GateFile, SuiteFile
from evalkit.suite.selection import check_tags
from evalkit.suite.stored import Stored


def resolve_gates(
    suite: SuiteFile,
    models: Models,
    cases: Mapping[str, CaseParts],
    written: frozenset[str],
    root: Place,
) -> tuple[GatePlan, ...]:
    """Return the gates of a suite; those with something wrong in them are reported instead."""
    stored = Stored(Path(root.file).parent)
    found = []
    for row, gate in enumerate(suite.gates):
        place = root.at("gates", row)
        context = GateContext(gate, place, cases.get(gate.case), models, cases, written, stored)
        found.append(_gate(context))
    return tuple(gate for gate in found if gate is not None)


def _gate(context: GateContext) -> GatePlan | None:
    """Return one gate, None where something is wrong with it."""
    gate, place = context.gate, context.place
    before = len(place.problems.found)
    _check_names(context)
    _check_metric(context)
    probes = _probes(context)
    _check_groups(context)
    bound = resolve_bound(context, probes)
    if bound is None or len(place.problems.found) > before:
        return None
    return GatePlan(
        case=gate.case,
        metric=gate.metric,
        at=gate.at,
        bound=bound,
        model=gate.model or "",
        system=gate.system,
        probes=probes,
        probe=", ".join(gate.probe or [CLEAN]),
        by=gate.by or "",
        where=gate.where or {},
        decide=gate.decide,
        waive=_waiver(gate),
        line=place.node.line,
        aim=context.aim,
    )


def _check_names(context: GateContext) -> None:
    """Report an unknown case, model or system, a size not offered, a waiver beside the point."""
    gate, place = context.gate, context.place
    context.check_case(gate.case, place.at("case"))
    if gate.model is not None:
        context.check_model(gate.model, place.at("model"))
    context.check_system(gate.system, place.at("system"))
    context.check_size(gate.at, place.at("at"))
    context.check_modalities()
    if gate.waive is None:
        return
    spot = place.at("waive", "model")
    context.check_model(gate.waive.model, spot)
    if gate.model not in (None, gate.waive.model):
        spot.wrong(
            f"the waiver is for '{gate.waive.model}', the gate is about '{gate.model}'.",
            "Name the same model.",
        )


def _waiver(gate: GateFile) -> Waiver | None:
    """Return the waiver of a gate."""
    one = gate.waive
    return Waiver(one.model, one.why, one.owner, one.until) if one else None


def _check_metric(context: GateContext) -> None:
    """Report a metric that the case does not compute."""
    metrics = context.case.metrics if context.case else None
    name = context.gate.metric
    if metrics is not None and name and name not in metrics:
        place = context.place.at("metric")
        place.wrong(
            f"the case '{context.gate.case}' does not compute '{cut(name)}'; "
            f"{nearest(name, metrics)}",
            "Add it to the case's metrics.",
        )


def _probes(context: GateContext) -> tuple[str, ...]:
    """Return the labels of the probes that a gate is about."""
    written = context.gate.probe
    if written is None:
        return (CLEAN,)
    probes = context.case.probes if context.case else None
    if probes is None:
        return ()
    place = context.place.at("probe")
    found = [expand(one, probes, place.at(row)) for row, one in enumerate(written)]
    return tuple(dict.fromkeys(label for labels in found for label in labels))


def _check_groups(context: GateContext) -> None:
    """Report a group that the case does not compare, and a condition that no query meets."""
    gate, place, case = context.gate, context.place, context.case
    if case is None:
        return
    if gate.by is not None and case.groups is not None and gate.by not in case.groups:
        place.at("by").wrong(
            f"'{gate.by}' is not among the groups of the case; {nearest(gate.by, case.groups)}",
            "Add it to the case's groups.",
        )
    if gate.where is not None and case.units is not None:
        check_tags(case.units, gate.where, place.at("where"), "query")

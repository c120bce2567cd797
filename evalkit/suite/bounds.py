"""The one bound of a gate, and what it compares with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from evalkit.core.changed import Changed
from evalkit.core.items import digest_if_readable
from evalkit.core.metric import Metric
from evalkit.core.plan import Against, Bound
from evalkit.core.results import CLEAN, StoredScores
from evalkit.suite.by_chance import EXCESS_WITHIN, complaint
from evalkit.suite.cases import CaseParts
from evalkit.suite.gate_context import GateContext
from evalkit.suite.place import Place
from evalkit.suite.schema import BOUNDS, COMPARED, Target

_COMPARISONS = ("no_worse_than", "advantage_over")
_ON_VALUES = ("at_least", "at_most", "within")
Kind = Literal["at", "model", "system", "case", "run"]


def resolve_bound(context: GateContext, probes: tuple[str, ...]) -> Bound | None:
    """Return the bound of a gate, None where something is wrong with it."""
    gate, place = context.gate, context.place
    written = [name for name in BOUNDS if getattr(gate, name) is not None]
    if len(written) != 1:
        if not (place.node.pruned and not written):
            _report_count(written, place)
        return None
    (name,) = written
    _check_company(context, name, probes)
    if name in _COMPARISONS:
        return _comparison(context, name)
    low, high = gate.within or gate.excess_within or (getattr(gate, name), None)
    _check_range(context, name, low, high)
    return Bound(cast("Any", name), float(low), high)


def _report_count(written: list[str], place: Place) -> None:
    """Report a gate with no bound, or with several."""
    if written:
        several = " and ".join(f"'{name}'" for name in written)
        place.at(written[1]).wrong(
            f"a gate has one bound, this one has {several}.", "Write one gate for each."
        )
    else:
        place.wrong("the gate has no bound.", f"Add one of {', '.join(BOUNDS)}.")


def _check_company(context: GateContext, name: str, probes: tuple[str, ...]) -> None:
    """Report keys that the bound needs beside it, or that mean nothing there."""
    gate, place = context.gate, context.place
    if name.endswith("drop_at_most") and CLEAN in probes:
        where = place.at("probe")
        where.wrong("a drop is measured under a probe.", "Name one, such as probe: typos/3.")
    metric = context.metric()
    if metric and metric.evidence_kind == Changed.kind:
        _check_change(context, name, probes)
    if metric:
        _check_chance(context, name, metric)
    if name == "gap_at_most" and gate.by is None:
        place.at(name).wrong("a gap is measured between groups.", "Add by: and a group.")
    if name in _COMPARISONS and gate.margin is None and not place.node.pruned:
        place.at(name).wrong(f"'{name}' needs a margin.", "Add margin: and a number.")
    if name not in _COMPARISONS and gate.margin is not None:
        place.at("margin").wrong(f"'{name}' takes no margin.", "Remove it.")


def _check_change(context: GateContext, name: str, probes: tuple[str, ...]) -> None:
    """Report a metric of change that is gated on clean input, or as a further change."""
    gate, place = context.gate, context.place
    if name.endswith("drop_at_most"):
        what = f"'{gate.metric}' is a change already, so it cannot drop."
        place.at(name).wrong(what, f"Write at_least or at_most instead of {name}.")
    elif CLEAN in probes:
        where = place.at("probe") if gate.probe else place
        what = f"'{gate.metric}' compares changed input with clean input."
        where.wrong(what, "Name a probe, such as probe: typos/3.")


def _check_chance(context: GateContext, name: str, metric: Metric) -> None:
    """Report a bound that says nothing of a metric which chance alone moves."""
    wrong = complaint(metric, name)
    if wrong:
        context.place.at(name).wrong(*wrong)


def _check_range(context: GateContext, name: str, low: float, high: float | None) -> None:
    """Report a bound that the metric cannot reach, and an interval written backwards."""
    place = context.place.at(name)
    if high is not None and low >= high:
        place.wrong(f"the interval from {low:g} to {high:g} is empty.", "Write [low, high].")
    metric = context.metric()
    if metric is None:
        return
    least, most = metric.range
    if name not in _ON_VALUES:
        most -= least
        least = -most if name == EXCESS_WITHIN else 0.0
    for value in (low, high):
        if value is not None and not least <= value <= most:
            kind = "metric" if name in _ON_VALUES else "difference"
            place.wrong(
                f"{value:g} lies outside what the {kind} can be, {least:g} to {most:g}.",
                "Write it on that scale.",
            )


def _comparison(context: GateContext, name: str) -> Bound | None:
    """Return a bound that compares with something else."""
    gate = context.gate
    target: Target = getattr(gate, name)
    place = context.place.at(name)
    written = [key for key in COMPARED if getattr(target, key) is not None]
    if len(written) != 1:
        if not place.node.pruned:
            got = " and ".join(written) or "none of them"
            place.wrong(
                f"expected one of {', '.join(COMPARED)} to compare with, got {got}.", "Name one."
            )
        return None
    (kind,) = written
    if gate.margin is not None:
        _check_range(context, "margin", gate.margin, None)
    stored = _CHECKS[kind](context, getattr(target, kind), place.at(kind))
    against = Against(cast("Kind", kind), str(getattr(target, kind)), stored)
    return Bound(cast("Any", name), gate.margin or 0.0, against=against)


def _same(place: Place, what: str) -> None:
    """Report a comparison of something with itself."""
    place.wrong(f"the gate compares {what} with itself.", "Name another one.")


def _at(context: GateContext, size: int, place: Place) -> None:
    """Check another size."""
    if size == context.gate.at:
        _same(place, f"the size {size}")
    else:
        context.check_size(size, place)


def _model(context: GateContext, name: str, place: Place) -> None:
    """Check another model, and that it offers the size."""
    context.check_model(name, place)
    if name == context.gate.model:
        _same(place, f"the model '{name}'")
    elif len(context.models.written) == 1 and name in context.models.written:
        _same(place, "the only model")
    model, size = context.models.get(name), context.gate.at
    if size and model and not (size in model.embedder.sizes and size in model.dims):
        what = f"the model '{name}' is not measured at the size {size}."
        place.wrong(what, "Choose another size.")


def _system(context: GateContext, name: str, place: Place) -> None:
    """Check another system."""
    if name == context.gate.system:
        _same(place, f"the system '{name}'")
    else:
        context.check_system(name, place)


def _case(context: GateContext, name: str, place: Place) -> None:
    """Check another case: it computes the metric, over equal queries and truth."""
    if name == context.gate.case:
        _same(place, f"the case '{name}'")
        return
    context.check_case(name, place)
    other, metric = context.cases.get(name), context.gate.metric
    if other is None or context.case is None:
        return
    if other.metrics is not None and metric not in other.metrics:
        place.wrong(f"the case '{name}' does not compute '{metric}'.", "Add it to its metrics.")
    one, two = context.case, other
    if one.data and two.data and (_identity(one) != _identity(two)):
        place.wrong(
            f"the cases '{context.gate.case}' and '{name}' differ in queries or truth.",
            "Compare cases over the same queries.",
        )


def _identity(case: CaseParts) -> tuple[dict[str, str], Mapping[str, Mapping[str, int]]]:
    """Return what two cases must share to be compared: units by content, and judgements."""
    grades = case.data.truth.grades if case.data else {}
    return {item.id: digest_if_readable(item) for item in case.units or ()}, grades


def _run(context: GateContext, written: str, place: Place) -> StoredScores | None:
    """Check a stored run: that it is there and measured the same."""
    return context.stored.get(written, context.gate, context.case, context.models, place)


_CHECKS: Mapping[str, Callable[[GateContext, Any, Place], StoredScores | None]] = {
    "at": _at,
    "model": _model,
    "system": _system,
    "case": _case,
    "run": _run,
}

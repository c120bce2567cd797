"""A gate as data beside its verdict, and back: so that a stored run can be decided again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from evalkit.core.plan import Against, Bound, GatePlan, Waiver
from evalkit.core.results import Verdict
from evalkit.pipeline.requests import Slice, Target, target_of


def rule(target: Target, min_scored: float, in_family: bool) -> dict[str, object]:
    """Return a target as JSON holds it, with what its verdict does not say.

    min_scored: the least share of units with a score. in_family: whether its p-value is adjusted
    together with the others of the suite.
    """
    gate, part = target.gate, target.request.part
    bound, against = gate.bound, gate.bound.against
    return {
        "bound": {
            "kind": bound.kind,
            "value": bound.value,
            "high": bound.high,
            "against": {"kind": against.kind, "name": against.name} if against else None,
        },
        "by": gate.by,
        "slice": {
            "group": part.group,
            "value": part.value,
            "where": {tag: list(values) for tag, values in part.where},
        },
        "probes": list(gate.probes),
        "probe": gate.probe,
        "decide": gate.decide,
        "aim": gate.aim,
        "waive": asdict(gate.waive) if gate.waive else None,
        "min_scored": min_scored,
        "in_family": in_family,
    }


def stored_target(verdict: Verdict) -> Target | None:
    """Return what a stored verdict is of, None in a run that did not store it."""
    if not verdict.rule:
        return None
    told: Mapping[str, Any] = verdict.rule
    cell, where = verdict.cell, told["slice"]["where"]
    gate = GatePlan(
        case=cell.case,
        metric=verdict.metric,
        at=cell.dim,
        bound=_bound(told["bound"]),
        model=cell.model,
        system=cell.system,
        probes=tuple(told["probes"]),
        probe=told["probe"],
        by=told["by"],
        where={tag: tuple(values) for tag, values in where.items()},
        decide=told["decide"],
        waive=Waiver(**told["waive"]) if told["waive"] else None,
        line=verdict.line,
        aim=str(told.get("aim", "")),
    )
    conditions = tuple(sorted((tag, tuple(values)) for tag, values in where.items()))
    part = Slice(told["slice"]["group"], told["slice"]["value"], conditions)
    return target_of(gate, cell, part)


def _bound(told: Mapping[str, Any]) -> Bound:
    """Return a stored bound; a stored run that it compares with is known by its name alone."""
    against = Against(**told["against"]) if told["against"] else None
    return Bound(told["kind"], told["value"], told["high"], against)

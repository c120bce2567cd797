"""Whether the parts of a case fit each other, once each of them is right by itself."""

from __future__ import annotations

from typing import Any

from evalkit.core import registry
from evalkit.core.crossed import Crossed
from evalkit.core.evidence import Clustered, Paired
from evalkit.core.plan import CasePlan
from evalkit.core.systems import System
from evalkit.suite.place import Place

_COMPARING = (Clustered.kind, Crossed.kind, Paired.kind)
"""The evidence of tasks that compare items with each other and rank none."""


def check_fit(case: CasePlan, place: Place) -> None:
    """Report metrics that cannot be taken of the task, and systems that would change nothing."""
    for metric in case.metrics:
        told: Any = getattr(metric, "problems", None)
        for what in told(case.task.evidence_kind) if told else ():
            place.at(metric.name).wrong(what, "Choose a criterion that fits the task.")
    deep: Any = getattr(case.task, "too_deep", None)
    for metric in case.metrics if deep else ():
        evened = bool(getattr(metric, "evens", False))
        for what in deep(case.data, metric.depth, evened) if metric.depth else ():
            place.at("metrics").wrong(f"{metric.name}: {what}")
    if case.task.evidence_kind not in _COMPARING:
        return
    for row, system in enumerate(case.systems):
        if _searches(system):
            place.at("systems", row).wrong(
                f"the task '{case.task_name}' compares items and searches for none, so that "
                f"'{system.name}' would search in vain.",
                "Leave it out, or keep its preparing steps alone.",
            )


def _searches(system: System) -> bool:
    """Return whether a system searches otherwise than by comparing all vectors exactly."""
    exact = type(registry.create("search", "exact"))
    return system.rerank is not None or not isinstance(system.retriever, exact)

"""Before and after: every metric of a case with and without what is built around a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.core.results import PLAIN, Estimate
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.systems import Told, told


@dataclass(frozen=True, slots=True)
class After:
    """One metric under one system at one size.

    before: the value of the model alone. beyond_before, beyond_after: what lies beyond chance, None
    where chance is not known. change: the paired difference, positive is better, None where the run
    did not make it; told: what its interval says.
    """

    system: str
    dim: int
    metric: str
    before: Estimate | None
    after: Estimate
    beyond_before: Estimate | None
    beyond_after: Estimate | None
    change: Estimate | None
    told: Told


def mitigated(scope: Scope, model: str) -> Iterator[After]:
    """Yield what each system of a model changes, a size and a metric at a time, the widest first.

    Nothing where the model alone was not measured: there is no before.
    """
    systems = [s.system for s in scope.series if s.model == model]
    if PLAIN not in systems:
        return
    for system in (s for s in systems if s != PLAIN):
        for dim in scope.measured_dims(Series(model, system)):
            for metric in scope.metrics():
                yield from _after(scope, model, system, dim, metric)


def _after(scope: Scope, model: str, system: str, dim: int, metric: str) -> Iterator[After]:
    """Yield one metric under one system at one size, nothing where it was not measured."""
    find = scope.estimates.find
    before, after = (scope.cell(Series(model, s), dim) for s in (PLAIN, system))
    value = scope.value(after, metric)
    if value is not None:
        change = find("advantage", after, metric, against=f"system {PLAIN}")
        yield After(
            system=system,
            dim=dim,
            metric=metric,
            before=scope.value(before, metric),
            after=value,
            beyond_before=find("excess", before, metric, against="chance"),
            beyond_after=find("excess", after, metric, against="chance"),
            change=change,
            told=told(change),
        )

"""Before and after: what a transform that was fitted on other items changes, size by size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.results import CLEAN, PLAIN, Cell, Detail, Estimate
from evalkit.core.systems import FITTED
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.systems import Told, told


@dataclass(frozen=True, slots=True)
class After:
    """One metric of a case under one system at one size.

    before: the value of the model alone. beyond_before, beyond_after: what lies beyond chance, None
    where chance is not known. change: the paired difference, positive is better, None where the run
    did not make it; told: what its interval says.
    """

    case: str
    metric: str
    before: Estimate | None
    after: Estimate
    beyond_before: Estimate | None
    beyond_after: Estimate | None
    change: Estimate | None
    told: Told


@dataclass(frozen=True, slots=True)
class SizedAfter:
    """One size. facts: what the transform was fitted on, what is known by name."""

    dim: int
    facts: Mapping[str, str | float]
    rows: tuple[After, ...]


@dataclass(frozen=True, slots=True)
class Mitigation:
    """A model with a transform: the widest size and the smallest, and the others.

    Cases that fit a transform of the same name stand together.
    """

    model: str
    system: str
    shown: tuple[SizedAfter, ...]
    folded: tuple[SizedAfter, ...]


def mitigations(scopes: Sequence[Scope], details: Iterable[Detail]) -> Iterator[Mitigation]:
    """Yield what each fitted transform changes, a model and a system at a time."""
    fits = {d.cell: d for d in details if d.table.name == FITTED and d.cell.probe == CLEAN}
    for model, system in dict.fromkeys((c.model, c.system) for c in fits):
        dims = sorted({c.dim for c in fits if (c.model, c.system) == (model, system)}, reverse=True)
        made = [_sized(scopes, fits, Series(model, system), dim) for dim in dims]
        found = [sized for sized in made if sized.rows]
        if found:
            ends = {found[0].dim, found[-1].dim}
            yield Mitigation(
                model=model,
                system=system,
                shown=tuple(s for s in found if s.dim in ends),
                folded=tuple(s for s in found if s.dim not in ends),
            )


def _sized(
    scopes: Sequence[Scope], fits: Mapping[Cell, Detail], series: Series, dim: int
) -> SizedAfter:
    """Return one size: every metric of every case in which the transform was fitted."""
    inside = [scope for scope in scopes if scope.cell(series, dim) in fits]
    facts: dict[str, str | float] = {}
    for scope in inside[:1]:
        table = fits[scope.cell(series, dim)].table
        cells = zip(table.columns, table.rows[0], strict=True)
        facts = {name: value for name, value in cells if value is not None}
    rows = [row for scope in inside for m in scope.metrics() for row in _row(scope, series, dim, m)]
    return SizedAfter(dim, facts, tuple(rows))


def _row(scope: Scope, series: Series, dim: int, metric: str) -> Iterator[After]:
    """Yield one metric of a case at one size, nothing where it was not measured."""
    find = scope.estimates.find
    before, after = scope.cell(Series(series.model, PLAIN), dim), scope.cell(series, dim)
    value = scope.value(after, metric)
    if value is not None:
        change = find("advantage", after, metric, against=f"system {PLAIN}")
        yield After(
            case=scope.facts.name,
            metric=metric,
            before=scope.value(before, metric),
            after=value,
            beyond_before=find("excess", before, metric, against="chance"),
            beyond_after=find("excess", after, metric, against="chance"),
            change=change,
            told=told(change),
        )

"""The smallest vector size that is not inferior to the widest, and where it is inferior still."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.core.results import CLEAN, Estimate, Verdict
from evalkit.report.view.scope import Scope, Series

USUAL_MARGIN = 0.02
"""The loss that does not matter where no gate of the suite states one."""
_BOUND = re.compile(r"^no worse than at \d+ by more than ([0-9.e+-]+)$")
_LEAST_UNITS = 30


@dataclass(frozen=True, slots=True)
class Exempt:
    """A group or a probe on which a size is not as good: `name` with its loss at that size."""

    name: str
    loss: Estimate


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest size of a series whose whole loss interval lies within the margin.

    dim: that size, the widest where no smaller one is shown to be as good; loss: None there.
    stated: whether a gate of the suite sets the margin. inferior: groups and probes whose whole
    interval lies beyond the margin there; open: those whose interval includes it. grouped: whether
    the run holds losses of groups. small: groups under 30 units, of which nothing is said.
    """

    series: Series
    metric: str
    margin: float
    stated: bool
    widest: int
    dim: int
    loss: Estimate | None
    inferior: tuple[Exempt, ...]
    open: tuple[Exempt, ...]
    grouped: bool
    small: int


def smallest(scope: Scope, verdicts: Sequence[Verdict]) -> Iterator[Smallest]:
    """Yield the smallest size of each series that was measured at several sizes."""
    metric, margin = margin_of(scope, verdicts)
    for series in scope.series:
        found = smallest_of(scope, series, metric, margin)
        if found:
            yield found


def smallest_of(
    scope: Scope, series: Series, metric: str, margin: float | None = None
) -> Smallest | None:
    """Return the smallest size of a series on a metric, None where there is no smaller one.

    margin: the loss that does not matter, the usual one where it is None.
    """
    bound = USUAL_MARGIN if margin is None else margin
    dims = scope.measured_dims(series)
    losses = {dim: _loss(scope, series, dim, metric) for dim in dims[1:]}
    if not any(losses.values()):
        return None
    good = [d for d, e in losses.items() if e and e.high <= bound]
    dim = min(good, default=dims[0])
    return _smallest(scope, series, metric, margin, dim, losses.get(dim))


def margin_of(scope: Scope, verdicts: Sequence[Verdict]) -> tuple[str, float | None]:
    """Return the metric to judge by and the strictest margin of a gate on it, None without one."""
    found: dict[str, float] = {}
    for v in verdicts:
        said = _BOUND.match(v.bound)
        if said and v.cell.case == scope.facts.name and v.metric in scope.metrics():
            found[v.metric] = min(float(said[1]), found.get(v.metric, math.inf))
    metric = scope.primary if scope.primary in found or not found else next(iter(found))
    return metric, found.get(metric)


def _loss(
    scope: Scope, series: Series, dim: int, metric: str, probe: str = CLEAN, group: str = ""
) -> Estimate | None:
    """Return the loss of a size against the widest, None where it is not known."""
    cell, against = scope.cell(series, dim, probe), f"at {scope.widest(series)}"
    found = scope.estimates.find("loss", cell, metric, group, against)
    return found if found and math.isfinite(found.value) else None


def _smallest(
    scope: Scope,
    series: Series,
    metric: str,
    margin: float | None,
    dim: int,
    loss: Estimate | None,
) -> Smallest:
    """Return a size with its exceptions, which the widest has none of."""
    bound, widest = USUAL_MARGIN if margin is None else margin, scope.widest(series)
    groups = [g for tag in scope.facts.groups for g in scope.groups(tag)]
    probes = dict.fromkeys(
        c.probe for c in scope.cells if c.probe != CLEAN and Series(c.model, c.system) == series
    )
    by_group = [(g, _loss(scope, series, dim, metric, group=g)) for g in groups]
    known = [(g, e) for g, e in by_group if e and dim < widest]
    big = [(g, e) for g, e in known if e.n >= _LEAST_UNITS]
    under = [(p, _loss(scope, series, dim, metric, p)) for p in probes]
    seen = [*big, *((p, e) for p, e in under if e and dim < widest)]
    return Smallest(
        series=series,
        metric=metric,
        margin=bound,
        stated=margin is not None,
        widest=widest,
        dim=dim,
        loss=loss,
        inferior=tuple(Exempt(n, e) for n, e in seen if e.low > bound),
        open=tuple(Exempt(n, e) for n, e in seen if not (e.low > bound or e.high <= bound)),
        grouped=bool(known) or not groups,
        small=len(known) - len(big),
    )

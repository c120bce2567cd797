"""How much quality each probe costs: response curves, the worst probe and group, what moved."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.archive import Run
from evalkit.core.results import CLEAN, Estimate
from evalkit.report.view.labels import Label
from evalkit.report.view.scope import Scope, Series
from evalkit.stats import benjamini_hochberg

USUAL_BOUND = 0.05
"""The drop that counts as a loss where no gate says another one."""
AGAINST = f"probe {CLEAN}"
_LEAST_CLEAN = 0.1
"""Below this value on clean input a share of it says nothing."""
_LEAST_UNITS = 30
_DROP = re.compile(r"^drops .*?by at most ([0-9.e+-]+)$")


@dataclass(frozen=True, slots=True)
class Step:
    """One severity of a probe. q: the p-value of the drop, adjusted over all shown drops (BH).

    high: whether more is better, so that a share of the clean value is quality that is left.
    """

    label: Label
    value: Estimate | None
    drop: Estimate | None
    q: float = math.nan
    high: bool = True

    @property
    def kept(self) -> float:
        """The share of quality that is left, NaN where less is better or clean is too low."""
        if self.value is None or self.drop is None or not self.high:
            return math.nan
        clean = self.value.value + self.drop.value
        return self.value.value / clean if clean >= _LEAST_CLEAN else math.nan


@dataclass(frozen=True, slots=True)
class Response:
    """One probe at the widest size, from the least to the highest severity.

    area: the mean drop along the curve, None for one severity, and for severities that are kinds
    instead of strengths. onset: the first severity whose whole interval lies beyond the bound, ""
    where none does.
    """

    name: str
    side: str
    steps: tuple[Step, ...]
    area: Estimate | None
    onset: str

    @property
    def last(self) -> Step:
        """The highest severity."""
        return self.steps[-1]

    @property
    def kinds(self) -> bool:
        """Whether its severities are kinds, so that none is the highest or the first."""
        return self.area is None and len(self.steps) > 1

    @property
    def cost(self) -> float:
        """The mean of its drops, which one drop and several compare by; not known counts least."""
        known = [s.drop.value for s in self.steps if s.drop and math.isfinite(s.drop.value)]
        return float(np.mean(known)) if known else -math.inf


@dataclass(frozen=True, slots=True)
class Robustness:
    """What probes cost a series on its primary metric. bound: the drop that counts as a loss.

    means: size -> the mean drop over all probes. worst: the largest drop of all. group: the group
    with the largest mean drop, of those with 30 units or more.
    """

    metric: str
    dim: int
    bound: float
    gated: bool
    responses: tuple[Response, ...]
    means: tuple[tuple[int, Estimate | None], ...]
    worst: Step | None
    group: Estimate | None

    @property
    def top(self) -> float:
        """The height of the highest drop or interval, for drawing all curves on one scale."""
        drops = [step.drop for response in self.responses for step in response.steps]
        ends = [end for d in drops if d for end in (d.value, d.high) if math.isfinite(end)]
        return max([self.bound, *ends])


def robustness(run: Run, scope: Scope, series: Series, labels: Sequence[Label]) -> Robustness:
    """Return what probes cost a series, the costliest probe first."""
    find, dim, metric = scope.estimates.find, scope.widest(series), scope.primary
    bound = _bound(run, scope, metric)
    high = {m.name: m.better == "high" for m in run.metrics}
    steps = [replace(s, high=high.get(metric, True)) for s in _steps(scope, series, labels)]
    names = dict.fromkeys((label.name, label.side) for label in labels)
    responses = [
        _response(scope, series, bound or USUAL_BOUND, [s for s in steps if _whose(s) == whose])
        for whose in names
    ]
    known = [s for s in steps if s.drop is not None and math.isfinite(s.drop.value)]
    return Robustness(
        metric=metric,
        dim=dim,
        bound=bound or USUAL_BOUND,
        gated=bound is not None,
        responses=tuple(sorted(responses, key=lambda one: -one.cost)),
        means=tuple(
            (d, find("mean_drop", scope.cell(series, d, "*"), metric, against=AGAINST))
            for d in scope.measured_dims(series)
        ),
        worst=max(known, key=lambda s: s.drop.value if s.drop else 0.0, default=None),
        group=_worst_group(scope, series),
    )


def _whose(step: Step) -> tuple[str, str]:
    """Return the probe that a step is of."""
    return step.label.name, step.label.side


def _steps(scope: Scope, series: Series, labels: Iterable[Label]) -> list[Step]:
    """Return every severity of every probe at the widest size, p-values adjusted together."""
    dim = scope.widest(series)
    found = []
    for label in labels:
        cell = scope.cell(series, dim, label.text)
        drop = scope.estimates.find("drop", cell, scope.primary, against=AGAINST)
        found.append(Step(label, scope.value(cell, scope.primary), drop))
    tested = [s for s in found if s.drop is not None and math.isfinite(s.drop.p)]
    adjusted = benjamini_hochberg(np.array([s.drop.p for s in tested if s.drop]))
    chances = {s.label: float(q) for s, q in zip(tested, adjusted, strict=True)}
    return [replace(s, q=chances.get(s.label, math.nan)) for s in found]


def _response(scope: Scope, series: Series, bound: float, steps: list[Step]) -> Response:
    """Return the curve of one probe."""
    ordered = sorted(steps, key=lambda step: step.label.severity)
    name, side = _whose(ordered[0])
    cell = scope.cell(series, scope.widest(series), f"{name}@{side}")
    beyond = (s.label.severity for s in ordered if s.drop is not None and s.drop.low > bound)
    area = scope.estimates.find("area", cell, scope.primary, against=AGAINST)
    return Response(name, side, tuple(ordered), area, next(beyond, ""))


def _worst_group(scope: Scope, series: Series) -> Estimate | None:
    """Return the mean drop of the group that loses most, None without groups of 30 units."""
    cell = scope.cell(series, scope.widest(series), "*")
    found = [
        scope.estimates.find("mean_drop", cell, scope.primary, name, AGAINST)
        for tag in scope.facts.groups
        for name in scope.groups(tag)
    ]
    large = [e for e in found if e and e.n >= _LEAST_UNITS and math.isfinite(e.value)]
    return max(large, key=lambda e: e.value, default=None)


def _bound(run: Run, scope: Scope, metric: str) -> float | None:
    """Return the strictest drop that a gate allows a metric, None where none does."""
    mine = (v for v in run.verdicts if v.cell.case == scope.facts.name and v.metric == metric)
    found = [float(match[1]) for v in mine if (match := _DROP.match(v.bound))]
    return min(found, default=None)

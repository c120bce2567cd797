"""Stage 4: estimates to verdicts. A gate looks its number up and decides; it computes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.plan import Bound, CasePlan, GatePlan, Plan
from evalkit.core.results import CLEAN, PLAIN, Verdict, VerdictStatus
from evalkit.pipeline.estimate import Estimated
from evalkit.pipeline.requests import Request, Target
from evalkit.stats import decide, holm, minimum_detectable_effect, more_units

_ALPHA = 0.05
_LEAST_UNITS = 30
_NAN = float("nan")


def gate(
    plan: Plan, wanted: Iterable[Target], made: Mapping[Request, Estimated]
) -> tuple[Verdict, ...]:
    """Return the verdict of every target, misses adjusted after Holm over the whole suite.

    Waived gates stand outside the family: they cannot break the build. Groups under 30 units are
    reported and not gated, unless that leaves nothing of a gate.
    """
    cases = {case.name: case for case in plan.cases}
    judged = [_Judged.of(t, cases[t.gate.case], made.get(t.request)) for t in _large(wanted, made)]
    family = [n for n, j in enumerate(judged) if j.in_family]
    adjusted = dict(zip(family, holm(np.array([judged[n].p for n in family])), strict=True))
    level = _ALPHA / max(len(family), 1)
    return tuple(
        j.verdict(float(adjusted.get(n, j.p)), level if n in adjusted else _ALPHA)
        for n, j in enumerate(judged)
    )


def _large(wanted: Iterable[Target], made: Mapping[Request, Estimated]) -> list[Target]:
    """Return the targets without groups that are too small, where others of the gate remain."""
    every = list(wanted)
    small = [
        t.gate.by != "" and t.request in made and made[t.request].eligible < _LEAST_UNITS
        for t in every
    ]
    kept = {(id(t.gate), t.request.cell) for t, s in zip(every, small, strict=True) if not s}
    return [
        t
        for t, s in zip(every, small, strict=True)
        if not s or (id(t.gate), t.request.cell) not in kept
    ]


def limits(bound: Bound) -> tuple[float | None, float | None]:
    """Return the lower and upper limit that a bound sets on its estimate, None where it sets none.

    A loss or a regression is positive where this cell is worse, an advantage where it is better.
    """
    margin, against = bound.value, bound.against
    if bound.kind == "at_least":
        return bound.value, None
    if bound.kind == "within":
        return bound.value, bound.high
    if against is None:
        return None, bound.value
    worse_is_positive = against.kind in ("at", "run")
    if bound.kind == "no_worse_than":
        return (None, margin) if worse_is_positive else (-margin, None)
    return (None, -margin) if worse_is_positive else (margin, None)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A target with its evidence, before the suite's other gates are taken into account."""

    target: Target
    found: Estimated | None
    scored_enough: bool
    passes: bool
    p: float

    @classmethod
    def of(cls, target: Target, case: CasePlan, found: Estimated | None) -> _Judged:
        """Return the target judged by itself."""
        if found is None or found.interval is None or np.isnan(found.estimate.value):
            return cls(target, found, False, False, 1.0)
        enough = found.scored >= case.min_scored * found.eligible
        low, high = limits(target.gate.bound)
        if target.gate.decide == "point":
            value = found.estimate.value
            passes = (low is None or value >= low) and (high is None or value <= high)
            return cls(target, found, enough, passes, 1.0 if passes else 0.0)
        passes, p = decide(found.interval, low, high)
        return cls(target, found, enough, passes, p)

    @property
    def gate(self) -> GatePlan:
        """The gate as written."""
        return self.target.gate

    @property
    def waived(self) -> bool:
        """Whether a waiver stands for this model."""
        waiver = self.gate.waive
        return waiver is not None and waiver.model == self.target.request.cell.model

    @property
    def in_family(self) -> bool:
        """Whether a miss here could break the build by chance."""
        return self.scored_enough and not self.waived and self.gate.decide == "interval"

    def verdict(self, adjusted: float, level: float) -> Verdict:
        """Return the verdict, given the adjusted p and the level that it must reach alone."""
        status, why = self._decision(adjusted)
        made = self.found
        estimate = made.estimate if made else None
        mde, more = self._effort(status, level)
        return Verdict(
            gate=sentence(self.target),
            cell=self.target.request.cell,
            metric=self.gate.metric,
            group=estimate.group if estimate else self.target.request.group,
            status=status,
            observed=estimate.value if estimate else _NAN,
            low=estimate.low if estimate else _NAN,
            high=estimate.high if estimate else _NAN,
            n=estimate.n if estimate else 0,
            bound=str(self.gate.bound),
            p=round(self.p, 9),
            p_adjusted=round(adjusted, 9),
            mde=round(mde, 9),
            more_queries=more,
            why=why,
            line=self.gate.line,
        )

    def _decision(self, adjusted: float) -> tuple[VerdictStatus, str]:
        """Return the status and the reason in a sentence."""
        if self.found is None or self.found.eligible == 0:
            return "missing", "Nothing was measured for this gate."
        if not self.scored_enough:
            lost = self.found.eligible - self.found.scored
            return "missing", (
                f"{lost} of {self.found.eligible} units have no score, too many to judge; "
                "see the inputs that were lost."
            )
        if self.passes:
            return "pass", self._passed()
        if self.gate.decide == "point":
            return self._failed("The point estimate misses the bound (judged without uncertainty).")
        if self.found.eligible < _LEAST_UNITS:
            return "inconclusive", (
                f"Only {self.found.eligible} units count; a verdict needs {_LEAST_UNITS}."
            )
        if adjusted <= _ALPHA:
            return self._failed("The whole interval misses the bound.")
        if self.p <= _ALPHA:
            return "inconclusive", "Fails alone, but not once all gates are accounted for (Holm)."
        return "inconclusive", "The interval includes the bound."

    def _passed(self) -> str:
        """Return the reason of a pass."""
        if self.waived:
            return "Passes; the waiver is no longer needed."
        return (
            "The point estimate keeps the bound."
            if self.gate.decide == "point"
            else ("The whole interval keeps the bound.")
        )

    def _failed(self, why: str) -> tuple[VerdictStatus, str]:
        """Return a failure, or what a waiver makes of it."""
        waiver = self.gate.waive
        if self.waived and waiver is not None:
            until = f" until {waiver.until}" if waiver.until else ""
            return "waived", f"Misses, waived{until} by {waiver.owner}: {waiver.why}"
        return "fail", why

    def _effort(self, status: VerdictStatus, level: float) -> tuple[float, int | None]:
        """Return the minimum detectable effect, and how many more queries would settle it."""
        if self.found is None or self.found.interval is None or not self.found.scored:
            return _NAN, None
        spread = self.found.interval.se
        mde = minimum_detectable_effect(spread, level)
        if status != "inconclusive":
            return mde, None
        low, high = limits(self.gate.bound)
        value = self.found.estimate.value
        distances = [value - b for b in (low, high) if b is not None]
        inside = (low is None or value >= low) and (high is None or value <= high)
        nearest = min((abs(d) for d in distances), default=0.0)
        alpha = _ALPHA if inside else level
        more = more_units(self.found.scored, spread, nearest, alpha)
        short = max(_LEAST_UNITS - self.found.eligible, 0)
        return mde, (max(more, short) if more is not None else None)


def sentence(target: Target) -> str:
    """Return a gate as a sentence, unique among the verdicts of a suite."""
    gate, request = target.gate, target.request
    cell = request.cell
    where = [f"on {cell.model}"]
    where += [f"with {cell.system}"] if cell.system != PLAIN else []
    where += [f"under {cell.probe}"] if cell.probe != CLEAN else []
    where += [f"for {g}" for g in (request.group, request.where) if g]
    said = {"at_least": "is ", "at_most": "is ", "within": "is ", "no_worse_than": "is "}
    verb = said.get(gate.bound.kind, "is " if gate.bound.kind == "advantage_over" else "")
    return f"{gate.case}: {gate.metric} at {gate.at} {' '.join(where)} {verb}{gate.bound}"


def strict(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts with every inconclusive one turned into a failure."""
    return tuple(
        replace(v, status="fail", why=f"{v.why} Inconclusive counts as a failure (--strict).")
        if v.status == "inconclusive"
        else v
        for v in verdicts
    )

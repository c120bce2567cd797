"""Stage 4: estimates to verdicts. A gate looks its number up and decides; it computes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from evalkit.core.metric import Metric
from evalkit.core.plan import Bound, GatePlan, Plan, Waiver
from evalkit.core.results import CLEAN, PLAIN, Verdict, VerdictStatus
from evalkit.pipeline.estimate import Estimated
from evalkit.pipeline.requests import EVERYTHING, Request, Target
from evalkit.pipeline.rules import rule
from evalkit.stats import decide, holm, minimum_detectable_effect, more_units

ALPHA = 0.05
"""The one-sided level of a decision, after Holm over the suite."""
LEAST_UNITS = 30
"""With fewer units there is no verdict."""
STRICT = "Inconclusive counts as a failure (--strict)."
"""What an open gate reads that counts as a failure."""
_NAN = float("nan")
_VERBS = ("drop_at_most", "gap_at_most", "excess_at_most", "excess_within")
"""The bounds whose words begin with a verb of their own."""


def gate(
    plan: Plan, wanted: Iterable[Target], made: Mapping[Request, Estimated], today: date
) -> tuple[Verdict, ...]:
    """Return the verdict of every target, misses adjusted after Holm over the whole suite.

    Waived gates stand outside the family: they cannot break the build. Gaps of groups under 30
    units are reported and not gated, and neither are groups of which the gate's probes change no
    unit, unless that leaves nothing of a gate. today: the day on which waivers must still stand.
    """
    cases = {case.name: case for case in plan.cases}
    asked = {(case.name, m.name) for case in plan.cases for m in case.metrics if _by_people(m)}
    judged = [
        Judged.of(
            t,
            _found(t, made),
            today,
            cases[t.gate.case].min_scored,
            (t.gate.case, t.gate.metric) in asked,
        )
        for t in _large(wanted, made)
    ]
    family = [n for n, j in enumerate(judged) if j.in_family]
    adjusted = dict(zip(family, holm(np.array([judged[n].p for n in family])), strict=True))
    level = ALPHA / max(len(family), 1)
    return tuple(
        j.verdict(float(adjusted.get(n, j.p)), level if n in adjusted else ALPHA)
        for n, j in enumerate(judged)
    )


def _by_people(metric: Metric) -> bool:
    """Return whether a metric has no score before people have judged results."""
    return bool(getattr(metric, "awaits_judgements", False))


def _large(wanted: Iterable[Target], made: Mapping[Request, Estimated]) -> list[Target]:
    """Return the targets without groups too small or untouched, where others of the gate remain."""
    every = list(wanted)
    small = [
        (bool(t.gate.by) and _is_small(t, made)) or all(_untouched(r, made) for r in t.asked)
        for t in every
    ]
    kept = {(id(t.gate), t.request.cell) for t, s in zip(every, small, strict=True) if not s}
    return [
        t
        for t, s in zip(every, small, strict=True)
        if not s or (id(t.gate), t.request.cell) not in kept
    ]


def _is_small(target: Target, made: Mapping[Request, Estimated]) -> bool:
    """Return whether a group has a value and too few units, under the probe with the fewest."""
    known = [one for one in _found(target, made) if one is not None]
    if not known or any(np.isnan(one.estimate.value) for one in known):
        return False
    return min(one.eligible for one in known) < LEAST_UNITS


def _found(target: Target, made: Mapping[Request, Estimated]) -> list[Estimated | None]:
    """Return what a target asked for, without probes that change others and not its group."""
    kept = [r for r in target.asked if not _untouched(r, made)]
    return [made.get(r) for r in kept or target.asked]


def _untouched(request: Request, made: Mapping[Request, Estimated]) -> bool:
    """Return whether a probe changes units of the case, but none of the request's slice."""
    if request.cell.probe == CLEAN or request.part == EVERYTHING:
        return False
    here, anywhere = made.get(request), made.get(replace(request, part=EVERYTHING))
    return bool(here and anywhere and not here.eligible and anywhere.eligible)


def limits(bound: Bound) -> tuple[float | None, float | None]:
    """Return the lower and upper limit that a bound sets on its estimate, None where it sets none.

    A loss or a regression is positive where this cell is worse, an advantage where it is better.
    """
    margin, against = bound.value, bound.against
    if bound.kind == "at_least":
        return bound.value, None
    if bound.kind in ("within", "excess_within"):
        return bound.value, bound.high
    if against is None:
        return None, bound.value
    worse_is_positive = against.kind in ("at", "run")
    if bound.kind == "no_worse_than":
        return (None, margin) if worse_is_positive else (-margin, None)
    return (None, -margin) if worse_is_positive else (margin, None)


@dataclass(frozen=True, slots=True)
class _Alone:
    """Whether one estimate keeps its bound, and the evidence that it misses it."""

    passes: bool
    p: float

    @classmethod
    def of(cls, how: str, found: Estimated, ends: tuple[float | None, float | None]) -> _Alone:
        """Return an estimate judged by its interval or as a point, between a low and a high end."""
        low, high = ends
        if how == "point" or found.interval is None:
            value = found.estimate.value
            passes = (low is None or value >= low) and (high is None or value <= high)
            return cls(passes, 1.0 if passes else 0.0)
        return cls(*decide(found.interval, low, high))


def _worst(drops: Sequence[Estimated]) -> Estimated:
    """Return the largest of some estimates, with the fewest units and the most lost of all."""
    return replace(
        max(drops, key=lambda one: one.estimate.value),
        eligible=min(one.eligible for one in drops),
        lost=max(one.lost for one in drops),
        share=min(one.share for one in drops),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A target with its evidence, before the suite's other gates are taken into account.

    min_scored: the least share of units with a score. by_people: whether people score the metric,
    so that what is missing is inconclusive: they have not judged it yet, or disagree.
    """

    target: Target
    found: Estimated | None
    waiver: Waiver | None
    min_scored: float
    by_people: bool
    scored_enough: bool
    passes: bool
    p: float

    @classmethod
    def of(
        cls,
        target: Target,
        made: Sequence[Estimated | None],
        today: date,
        min_scored: float,
        by_people: bool = False,
    ) -> Judged:
        """Return the target judged by itself.

        made: what it asked for. Of several drops under one bound all must keep it, and the least p
        counts as often as there are drops, the first step of Holm; the worst one is shown.
        """
        waiver = _standing(target, today)
        known = [one for one in made if one is not None and not np.isnan(one.estimate.value)]
        if len(known) < len(made) or any(one.interval is None for one in known):
            blank = next((e for e in made if e is None or np.isnan(e.estimate.value)), made[0])
            return cls(target, blank, waiver, min_scored, by_people, False, False, 1.0)
        ends = limits(target.gate.bound)
        each = [_Alone.of(target.gate.decide, one, ends) for one in known]
        return cls(
            target,
            _worst(known),
            waiver,
            min_scored,
            by_people,
            min(one.share for one in known) >= min_scored,
            all(one.passes for one in each),
            min(1.0, len(each) * min(one.p for one in each)),
        )

    @property
    def gate(self) -> GatePlan:
        """The gate as written."""
        return self.target.gate

    @property
    def few(self) -> bool:
        """Whether too few units count for a verdict."""
        return self.found is None or self.found.eligible < LEAST_UNITS

    @property
    def in_family(self) -> bool:
        """Whether a miss here could break the build by chance."""
        if self.waiver or self.gate.decide == "point":
            return False
        if self.by_people and not self.scored_enough:
            return True  # its place is kept, so that judging it later reopens no other gate
        return not self.few and self.scored_enough

    def verdict(self, adjusted: float, level: float) -> Verdict:
        """Return the verdict, given the adjusted p and the level that it must reach alone."""
        status, why = self._decision(adjusted)
        made = self.found
        if self.target.each and made and not np.isnan(made.estimate.value):
            why = f"{why.rstrip('.')}. The worst is under {made.estimate.cell.probe}."
        estimate = made.estimate if made else None
        mde, more = self._effort(status, level)
        return Verdict(
            gate=sentence(self.target),
            cell=self.target.request.cell,
            metric=self.gate.metric,
            group=str(self.target.request.part),
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
            rule=rule(self.target, self.min_scored, self.in_family),
        )

    def _decision(self, adjusted: float) -> tuple[VerdictStatus, str]:
        """Return the status and the reason in a sentence."""
        if self.by_people and not self.scored_enough:
            return "inconclusive", self._unjudged()
        made = self.found
        if made is None or made.eligible == 0:
            probe = made.estimate.cell.probe if made else CLEAN
            changed = f"{probe} changes nothing that has a score here; look at what is skipped."
            return "missing", "Nothing was measured for this gate." if probe == CLEAN else changed
        if not self.scored_enough:
            return "missing", (
                f"{made.lost} of {made.eligible} units have no score, too many to judge; "
                "see the inputs that were lost."
            )
        if self.few:
            few = f"Only {made.eligible} units count; a verdict needs {LEAST_UNITS}."
            return "inconclusive", few
        if self.passes:
            return "pass", self._passed()
        if self.gate.decide == "point":
            return self._failed("The point estimate misses the bound (judged without uncertainty).")
        if adjusted <= ALPHA:
            return self._failed("The whole interval misses the bound.")
        return "inconclusive", self._open()

    def _unjudged(self) -> str:
        """Return what people still have to say before the gate can be decided."""
        made = self.found
        if self.target.request.run:
            return "What people said of the stored run is not at hand here."
        if made is None or not made.eligible:
            return "No judgements applied yet; see `evalkit judge plan`."
        return f"{made.lost} of {made.eligible} judged inputs are undecided; settle them."

    def _open(self) -> str:
        """Return why the interval decides nothing."""
        if self.found is not None and np.isnan(self.found.estimate.low):
            return "The units form too few independent clusters for an interval."
        if self.p <= ALPHA:
            return "Fails alone, but not once all gates are accounted for (Holm)."
        return "The interval includes the bound."

    def _passed(self) -> str:
        """Return the reason of a pass."""
        if self.waiver:
            return "Passes here." if self.gate.by else "Passes; the waiver is no longer needed."
        return (
            "The point estimate keeps the bound."
            if self.gate.decide == "point"
            else ("The whole interval keeps the bound.")
        )

    def _failed(self, why: str) -> tuple[VerdictStatus, str]:
        """Return a failure, or what a waiver makes of it."""
        waiver = self.waiver
        if waiver is not None:
            until = f" until {waiver.until}" if waiver.until else ""
            return "waived", f"Misses, waived{until} by {waiver.owner}: {waiver.why}"
        return "fail", why

    def _effort(self, status: VerdictStatus, level: float) -> tuple[float, int | None]:
        """Return the minimum detectable effect, and how many more queries would settle it."""
        if self.found is None or self.found.interval is None or not self.found.estimate.n:
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
        alpha = ALPHA if inside else level
        more = more_units(self.found.estimate.n, spread, nearest, alpha)
        short = max(LEAST_UNITS - self.found.eligible, 0)
        return mde, (max(more, short) if more is not None else None)


def _standing(target: Target, today: date) -> Waiver | None:
    """Return the waiver of a target's model, None where there is none or where it has ended."""
    waiver = target.gate.waive
    if waiver is None or waiver.model != target.request.cell.model:
        return None
    return waiver if not waiver.until or waiver.until >= today.isoformat() else None


def sentence(target: Target) -> str:
    """Return a gate as a sentence, unique among the verdicts of a suite."""
    gate, request = target.gate, target.request
    cell = request.cell
    where = [f"on {cell.model}"]
    where += [f"with {cell.system}"] if cell.system != PLAIN else []
    where += [f"under {cell.probe}"] if cell.probe != CLEAN else []
    where += [f"for {request.part}"] if str(request.part) else []
    verb = "" if gate.bound.kind.endswith(_VERBS) else "is "
    how = ", judged by the point estimate" if gate.decide == "point" else ""
    aim = f" (target: {gate.aim})" if gate.aim else ""
    return f"{gate.case}: {gate.metric} at {gate.at} {' '.join(where)} {verb}{gate.bound}{aim}{how}"


def strict(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts with every inconclusive one turned into a failure."""
    return tuple(
        replace(v, status="fail", why=f"{v.why} {STRICT}") if v.status == "inconclusive" else v
        for v in verdicts
    )

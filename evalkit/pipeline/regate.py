"""Verdicts of a stored run decided again, once numbers behind some of them are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from evalkit.core.results import Verdict
from evalkit.pipeline.estimate import Estimated
from evalkit.pipeline.gate import ALPHA, LEAST_UNITS, STRICT, Judged, strict
from evalkit.pipeline.requests import Request, Target
from evalkit.pipeline.rules import stored_target
from evalkit.stats import holm

_OLD = "An earlier version stored the gate in words alone; run the suite again to decide it."
_POINT = "judged by the point estimate"


def targets_of(
    verdicts: Sequence[Verdict], cases: Collection[str], metric: str
) -> dict[int, Target | None]:
    """Return what the verdicts on a metric of some cases are of, by their place."""
    return {
        n: stored_target(v)
        for n, v in enumerate(verdicts)
        if v.metric == metric and v.cell.case in cases
    }


def decide_again(
    verdicts: Sequence[Verdict],
    targets: Mapping[int, Target | None],
    made: Mapping[Request, Estimated],
    today: date,
) -> tuple[Verdict, ...]:
    """Return all verdicts, some decided by new estimates, and Holm done over the whole suite.

    The stored p-values of the others stand; only what multiplicity makes of them is done again.
    today: the day on which waivers must still stand.
    """
    was = [_lenient(v) for v in verdicts]
    judged = {n: _judged(was[n], t, made, today) for n, t in targets.items() if t is not None}
    p = {n: judged[n].p if n in judged else v.p for n, v in enumerate(was)}
    counts = [
        n
        for n, v in enumerate(was)
        if (judged[n].in_family if n in judged else n not in targets and _in_family(v))
    ]
    adjusted = dict(zip(counts, holm(np.array([p[n] for n in counts])), strict=True))
    level = ALPHA / max(len(counts), 1)
    found = []
    for n, verdict in enumerate(was):
        now = float(adjusted.get(n, p[n]))
        if n in judged:
            found.append(judged[n].verdict(now, level if n in adjusted else ALPHA))
        elif n in targets:
            found.append(replace(verdict, status="inconclusive", why=_OLD))
        else:
            found.append(_moved(verdict, now) if n in adjusted else verdict)
    return strict(found) if list(verdicts) != was else tuple(found)


def _judged(
    verdict: Verdict, target: Target, made: Mapping[Request, Estimated], today: date
) -> Judged:
    """Return a stored verdict's target judged by itself."""
    least = verdict.rule["min_scored"]
    share = float(least) if isinstance(least, int | float) else 1.0
    return Judged.of(target, [made.get(r) for r in target.asked], today, share, by_people=True)


def _in_family(verdict: Verdict) -> bool:
    """Return whether a verdict's p-value was adjusted; older runs do not say so."""
    told = verdict.rule.get("in_family")
    if isinstance(told, bool):
        return told
    apart = verdict.status in ("waived", "missing") or _POINT in verdict.gate
    return not apart and verdict.n >= LEAST_UNITS


def _lenient(verdict: Verdict) -> Verdict:
    """Return a verdict as it was before an open gate counted as a failure."""
    if not verdict.why.endswith(STRICT):
        return verdict
    return replace(verdict, status="inconclusive", why=verdict.why.removesuffix(STRICT).rstrip())


def _moved(verdict: Verdict, adjusted: float) -> Verdict:
    """Return a verdict after its p-value was adjusted anew."""
    verdict = replace(verdict, p_adjusted=round(adjusted, 9))
    fails = adjusted <= ALPHA
    if verdict.status == "inconclusive" and fails:
        return replace(verdict, status="fail", why="The whole interval misses the bound.")
    if verdict.status == "fail" and not fails:
        why = "Fails alone, but not once all gates are accounted for (Holm)."
        return replace(verdict, status="inconclusive", why=why)
    return verdict

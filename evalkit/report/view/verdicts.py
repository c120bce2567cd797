"""The verdicts of a run, those that need a look first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.archive import Run
from evalkit.core.results import Cell, Estimate, Verdict
from evalkit.report.view.changes import before
from evalkit.report.view.overview import STATUSES

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict with what its number is.

    anchor: a name to link to, by the place of the gate in the suite. kind: the kind of estimate
    that was judged, "" where none was made. limits: the bound's numbers, on the estimate's scale.
    before: its status in the earlier run where that differs, `not there` for a new gate.
    """

    anchor: str
    verdict: Verdict
    kind: str
    against: str
    limits: tuple[float, ...]
    before: str = ""

    @property
    def said(self) -> str:
        """What stands before the number, such as `loss `; "" where it is a plain value."""
        return said(self.kind)


def said(kind: str) -> str:
    """Return the word that stands before a number of a kind, "" for a plain value."""
    return "" if kind in ("", "value") else f"{kind.replace('_', ' ')} "


def verdict_rows(run: Run) -> tuple[VerdictRow, ...]:
    """Return the verdicts, what breaks the build first, else in the order of the suite."""
    judged, turned = _by_place(run), before(run)
    rows = [_row(n, v, judged, turned.get(v, "")) for n, v in enumerate(run.verdicts, 1)]
    return tuple(sorted(rows, key=lambda row: STATUSES.index(row.verdict.status)))


def kinds(run: Run) -> tuple[str, ...]:
    """Return the kind of estimate that each verdict judged, in the order of the run's verdicts."""
    judged = _by_place(run)
    found = (judged.get(_place(v)) for v in run.verdicts)
    return tuple(e.kind if e else "" for e in found)


_Place = tuple[Cell, str, str, float, float]


def _by_place(run: Run) -> Mapping[_Place, Estimate]:
    """Return the estimates by what a verdict knows of them; a plain value gives way."""
    ordered = sorted(run.estimates, key=lambda e: e.kind != "value")
    return {(e.cell, e.metric, e.group, e.value, e.low): e for e in ordered}


def _place(v: Verdict) -> _Place:
    """Return what a verdict knows of its estimate."""
    return v.cell, v.metric, v.group, v.observed, v.low


def _row(
    number: int, verdict: Verdict, judged: Mapping[_Place, Estimate], turned: str
) -> VerdictRow:
    """Return one row of the table."""
    v = verdict
    found = judged.get(_place(v))
    kind = found.kind if found else ""
    against = found.against if found else ""
    return VerdictRow(f"gate-{number}", v, kind, against, limits_of(v.bound, kind), turned)


def limits_of(bound: str, kind: str) -> tuple[float, ...]:
    """Return a bound's numbers on the scale of its estimate.

    A margin lies below zero where an advantage may be negative, or a loss has to be.
    """
    words = re.split(r"\b(?:least|most|than|within)\b", bound)[-1]
    limits = tuple(float(x) for x in _NUMBER.findall(words))
    turned = (kind == "advantage") != bound.startswith("better than")
    return tuple(-x for x in limits) if turned else limits

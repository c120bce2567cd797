"""A small drawing of an interval beside its bound, for a row of a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.report.view.verdicts import VerdictRow

WIDTH, _EDGE = 132, 8


@dataclass(frozen=True, slots=True)
class Strip:
    """Places along a line of WIDTH units: the interval, the number, and the bound's limits."""

    low: float
    value: float
    high: float
    limits: tuple[float, ...]


def strip(row: VerdictRow) -> Strip | None:
    """Return the places of a verdict's interval and bound, None where there is no interval."""
    v = row.verdict
    points = (v.low, v.observed, v.high, *row.limits)
    if not all(map(math.isfinite, points)):
        return None
    start, end = min(points), max(points)
    scale = (WIDTH - 2 * _EDGE) / ((end - start) or 1.0)
    low, value, high, *limits = (round(_EDGE + (p - start) * scale, 1) for p in points)
    return Strip(low, value, high, tuple(limits))

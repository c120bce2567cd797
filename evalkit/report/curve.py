"""A small drawing of a probe's response curve, for a row of a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.report.view.robustness import Response, Robustness

WIDTH, HEIGHT = 132, 40
_EDGE = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve that begins at severity 0 without a drop; drops point downwards.

    line, band: points of a polyline and of a polygon as SVG writes them. dots: centres of the
    severities. zero, bound: heights of no drop and of the drop that counts as a loss.
    """

    line: str
    band: str
    dots: tuple[tuple[float, float], ...]
    zero: float
    bound: float


def curve(response: Response, whole: Robustness) -> Curve | None:
    """Return the drawing of a probe on the scale of all probes, None where nothing is known."""
    known = [s.drop for s in response.steps if s.drop and math.isfinite(s.drop.value)]
    if not known:
        return None
    low = min([0.0, *(d.value for d in known), *(d.low for d in known if math.isfinite(d.low))])
    places = [_EDGE, *(_across(s.label.severity) for s in response.steps if s.drop in known)]

    def height(drop: float) -> float:
        share = (drop - low) / ((whole.top - low) or 1.0)
        return round(_EDGE + share * (HEIGHT - 2 * _EDGE), 1)

    line = [(x, height(y)) for x, y in zip(places, [0.0, *(d.value for d in known)], strict=True)]
    lows = [0.0, *(d.low if math.isfinite(d.low) else d.value for d in known)]
    highs = [0.0, *(d.high if math.isfinite(d.high) else d.value for d in known)]
    there = [(x, height(y)) for x, y in zip(places, highs, strict=True)]
    back = [(x, height(y)) for x, y in zip(reversed(places), reversed(lows), strict=True)]
    return Curve(
        _points(line), _points([*there, *back]), tuple(line[1:]), height(0.0), height(whole.bound)
    )


def _across(severity: str) -> float:
    """Return the place of a severity, the last one where a label has no number."""
    step = int(severity) if severity.isdecimal() else 5
    return round(_EDGE + step * (WIDTH - 2 * _EDGE) / 5, 1)


def _points(points: list[tuple[float, float]]) -> str:
    """Return points as SVG writes them."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)

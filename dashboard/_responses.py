"""Response curves: drops against the severity of a probe, a line for each size or group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from dashboard import look
from evalkit.core.results import Estimate
from evalkit.report.text import figure, one_line

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_HEIGHT = 300


def step(line: str, severity: str, drop: Estimate | None) -> list[dict[str, Any]]:
    """Return a drop at a severity as a row of a chart, no row where it is not known."""
    if drop is None or not math.isfinite(drop.value):
        return []
    ends = {"low": drop.low, "high": drop.high}
    known = {k: v if math.isfinite(v) else None for k, v in ends.items()}
    told = {"line": one_line(line), "severity": one_line(severity) or "changed"}
    return [{**told, "value": drop.value, **known, "text": figure(drop), "n": drop.n}]


def responses(
    rows: Iterable[dict[str, Any]], lines: Sequence[str], bound: float, kinds: bool
) -> Any:
    """Return a chart of rows made by `step`.

    lines: all names, in the order of their colours. bound: the drop that counts as a loss, drawn
    as a dashed line. kinds: whether severities are kinds of change, which no line joins.
    """
    names = [one_line(name) for name in lines]
    looks = _looks(names)
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        x=alt.X("severity:O").sort(None).axis(alt.Axis(labelAngle=0, grid=False)).title("severity"),
        xOffset=alt.XOffset("line:N").sort(None).scale(paddingOuter=1),
    )
    axis = alt.Axis(title="drop; above 0 is worse", tickCount=5, format=".2f")
    y = alt.Y("value:Q").scale(nice=True).axis(axis)
    tips = [
        alt.Tooltip(f"{name}:N", title=said)
        for name, said in (("line", "what"), ("severity",) * 2, ("text", "drop"), ("n", "n"))
    ]
    marks = [{"value": 0.0}, {"value": bound}]
    limits = alt.Chart(alt.InlineData(values=marks)).mark_rule(strokeDash=[4, 4], color="#8A8A8A")
    joined = [] if kinds else [base.mark_line(strokeWidth=1.5).encode(y=y, color=looks["color"])]
    spans = base.mark_rule(strokeWidth=2, opacity=0.5)
    dots = base.mark_point(filled=True, size=60, opacity=1)
    return alt.layer(
        limits.encode(y="value:Q"),
        spans.encode(y=alt.Y("low:Q"), y2="high:Q", color=looks["color"]),
        *joined,
        dots.encode(y=y, tooltip=tips, **looks),
    ).properties(height=_HEIGHT)


def _looks(names: Sequence[str]) -> dict[str, Any]:
    """Return the colour and the shape of each line, with a legend where there are several."""
    colours = [look.PALETTE[n % len(look.PALETTE)] for n in range(len(names))]
    shapes = [_SHAPES[n % len(_SHAPES)] for n in range(len(names))]
    key = (
        alt.Legend(title=None, orient="top", labelLimit=320, symbolOpacity=1)
        if len(names) > 1
        else None
    )
    return {
        "color": alt.Color("line:N").sort(None).scale(domain=names, range=colours).legend(key),
        "shape": alt.Shape("line:N").sort(None).scale(domain=names, range=shapes).legend(key),
    }

"""Estimates against the bytes of a vector, drawn as lines with their intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt

from dashboard import look
from evalkit.core.results import Estimate
from evalkit.report.text import figure, one_line

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_HEIGHT, _SHORT = 240, 16
_BYTES = "bytes per vector (float32)"
_APART = "replace(format(datum.value, ',d'), /,/g, '\u202f')"
"""Writes counts as `text.count` does."""


def point(line: str, size: int, made: Estimate | None) -> list[dict[str, Any]]:
    """Return an estimate at a number of bytes as a row of a chart, no row where it is unknown."""
    if made is None or not math.isfinite(made.value):
        return []
    ends = {"low": made.low, "high": made.high}
    known = {k: v if math.isfinite(v) else None for k, v in ends.items()}
    text = {"line": one_line(line), "bytes": size, "text": figure(made), "n": made.n}
    return [{"value": made.value, **known, **text}]


def against_bytes(
    rows: Iterable[Mapping[str, Any]],
    lines: Sequence[str],
    title: str,
    *,
    zero: bool = False,
    legend: bool = False,
) -> Any:
    """Return a chart of rows made by `point`, a line per name, each with its band of intervals.

    lines: all names, in the order of their colours. zero: whether a line marks zero.
    legend: whether a single line is named too.
    """
    data = [dict(row) for row in rows]
    names = [one_line(name) for name in lines]
    looks = _looks(names, legend or len(names) > 1)
    ticks = sorted({row["bytes"] for row in data})
    axis = alt.Axis(values=ticks, labelExpr=_APART, grid=False, title=_BYTES)
    base = alt.Chart(alt.InlineData(values=data)).encode(
        x=alt.X("bytes:Q").scale(type="log", base=2, nice=False, padding=14).axis(axis)
    )
    y = alt.Y("value:Q").scale(zero=zero, nice=True)
    y = y.axis(alt.Axis(title=one_line(title), tickCount=5, format=".2f"))
    span = {"y": alt.Y("low:Q"), "y2": "high:Q", "color": looks["color"]}
    tips = [
        alt.Tooltip(f"{name}:N", title=said)
        for name, said in (("line", "what"), ("bytes", "bytes"), ("text", "value"), ("n", "n"))
    ]
    none = [alt.Chart(alt.InlineData(values=[{"value": 0.0}])).mark_rule(
        strokeDash=[4, 4], color="#8A8A8A").encode(y="value:Q")] if zero else []  # fmt: skip
    layers = [
        *none,
        base.mark_area(opacity=0.14).encode(**span),
        base.mark_rule(strokeWidth=1.5, opacity=0.45).encode(**span),
        base.mark_line(strokeWidth=2).encode(y=y, color=looks["color"]),
        base.mark_point(filled=True, size=70, opacity=1).encode(y=y, tooltip=tips, **looks),
    ]
    return alt.layer(*layers).properties(height=_HEIGHT)


def _looks(names: Sequence[str], legend: bool) -> dict[str, Any]:
    """Return the colour and the shape of each line, with a legend where it is wanted."""
    colours = [look.PALETTE[n % len(look.PALETTE)] for n in range(len(names))]
    shapes = [_SHAPES[n % len(_SHAPES)] for n in range(len(names))]
    side_by_side = 2 if max(map(len, names), default=0) < _SHORT else 1
    named = alt.Legend(
        title=None, orient="top", columns=side_by_side, labelLimit=320, symbolOpacity=1
    )
    key = named if legend else None
    return {
        "color": alt.Color("line:N").sort(None).scale(domain=names, range=colours).legend(key),
        "shape": alt.Shape("line:N").sort(None).scale(domain=names, range=shapes).legend(key),
    }

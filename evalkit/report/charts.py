"""Charts as Vega-Lite specifications, made by altair from a view's tables.

Colours are Okabe and Ito's, which people with a colour deficiency can tell apart; lines differ in
the shape of their points too. Text, axes and grid take their colour from the page's style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evalkit.core.results import Estimate
from evalkit.report.text import clean, figure
from evalkit.report.view import View
from evalkit.report.view.frontier import Frontier
from evalkit.report.view.groups import Groups
from evalkit.report.view.probes import Probes

if TYPE_CHECKING:
    import altair as alt

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8A8A")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
_HEIGHT, _STEP = 220, 28
_CONFIG: Mapping[str, Any] = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "legend": {"labelFontSize": 12, "title": None, "orient": "top", "symbolStrokeWidth": 2},
}


def charts(view: View) -> dict[str, dict[str, Any]]:
    """Return every chart of a report by the name under which its page refers to it."""
    drawn: dict[str, alt.LayerChart] = {}
    for n, sizes in enumerate(view.frontiers):
        for m, metric in enumerate(sizes.charted):
            drawn[f"frontier-{n}-{m}"] = _frontier(sizes, metric)
    for n, groups in enumerate(view.groups):
        drawn[f"groups-{n}"] = _groups(groups)
    for n, probes in enumerate(view.probes):
        for m, name in enumerate(curves(probes)):
            drawn[f"probes-{n}-{m}"] = _curve(probes, *name)
    return {name: _spec(chart) for name, chart in drawn.items()}


def curves(probes: Probes) -> tuple[tuple[str, str], ...]:
    """Return the probes of a series by name and side, one chart each."""
    return tuple(dict.fromkeys((r.label.name, r.label.side) for r in probes.main.rows))


def _spec(chart: alt.LayerChart) -> dict[str, Any]:
    """Return a chart as a plain specification that names no outside address."""
    spec: dict[str, Any] = chart.to_dict()
    return {k: v for k, v in spec.items() if k != "$schema"} | {"config": dict(_CONFIG)}


def _data(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Return rows as data that stays inside the specification."""
    import altair as alt

    return alt.InlineData(values=[dict(row) for row in rows])


def _row(estimate: Estimate, **others: object) -> dict[str, Any]:
    """Return an estimate as a row of data; what is not known stays null."""
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    known = {k: v if math.isfinite(v) else None for k, v in ends.items()}
    texts = {k: clean(v) if isinstance(v, str) else v for k, v in others.items()}
    return {**known, **texts, "text": figure(estimate), "n": estimate.n}


def _colour(field: str, names: Sequence[str], legend: bool) -> dict[str, Any]:
    """Return colour and shape by a field, in a fixed order."""
    import altair as alt

    wheel = [PALETTE[n % len(PALETTE)] for n in range(len(names))]
    shapes = [_SHAPES[n % len(_SHAPES)] for n in range(len(names))]
    shown: dict[str, Any] = {} if legend else {"legend": None}
    domain = [clean(name) for name in names]
    return {
        "color": alt.Color(f"{field}:N", sort=None, **shown).scale(domain=domain, range=wheel),
        "shape": alt.Shape(f"{field}:N", sort=None, **shown).scale(domain=domain, range=shapes),
    }


def _frontier(sizes: Frontier, metric: str) -> alt.LayerChart:
    """Return a metric against the vector size, a line and its band per series."""
    import altair as alt

    at = sizes.metrics.index(metric)
    rows = [
        _row(value, series=str(row.series), size=row.dim)
        for row in sizes.rows
        if (value := row.values[at]) is not None
    ]
    names = list(dict.fromkeys(str(row.series) for row in sizes.rows))
    looks = _colour("series", names, legend=len(names) > 1)
    dims = sorted({row["size"] for row in rows})
    x = alt.X("size:Q").scale(type="log", base=2, nice=False, padding=12)
    x = x.axis(values=dims, format="d", title="vector size", grid=False)
    y = alt.Y("value:Q").scale(zero=False, nice=True).axis(title=None, tickCount=5, format=".2f")
    tips = [alt.Tooltip(f"{k}:N", title=t) for k, t in _TIPS(metric)]
    base = alt.Chart(_data(rows)).encode(x=x)
    band = base.mark_area(opacity=0.16).encode(y=y, y2="high:Q", color=looks["color"])
    band = band.encode(y=alt.Y("low:Q").scale(zero=False, nice=True).axis(title=None))
    line = base.mark_line(strokeWidth=2).encode(y=y, color=looks["color"])
    dots = base.mark_point(filled=True, size=64, opacity=1).encode(y=y, tooltip=tips, **looks)
    return alt.layer(band, line, dots).properties(width="container", height=_HEIGHT)


def _TIPS(metric: str) -> list[tuple[str, str]]:
    """Return what a tooltip shows, and under which title."""
    return [("series", "model"), ("size", "size"), ("text", metric), ("n", "n")]


def _groups(groups: Groups) -> alt.LayerChart:
    """Return the value of each group with its interval, and that of all as a dashed line."""
    import altair as alt

    table = groups.main
    rows = [_row(r.value, group=r.label, units="under 30" if r.small else "") for r in table.rows]
    names = [row["group"] for row in rows]
    tips = [alt.Tooltip(f"{k}:N", title=t) for k, t in (("group", groups.tag), ("text", table.metric), ("n", "n"))]
    y = alt.Y("group:N").sort(names).axis(title=None, ticks=False, domain=False, labelLimit=160)
    x = alt.X("low:Q").scale(zero=False, nice=True).axis(title=table.metric, tickCount=6, format=".2f")
    base = alt.Chart(_data(rows)).encode(y=y)
    rule = base.mark_rule(strokeWidth=3, opacity=0.45, color=PALETTE[0]).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=80, opacity=1, color=PALETTE[0])
    layers: list[Any] = [rule, dots.encode(x=alt.X("value:Q"), tooltip=tips)]
    if table.overall is not None and math.isfinite(table.overall.value):
        all_of = alt.Chart(_data([_row(table.overall)]))
        layers.insert(0, all_of.mark_rule(strokeDash=[4, 4], color=PALETTE[-1]).encode(x="value:Q"))
    return alt.layer(*layers).properties(width="container", height={"step": _STEP})


def _curve(probes: Probes, name: str, side: str) -> alt.LayerChart:
    """Return the primary metric against the severity of one probe, a line per size."""
    import altair as alt

    metric, rows = probes.main.metric, []
    for at, dim in enumerate(probes.dims):
        for row in probes.main.rows:
            value = row.values[at]
            if (row.label.name, row.label.side) == (name, side) and value is not None:
                rows.append(_row(value, size=str(dim), severity=row.label.severity or "probe"))
        clean_value = probes.main.clean[at]
        if clean_value is not None:
            rows.append(_row(clean_value, size=str(dim), severity="clean"))
    steps = ["clean", *sorted({row["severity"] for row in rows} - {"clean"})]
    looks = _colour("size", [str(d) for d in probes.dims], legend=True)
    x = alt.X("severity:O").sort(steps).axis(title="severity", labelAngle=0, grid=False)
    y = alt.Y("value:Q").scale(zero=False, nice=True).axis(title=None, tickCount=5, format=".2f")
    tips = [("size", "size"), ("severity", "severity"), ("text", metric), ("n", "n")]
    base = alt.Chart(_data(rows)).encode(x=x, xOffset=alt.XOffset("size:N").sort(None).scale(paddingOuter=2))
    low = alt.Y("low:Q").scale(zero=False, nice=True).axis(title=None)
    rule = base.mark_rule(strokeWidth=2, opacity=0.4).encode(y=low, y2="high:Q", color=looks["color"])
    line = base.mark_line(strokeWidth=1.5, opacity=0.8).encode(y=y, color=looks["color"])
    dots = base.mark_point(filled=True, size=56, opacity=1)
    dots = dots.encode(y=y, tooltip=[alt.Tooltip(f"{k}:N", title=t) for k, t in tips], **looks)
    return alt.layer(rule, line, dots).properties(width="container", height=_HEIGHT)

"""Charts as Vega-Lite specifications, made by altair from a view's tables.

Colours are Okabe and Ito's, which people with a colour deficiency can tell apart; lines differ in
the shape of their points too. The page's style sheet sets text, axes and grid, and lightens the
colours where the page is dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from evalkit.core.results import Estimate, Table
from evalkit.report.occupations import layers
from evalkit.report.text import figure, number, one_line
from evalkit.report.view import View
from evalkit.report.view.balance import Balance
from evalkit.report.view.details import is_drawn
from evalkit.report.view.frontier import Frontier
from evalkit.report.view.groups import Groups
from evalkit.report.view.probes import Probes

if TYPE_CHECKING:
    import altair as alt

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_GREY = "#8A8A8A"
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_HEIGHT, _STEP, _ROW = 220, 28, 18
_CONFIG: Mapping[str, Any] = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "legend": {"labelFontSize": 12, "title": None, "orient": "top", "symbolOpacity": 1},
}

Spec = dict[str, Any]


def charts(view: View) -> dict[str, Spec]:
    """Return every chart of a report by the name under which its page refers to it."""
    return dict(_drawn(view))


def _drawn(view: View) -> Iterator[tuple[str, Spec]]:
    """Yield the name and the specification of every chart."""
    for n, sizes in enumerate(view.frontiers):
        for m, metric in enumerate(sizes.charted):
            yield f"frontier-{n}-{m}", _frontier(sizes, metric)
    for n, details in enumerate(view.details):
        for sized in details.shown:
            drawn = ((m, t) for m, t in enumerate(sized.tables) if is_drawn(t))
            yield from ((f"details-{n}-{sized.dim}-{m}", _curves(t)) for m, t in drawn)
    yield from _balances(view)
    for n, groups in enumerate(view.groups):
        yield f"groups-{n}", _groups(groups)
    for n, probes in enumerate(view.probes):
        for m, (name, side) in enumerate(probes.curves):
            yield f"probes-{n}-{m}", _curve(probes, name, side)


def _balances(view: View) -> Iterator[tuple[str, Spec]]:
    """Yield the charts of balance, at the widest size each."""
    for n, fair in enumerate(view.fairness):
        if fair.balances and fair.balances[0].drawn:
            yield f"fairness-{n}", balance_chart(fair.balances[0])


def _spec(*layers: Any, height: int = _HEIGHT) -> Spec:
    """Return layers as one plain specification that names no outside address."""
    import altair as alt

    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    chart = alt.layer(*layers).properties(width="container", height=height, autosize=fit)
    return {k: v for k, v in chart.to_dict(validate=False).items() if k != "$schema"} | {
        "config": dict(_CONFIG)
    }


def _base(rows: Iterable[Mapping[str, Any]]) -> alt.Chart:
    """Return a chart of rows that stay inside the specification."""
    import altair as alt

    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def _row(estimate: Estimate, **others: str | int) -> dict[str, Any]:
    """Return an estimate as a row of data; what is not known stays null."""
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    known = {k: v if math.isfinite(v) else None for k, v in ends.items()}
    texts = {k: one_line(v) if isinstance(v, str) else v for k, v in others.items()}
    return {**known, **texts, "text": figure(estimate), "n": estimate.n}


def _looks(field: str, names: Sequence[str]) -> dict[str, Any]:
    """Return colour and shape by a field, in a fixed order, with a legend where it is needed."""
    import altair as alt

    domain = [one_line(name) for name in names]
    colours = [PALETTE[n % len(PALETTE)] for n in range(len(names))]
    shapes = [_SHAPES[n % len(_SHAPES)] for n in range(len(names))]
    colour = alt.Color(f"{field}:N").sort(None).scale(domain=domain, range=colours)
    shape = alt.Shape(f"{field}:N").sort(None).scale(domain=domain, range=shapes)
    if len(names) == 1:
        colour, shape = colour.legend(None), shape.legend(None)
    return {"color": colour, "shape": shape}


def _tips(**titles: str) -> list[Any]:
    """Return a tooltip that shows fields under their titles."""
    import altair as alt

    return [alt.Tooltip(f"{field}:N", title=one_line(title)) for field, title in titles.items()]


def _quality(field: str) -> Any:
    """Return the vertical axis of a metric."""
    import altair as alt

    axis = alt.Axis(title=None, tickCount=5, format=".2f")
    return alt.Y(f"{field}:Q").scale(zero=False, nice=True).axis(axis)


def _frontier(sizes: Frontier, metric: str) -> Spec:
    """Return a metric against the vector size, a line and its band per series."""
    import altair as alt

    at = sizes.metrics.index(metric)
    found = [(row, row.values[at]) for row in sizes.rows]
    rows = [_row(e, series=str(row.series), size=row.dim) for row, e in found if e is not None]
    looks = _looks("series", list(dict.fromkeys(str(row.series) for row in sizes.rows)))
    axis = alt.Axis(values=sorted({r["size"] for r in rows}), format="d", grid=False)
    x = alt.X("size:Q").scale(type="log", base=2, nice=False, padding=12)
    base = _base(rows).encode(x=x.axis(axis).title("vector size"))
    band = base.mark_area(opacity=0.16)
    rule = base.mark_rule(strokeWidth=1.5, opacity=0.35)
    line = base.mark_line(strokeWidth=2)
    dots = base.mark_point(filled=True, size=64, opacity=1)
    return _spec(
        band.encode(y=_quality("low"), y2="high:Q", color=looks["color"]),
        rule.encode(y=_quality("low"), y2="high:Q", color=looks["color"]),
        line.encode(y=_quality("value"), color=looks["color"]),
        dots.encode(
            y=_quality("value"),
            tooltip=_tips(series="model", size="size", text=metric, n="n"),
            **looks,
        ),
    )


def _groups(groups: Groups) -> Spec:
    """Return the value of each group with its interval, and that of all as a dashed line."""
    import altair as alt

    table = groups.main
    rows = [_row(row.value, group=row.label) for row in table.rows]
    names = alt.Axis(title=None, ticks=False, domain=False, labelLimit=160)
    base = _base(rows).encode(y=alt.Y("group:N").sort(None).axis(names))
    axis = alt.Axis(title=one_line(table.metric), tickCount=6, format=".2f")
    x = alt.X("low:Q").scale(zero=False, nice=True).axis(axis)
    whole = [] if table.overall is None else [_row(table.overall)]
    tips = _tips(group=groups.tag, text=table.metric, n="n")
    dots = base.mark_point(filled=True, size=80, opacity=1, color=PALETTE[0])
    return _spec(
        _base(whole).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="value:Q"),
        base.mark_rule(strokeWidth=3, opacity=0.45, color=PALETTE[0]).encode(x=x, x2="high:Q"),
        dots.encode(x="value:Q", tooltip=tips),
        height=_STEP * len(rows),
    )


def balance_chart(balance: Balance) -> Spec:
    """Return the share of the first group for each subject, beside what chance gives."""
    drawn = layers(balance, plain=PALETTE[0], marked=PALETTE[1], grey=_GREY)
    return _spec(*drawn, height=_ROW * len(balance.drawn))


def _curve(probes: Probes, name: str, side: str) -> Spec:
    """Return the primary metric against the severity of one probe, a line per size."""
    import altair as alt

    rows = list(_curve_rows(probes, name, side))
    looks = _looks("size", [str(dim) for dim in probes.dims])
    x = alt.X("severity:O").sort(None).axis(alt.Axis(labelAngle=0, grid=False))
    beside = alt.XOffset("size:N").sort(None).scale(paddingOuter=1)
    base = _base(rows).encode(x=x.title("severity"), xOffset=beside)
    tips = _tips(size="size", severity="severity", text=probes.main.metric, n="n")
    rule = base.mark_rule(strokeWidth=2, opacity=0.45)
    line = base.mark_line(strokeWidth=1.5, opacity=0.8)
    dots = base.mark_point(filled=True, size=56, opacity=1)
    return _spec(
        rule.encode(y=_quality("low"), y2="high:Q", color=looks["color"]),
        line.encode(y=_quality("value"), color=looks["color"]),
        dots.encode(y=_quality("value"), tooltip=tips, **looks),
    )


def _curves(table: Table) -> Spec:
    """Return the columns of a table as lines over its first column."""
    import altair as alt

    names = table.columns[1:]
    rows = [
        {"x": row[0], "y": y, "line": one_line(name), "text": number(y)}
        for row in table.rows
        for name, y in zip(names, row[1:], strict=True)
        if isinstance(y, int | float) and isinstance(row[0], int | float)
    ]
    looks = _looks("line", names)
    axis = alt.Axis(tickCount=6, grid=False)
    x = alt.X("x:Q").scale(zero=False, nice=True).axis(axis).title(one_line(table.columns[0]))
    y = alt.Y("y:Q").scale(zero=False, nice=True).axis(alt.Axis(title=None, tickCount=5))
    base = _base(rows).encode(x=x, y=y)
    tips = _tips(line="line", x=table.columns[0], text="value")
    dots = base.mark_point(filled=True, size=36, opacity=1)
    return _spec(
        base.mark_line(strokeWidth=2).encode(color=looks["color"]),
        dots.encode(tooltip=tips, **looks),
    )


def _clean_of(
    toward: float, clean: Estimate | None, value: Estimate | None, drop: Estimate | None
) -> Estimate | None:
    """Return the clean value of the units that a probe changed, from their value and drop.

    toward: 1 where more is better, -1 where less is, since a drop is positive where it is worse.
    """
    if clean is None or value is None or drop is None or value.n == clean.n:
        return clean
    return replace(value, value=value.value + toward * drop.value, low=math.nan, high=math.nan)


def _curve_rows(probes: Probes, name: str, side: str) -> Iterable[Mapping[str, Any]]:
    """Yield the rows of one probe's chart, the clean values before the severities.

    Where a probe changed some units only, clean is the value of those that its first severity
    changed, without an interval. Their order is the order of the axis: a sort that lists names
    would put foreign text into an expression.
    """
    mine = [r for r in probes.main.rows if (r.label.name, r.label.side) == (name, side)]
    mine = sorted(mine, key=lambda r: r.label.severity)
    high = all(step.high for one in probes.robustness.responses for step in one.steps)
    clean_of = partial(_clean_of, 1.0 if high else -1.0)
    steps = [("clean", tuple(map(clean_of, probes.main.clean, mine[0].values, mine[0].drops)))]
    steps += [(r.label.severity or "changed", r.values) for r in mine]
    for severity, values in steps:
        for dim, value in zip(probes.dims, values, strict=True):
            if value is not None:
                yield _row(value, size=str(dim), severity=severity)

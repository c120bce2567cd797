"""Draws bar, line and pie charts whose values stand in the drawing as text."""

from collections.abc import Sequence
from typing import Any

from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.charts.piecharts import Pie
from reportlab.graphics.shapes import Drawing
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib.colors import black, white

from .style import GREY, House
from .wording import number

Series = dict[str, list[float]]
SMALL = 7.4
_FORM = {"bar": VerticalBarChart, "stacked": VerticalBarChart, "hbar": HorizontalBarChart}


def draw(
    kind: str,
    categories: Sequence[str],
    series: Series,
    size: tuple[float, float],
    house: House,
    language: str,
    digits: int,
) -> Drawing:
    """Return a chart of a kind: bar, stacked, hbar, line or pie."""

    def label(value: float) -> str:
        return number(value, language, str(digits))

    drawing = Drawing(*size)
    if kind == "pie":
        _pie(drawing, categories, next(iter(series.values())), house, label)
        return drawing
    chart = _lines(house, len(categories)) if kind == "line" else _bars(kind, house, len(series))
    chart.data = [tuple(values) for values in series.values()]
    _axes(chart, kind, categories, series, house, label)
    room = 22 if len(series) > 1 else 4
    side = 40.0 if kind != "hbar" else 12 + max(_width(name) for name in categories)
    chart.x, chart.y = side, 20 + room
    chart.width, chart.height = size[0] - side - 14, size[1] - 34 - room
    if kind == "hbar":
        chart.width -= 26
    drawing.add(chart)
    if len(series) > 1:
        drawing.add(_legend(list(series), house, side))
    return drawing


def _width(text: str) -> float:
    """Return the rough width of a small label in points."""
    return len(text) * SMALL * 0.52


def _bars(kind: str, house: House, count: int) -> Any:
    """Return an empty bar chart in the house style."""
    chart = _FORM[kind]()
    for place in range(count):
        chart.bars[place].fillColor = house.palette[place % 5]
        chart.bars[place].strokeColor = None
    chart.groupSpacing, chart.barSpacing = 9, 1
    if kind == "stacked":
        chart.categoryAxis.style = "stacked"
    chart.barLabels.nudge = 8 if kind == "bar" else 13
    if kind == "stacked":
        chart.barLabels.boxTarget, chart.barLabels.nudge = "mid", 0
        for place in range(count):
            chart.barLabels[place].fillColor = white if place == 0 else black
    return chart


def _lines(house: House, points: int) -> Any:
    """Return an empty line chart in the house style; values of a second line stand below it."""
    chart = HorizontalLineChart()
    for place in range(5):
        chart.lines[place].strokeColor = house.palette[place]
        chart.lines[place].strokeWidth = 1.8
        chart.lines[place].symbol = makeMarker("FilledCircle", size=4)
    chart.lineLabelNudge = 9
    for point in range(points):
        chart.lineLabels[1, point].dy = -20
    return chart


def _axes(
    chart: Any, kind: str, categories: Sequence[str], series: Series, house: House, label: Any
) -> None:
    """Set the axes and the labels of the values."""
    names, values = chart.categoryAxis, chart.valueAxis
    names.categoryNames = list(categories)
    for axis in (names, values):
        axis.labels.fontName, axis.labels.fontSize = "Helvetica", SMALL
        axis.strokeColor = GREY
    names.labels.dy = -3 if kind != "hbar" else 0
    if kind == "hbar":
        names.labels.boxAnchor, names.labels.dx = "e", -4
        names.reverseDirection = 1
    values.visibleGrid, values.gridStrokeColor, values.gridStrokeWidth = 1, house.pale, 0.6
    values.labelTextFormat = label
    low, high = _bounds(kind, series)
    values.valueMin, values.valueMax = low, high
    marks = chart.lineLabels if kind == "line" else chart.barLabels
    marks.fontName, marks.fontSize = "Helvetica", SMALL
    setattr(chart, "lineLabelFormat" if kind == "line" else "barLabelFormat", label)


def _bounds(kind: str, series: Series) -> tuple[float, float]:
    """Return where the axis of the values begins and ends."""
    values = [value for row in series.values() for value in row]
    sums = [sum(column) for column in zip(*series.values(), strict=True)]
    low, high = min(values), max(sums if kind == "stacked" else values)
    start = 0.0 if kind != "line" or low < 0.5 * high else low - 0.6 * (high - low)
    return (min(start, 1.25 * low) if low < 0 else max(start, 0.0)), high + 0.14 * (high - start)


def _legend(names: list[str], house: House, x: float) -> Legend:
    """Return the key of the series, below the chart."""
    legend = Legend()
    legend.fontName, legend.fontSize = "Helvetica", SMALL
    legend.x, legend.y, legend.boxAnchor = x, 10, "w"
    legend.columnMaximum, legend.alignment = 1, "right"
    legend.dx = legend.dy = 6
    legend.deltax, legend.dxTextSpace, legend.autoXPadding = 12, 4, 12
    legend.colorNamePairs = [(house.palette[i % 5], name) for i, name in enumerate(names)]
    legend.strokeColor = None
    return legend


def _pie(
    drawing: Drawing, names: Sequence[str], values: list[float], house: House, label: Any
) -> None:
    """Draw a pie whose key names each slice with its value."""
    pie = Pie()
    side = drawing.height - 16
    pie.x, pie.y, pie.width, pie.height = 8, 8, side, side
    pie.data, pie.labels = values, None
    pie.startAngle, pie.direction = 90, "clockwise"
    pie.slices.strokeColor, pie.slices.strokeWidth = white, 1
    for place in range(len(values)):
        pie.slices[place].fillColor = house.palette[place % 5]
    drawing.add(pie)
    legend = _legend([], house, side + 26)
    legend.y, legend.columnMaximum, legend.deltay = drawing.height / 2, len(names), 14
    legend.colorNamePairs = [
        (house.palette[i % 5], f"{name}  {label(value)}%")
        for i, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    drawing.add(legend)

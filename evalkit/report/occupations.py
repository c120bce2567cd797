"""The chart of balance: one row per subject, its share, interval, target, and what chance gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.report.text import number, one_line, span
from evalkit.report.view.balance import Balance, Ends, Subject

_LABEL, _BAND = 130, 11
_STANDS = ("not told apart from chance", "stands out from chance")
_TIPS = {
    "subject": "subject", "text": "share", "target": "target", "chance": "by chance",
    "p": "p adjusted", "queries": "queries",
}  # fmt: skip


def layers(balance: Balance, plain: str, marked: str, grey: str) -> tuple[Any, ...]:
    """Return the layers of the chart, the subjects farthest above their target first.

    plain, marked, grey: the colours of subjects, of those that stand out, and of chance.
    """
    import altair as alt

    names = alt.Axis(
        title=None, ticks=False, domain=False, labelLimit=_LABEL, labelOverlap=False, labelPadding=6
    )
    rows = [dict(_row(subject)) for subject in balance.drawn]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("subject:N").sort(None).axis(names)
    )
    axis = alt.Axis(title=None, format=".1f", tickCount=5, orient="top")
    x = alt.X("found:Q").scale(domain=[0, 1]).axis(axis)
    looks = _looks(plain, marked)
    tips = [alt.Tooltip(f"{field}:N", title=title) for field, title in _TIPS.items()]
    reach = base.mark_bar(height=_BAND, opacity=0.3, color=grey, cornerRadius=2)
    tick = base.mark_tick(thickness=2, size=_BAND + 3, color=grey)
    spread = base.mark_rule(strokeWidth=1.5, opacity=0.75)
    dots = base.mark_point(filled=True, size=58, opacity=1)
    return (
        reach.encode(x="chance_low:Q", x2="chance_high:Q"),
        tick.encode(x="aim:Q"),
        spread.encode(x="low:Q", x2="high:Q", color=looks["color"]),
        dots.encode(x=x, tooltip=tips, **looks),
    )


def _looks(plain: str, marked: str) -> dict[str, Any]:
    """Return colour and shape by whether a subject stands out, with one legend."""
    import altair as alt

    legend, domain = (
        alt.Legend(title=None, orient="top", labelLimit=240, columns=1, symbolSize=80),
        list(_STANDS),
    )
    colour = alt.Color("stands:N").scale(domain=domain, range=[plain, marked])
    shape = alt.Shape("stands:N").scale(domain=domain, range=["circle", "diamond"])
    return {"color": colour.legend(legend), "shape": shape.legend(legend)}


def _row(subject: Subject) -> Mapping[str, Any]:
    """Return a subject as a row of data; what is not known stays null."""
    low, high = subject.span or (None, None)
    chance_low, chance_high = subject.chance or (None, None)
    return {
        "subject": one_line(subject.name),
        "found": subject.found,
        "low": low,
        "high": high,
        "chance_low": chance_low,
        "chance_high": chance_high,
        "aim": subject.target,
        "stands": _STANDS[subject.marked],
        "text": _told(subject.found, subject.span),
        "target": _told(subject.target, None),
        "chance": span(*subject.chance) if subject.chance else "not known",
        "p": _told(subject.q, None),
        "queries": subject.queries,
    }


def _told(value: float | None, ends: Ends | None) -> str:
    """Return a share with its interval in words."""
    if value is None:
        return "not known"
    return f"{number(value)} ({span(*ends)})" if ends else number(value)

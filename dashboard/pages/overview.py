"""Overview: every run of every suite, and whether a gate's number is on its way up or down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import links, look, runs
from evalkit.archive import Head, Trend
from evalkit.report.text import DASH, number, one_line, span
from evalkit.report.view.overview import STATUSES

TITLE = "Overview"
QUESTION = "How did every suite end, and is anything getting worse?"
_ALL = "all suites"
_PAGE = 25
_TIMES = {
    "minutes": "%H:%M", "hours": "%H:%M", "date": "%d %b", "week": "%d %b", "month": "%b %Y",
    "quarter": "%b %Y", "year": "%Y",
}  # fmt: skip
"""How the axis of time writes its marks, by what lies between them."""
_SHAPES = ("diamond", "cross", "triangle-up", "square", "circle")


def page() -> None:
    """Show the newest run of each suite, trends, all runs, and what cannot be read."""
    found = runs.heads()
    if not found:
        look.empty(runs.NOTHING.format(out=runs.out()))
        return
    whole = [head for head in found if not head.problem]
    if whole:
        _newest(whole)
        _trend(whole)
        _all(whole)
    _broken([head for head in found if head.problem])


def _suites(whole: Sequence[Head]) -> dict[str, list[Head]]:
    """Return the runs of each suite, newest first; the suite that ran last leads."""
    found: dict[str, list[Head]] = {}
    for head in whole:
        found.setdefault(head.suite, []).append(head)
    return found


# --- the newest run of each suite ---------------------------------------------------------------


def _newest(whole: Sequence[Head]) -> None:
    """Show the newest run of each suite with what turned since the one before."""
    suites = _suites(whole)
    look.heading(f"{_many(len(suites), 'suite')}, {_many(len(whole), 'run')}")
    rows = [
        (
            _link(mine[0], mine[0].suite),
            _counts(mine[0]),
            _turned(mine),
            runs.short(mine[0].created),
            ", ".join(mine[0].models),
            look.count(len(mine)),
        )
        for mine in suites.values()
    ]
    columns = ("Suite", "Gates of the newest run", "Since the run before", "Made", "Models", "Runs")
    look.table(
        columns,
        rows,
        label="The newest run of each suite",
        right="Runs",
        whole=("Suite", "Made"),
        wide=("Gates of the newest run",),
    )


def _many(count: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{look.count(count)} {noun}{'' if count == 1 else 's'}"


def _link(head: Head, words: str) -> look.Markup:
    """Return a link to the page of a run."""
    address = links.link("run", run=runs.name(head))
    return look.anchor(address, words)


def _counts(head: Head) -> look.Markup:
    """Return how many gates have each status, what needs a look first."""
    shown = [look.status(s, head.verdicts[s]) for s in STATUSES if head.verdicts.get(s)]
    return look.Markup(" ").join(shown) if shown else look.esc("no gate")


def _turned(mine: Sequence[Head]) -> str:
    """Return which gates of the newest run were decided otherwise in the one before."""
    if len(mine) < 2:
        return "first run"
    before = {gate.gate: gate.status for gate in mine[1].gates}
    turns = [
        f"{before[gate.gate]} → {gate.status}: {gate.gate}"
        for gate in mine[0].gates
        if before.get(gate.gate, gate.status) != gate.status
    ]
    more = f" and {len(turns) - 2} more" if len(turns) > 2 else ""
    return "; ".join(turns[:2]) + more if turns else "no gate turned"


# --- trends -------------------------------------------------------------------------------------


def _trend(whole: Sequence[Head]) -> None:
    """Show the number of one gate in every run of its suite."""
    look.heading("Trend of a gate")
    suites = _suites(whole)
    left, right = st.columns([1, 2])
    often = next((name for name, mine in suites.items() if len(mine) > 1), None)
    suite = links.choice("Suite", list(suites), "suite", default=often, where=left)
    gates = list(dict.fromkeys(gate.gate for head in suites[suite] for gate in head.gates))
    if not gates:
        look.empty("No run of this suite sets a gate, so that there is nothing to follow.")
        return
    gate = links.choice("Gate", gates, "gate", where=right)
    points = [(h, g) for h in reversed(suites[suite]) for g in h.gates if g.gate == gate]
    known = [(h, g) for h, g in points if math.isfinite(g.observed)]
    if len(known) < 2:
        look.note("A trend needs two runs of the suite in which this gate has a number.")
    else:
        words = f"{gate}: {_many(len(known), 'run')}, the last one {number(known[-1][1].observed)}"
        look.chart(_drawn(known), f"trend-{suite}", words)
    look.frame(_tabled(points), f"trend-{suite}", key="trend")


def _drawn(points: Sequence[tuple[Head, Trend]]) -> Any:
    """Return the number and the interval of a gate over time, its status as colour and shape."""
    import altair as alt

    rows = [
        {
            "made": _when(head), "value": g.observed, "status": g.status,
            "low": g.low if math.isfinite(g.low) else None,
            "high": g.high if math.isfinite(g.high) else None,
            "text": _figure(g), "run": one_line(head.id),
        }
        for head, g in points
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("made:T")
        .title(None)
        .axis(grid=False, tickCount=6, labelOverlap=True, format=_TIMES)
        .scale(padding=24)
    )
    y = alt.Axis(title=None, tickCount=5, format=".2f")
    colour = alt.Color("status:N").scale(domain=list(STATUSES), range=list(look.STATUS_COLOURS))
    shape = alt.Shape("status:N").scale(domain=list(STATUSES), range=list(_SHAPES))
    legend = alt.Legend(orient="top", title=None, values=sorted({g.status for _, g in points}))
    tips = [alt.Tooltip(f"{f}:N", title=f) for f in ("run", "status", "text")]
    scale = alt.Scale(zero=False, nice=True)
    rule = base.mark_rule(strokeWidth=2, opacity=0.45, color=look.PALETTE[0])
    dots = base.mark_point(filled=True, size=80, opacity=1)
    return alt.layer(
        base.mark_line(strokeWidth=1.5, opacity=0.6, color=look.PALETTE[0]).encode(
            y=alt.Y("value:Q", scale=scale, axis=y)
        ),
        rule.encode(y=alt.Y("low:Q", scale=scale, axis=y), y2="high:Q"),
        dots.encode(
            y=alt.Y("value:Q", scale=scale, axis=y), tooltip=tips,
            color=colour.legend(legend), shape=shape.legend(legend),
        ),
    ).properties(height=240)  # fmt: skip


def _when(head: Head) -> str:
    """Return when a run was made as charts take it, without a zone that would shift it."""
    try:
        return datetime.fromisoformat(head.created).replace(tzinfo=None).isoformat()
    except ValueError:
        return head.created


def _figure(gate: Trend) -> str:
    """Return the number of a gate with its interval."""
    within = span(gate.low, gate.high)
    return f"{number(gate.observed)} ({within})" if within else number(gate.observed)


def _tabled(points: Sequence[tuple[Head, Trend]]) -> pd.DataFrame:
    """Return the trend as a table, the newest run first."""
    rows = [
        {
            "made": runs.short(head.created), "status": g.status, "observed": g.observed,
            "low": g.low, "high": g.high, "run": head.id,
        }
        for head, g in reversed(points)
    ]  # fmt: skip
    return pd.DataFrame(rows)


# --- all runs -----------------------------------------------------------------------------------


def _all(whole: Sequence[Head]) -> None:
    """Show runs a page at a time, the newest first."""
    look.heading("All runs")
    left, right = st.columns([2, 1])
    of = links.choice("Runs of", [_ALL, *_suites(whole)], "of", where=left)
    mine = [head for head in whole if of in (_ALL, head.suite)]
    pages = [str(n + 1) for n in range(-(-len(mine) // _PAGE))]
    at = links.choice(f"Page of {len(pages)}", pages, "page", where=right) if pages[1:] else "1"
    shown = mine[(int(at) - 1) * _PAGE : int(at) * _PAGE]
    rows = [
        (
            _link(h, runs.short(h.created) or DASH), h.suite, _counts(h), ", ".join(h.models), h.id,
        )
        for h in shown
    ]  # fmt: skip
    columns = ("Made", "Suite", "Gates", "Models", "Run")
    look.table(columns, rows, label="Runs", whole=("Made", "Suite"), wide=("Gates",))


def _broken(problems: Sequence[Head]) -> None:
    """Show what is stored like a run and cannot be read, and why."""
    if problems:
        look.heading("Cannot be read")
        rows = [(runs.name(head), head.problem) for head in problems]
        look.table(("Run", "Why"), rows, label="Runs that cannot be read")

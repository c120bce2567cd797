"""Dimensions: what a smaller vector costs, in quality, robustness and balance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import _place, links, look, runs
from dashboard._curves import against_bytes, point
from evalkit import api
from evalkit.archive import Opened
from evalkit.core.errors import EvalkitError
from evalkit.core.results import Cell, Estimate
from evalkit.report.text import one_line
from evalkit.report.view.frontier import Frontier, SizeRow, frontier
from evalkit.report.view.scope import Estimates, Scope, Series
from evalkit.report.view.smallest import USUAL_MARGIN, Exempt, Smallest, margin_of, smallest_of

TITLE = "Dimensions"
QUESTION = "How small may the vectors be before quality, robustness or balance suffers?"
_STEP, _MOST = 0.005, 1.0
_NAMED = 6
_NARROW = 30
"""A group with fewer units is not named."""


def page() -> None:
    """Show the sizes of the case that the address names."""
    opened = runs.chosen()
    case, metric, margin = st.columns(3)
    scope = _place.case_of(opened.run, case)
    sizes = frontier(opened.run, scope)
    named, stated = margin_of(scope, opened.run.verdicts)
    chosen = links.choice("Metric", sizes.metrics, "metric", default=named, where=metric)
    allowed = _margin(margin, stated if chosen == named else None)
    if len(scope.dims) < 2:
        look.empty(
            f"This run measured {scope.facts.name} at {scope.dims[0]} alone. Name more "
            "`dimensions` in the suite to see what a smaller vector would cost."
        )
    for series in scope.series:
        _answer(opened, scope, series, chosen, allowed)
    _charts(scope, sizes, chosen)
    _table(sizes, chosen, allowed)


def _margin(where: Any, stated: float | None) -> float:
    """Return the loss that does not matter: the address's, else a gate's, else the usual one."""
    usual = USUAL_MARGIN if stated is None else stated
    asked = _number(links.get("margin"))
    st.session_state["margin"] = usual if asked is None else min(max(asked, 0.0), _MOST)

    def keep() -> None:
        links.put(margin=f"{st.session_state['margin']:g}")

    said = "no gate of this suite states one" if stated is None else f"a gate states {stated:g}"
    found = where.number_input(
        "Margin", 0.0, _MOST, step=_STEP, format="%.3f", key="margin", on_change=keep,
        help=f"The loss that does not matter, in units of the metric: {said}.",
    )  # fmt: skip
    return float(found)


def _number(text: str) -> float | None:
    """Return a text as a number, None where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


# --- the answer ---------------------------------------------------------------------------------


def _answer(opened: Opened, scope: Scope, series: Series, metric: str, margin: float) -> None:
    """Say which size is the smallest that is not inferior, and where it is inferior still."""
    found = smallest_of(scope, series, metric, margin)
    if found is None:
        return
    found = _by_group(opened, scope, found)
    look.heading(str(series))
    look.html(look.Markup("<p>{}</p>").format(_sentence(found)))
    if found.loss is not None:
        _exceptions(found)


def _by_group(opened: Opened, scope: Scope, found: Smallest) -> Smallest:
    """Return a smallest size with what it costs each group, which a run need not store."""
    if found.loss is None or not scope.facts.groups:
        return found
    small, wide = (scope.cell(found.series, dim) for dim in (found.dim, found.widest))
    try:
        more = _losses(_place.stamp(opened), small, wide, found.metric, scope.facts.groups)
    except EvalkitError:
        return found
    known = replace(scope, estimates=Estimates((*scope.estimates.rows, *more)))
    return smallest_of(known, found.series, found.metric, found.margin) or found


@st.cache_data(show_spinner="Drawing the queries of each group again", max_entries=64)
def _losses(
    stamp: tuple[str, int], small: Cell, wide: Cell, metric: str, groups: Sequence[str]
) -> tuple[Estimate, ...]:
    """Return the losses of groups between two sizes."""
    opened = runs.opened(Path(stamp[0]))
    run = _place.scored(opened, [small, wide], metric=metric)
    found = api.difference(run, small, wide, [metric], groups)
    return tuple(e for e in found if e.group)


def _sentence(found: Smallest) -> look.Markup:
    """Return which size is the smallest that is not inferior, in a sentence."""
    within = f"within a margin of {found.margin:g} on {found.metric}"
    if found.loss is None:
        return look.esc(
            f"No smaller size is shown to be as good as {found.widest} {within}: "
            "stay with the widest, or accept a larger loss."
        )
    told = look.Markup(
        "<b>{} numbers</b>, {} instead of {} bytes per vector, is the smallest size that is not "
        "inferior to {} {}: its loss there is {}."
    )
    return told.format(
        found.dim, look.count(4 * found.dim), look.count(4 * found.widest), found.widest,
        within, look.number(found.loss),
    )  # fmt: skip


def _exceptions(found: Smallest) -> None:
    """Show the groups and probes on which a size is inferior, or not shown to be as good."""
    if found.inferior:
        look.problem(f"At {found.dim} it is inferior still on {_named(found.inferior)}.")
    words = [
        f"Not settled: {_named(found.open)}; their intervals include the margin."
        if found.open
        else "",
        f"{found.small} {'group has' if found.small == 1 else 'groups have'} fewer than "
        f"{_NARROW} queries, of which nothing is said."
        if found.small
        else "",
    ]
    words = [one for one in words if one]
    if not found.inferior:
        words.insert(0, "No group and no probe is shown to lose more than the margin.")
    look.note(look.esc(" ".join(words)))


def _named(exempt: Iterable[Exempt]) -> str:
    """Return groups and probes with what they lose."""
    worst = sorted(exempt, key=lambda one: -one.loss.value)
    first = [f"{one_line(one.name)}: {look.number(one.loss)}" for one in worst[:_NAMED]]
    rest = len(worst) - len(first)
    return "; ".join([*first, f"and {rest} more"] if rest else first)


# --- all sizes ----------------------------------------------------------------------------------


def _charts(scope: Scope, sizes: Frontier, metric: str) -> None:
    """Draw quality, robustness and balance against the bytes of a vector."""
    lines = [str(series) for series in scope.series]
    at = sizes.metrics.index(metric)
    quality = [r for row in sizes.rows for r in point(str(row.series), row.bytes, row.values[at])]
    look.heading(f"Quality: {metric}")
    words = f"{metric} against bytes per vector, a line per model: {_said(sizes.rows, at)}"
    look.chart(against_bytes(quality, lines, metric), f"{scope.facts.name}-quality", words)
    if sizes.probed:
        _robust(scope, sizes, lines)
    if sizes.balance:
        _balanced(scope, sizes, lines)


def _robust(scope: Scope, sizes: Frontier, lines: Sequence[str]) -> None:
    """Draw the mean and the worst drop under probes."""
    look.heading(f"Robustness: drop of {scope.primary}")
    names = [f"{line}, {kind}" for line in lines for kind in ("mean drop", "worst drop")]
    rows = [
        r
        for row in sizes.rows
        for kind, made in (("mean drop", row.robust), ("worst drop", row.worst))
        for r in point(f"{row.series}, {kind}", row.bytes, made)
    ]
    names = [name for name in names if any(row["line"] == one_line(name) for row in rows)]
    words = "The drop under probes against bytes per vector; more is worse."
    drawn = against_bytes(rows, names, f"drop of {scope.primary}", zero=True, legend=True)
    look.chart(drawn, f"{scope.facts.name}-robustness", words)


def _balanced(scope: Scope, sizes: Frontier, lines: Sequence[str]) -> None:
    """Draw how far a metric of balance exceeds what chance gives."""
    look.heading(f"Balance: excess of {sizes.balance}")
    rows = [r for row in sizes.rows for r in point(str(row.series), row.bytes, row.excess)]
    words = "The excess over chance against bytes per vector; zero is what chance alone gives."
    drawn = against_bytes(rows, lines, f"excess of {sizes.balance}", zero=True)
    look.chart(drawn, f"{scope.facts.name}-balance", words)


def _said(rows: Iterable[SizeRow], at: int) -> str:
    """Return the values of a chart in words."""
    found = ((row, row.values[at]) for row in rows)
    return "; ".join(f"{r.series} at {r.dim}: {look.number(e)}" for r, e in found if e)


def _table(sizes: Frontier, metric: str, margin: float) -> None:
    """Show every size of every series as a table, with a download."""
    look.heading("All sizes")
    data = pd.DataFrame(_rows(sizes, metric, margin))
    look.table(list(data.columns), data.to_numpy().tolist(), caption=sizes.case, right="size,bytes")
    name = f"dimensions-{sizes.case}"
    st.download_button(
        "Download as CSV", look.csv(data), f"{name}.csv", "text/csv", key=name,
        on_click="ignore", type="tertiary",
    )  # fmt: skip


def _rows(sizes: Frontier, metric: str, margin: float) -> Iterator[dict[str, object]]:
    """Yield every size as a row; what no size has is left out."""
    at = sizes.metrics.index(metric)
    for row in sizes.rows:
        value, loss = row.values[at], row.losses[at]
        extra: dict[str, object] = {}
        if any(one.robust for one in sizes.rows):
            extra |= {"mean drop": look.number(row.robust)}
        if any(one.worst for one in sizes.rows):
            extra |= {"worst drop": _worst(row.worst)}
        if sizes.balance:
            extra |= {f"excess of {sizes.balance}": look.number(row.excess)}
        yield {
            "model": str(row.series), "size": row.dim, "bytes": row.bytes,
            metric: look.number(value), "loss against the widest": look.number(loss),
            f"at a margin of {margin:g}": _state(row, value, loss, margin), **extra,
        }  # fmt: skip


def _worst(drop: Estimate | None) -> str:
    """Return the worst drop with the probe that it was found under."""
    return f"{look.number(drop)} {drop.cell.probe}" if drop else look.number(drop)


def _state(row: SizeRow, value: Estimate | None, loss: Estimate | None, margin: float) -> str:
    """Return what the interval of a loss says of a size."""
    if value is None:
        return "not offered"
    if row.widest:
        return "the widest"
    if loss is None or not math.isfinite(loss.low + loss.high):
        return "–"
    if loss.high <= margin:
        return "not inferior ✓"
    return "inferior ✗" if loss.low > margin else "not settled ?"

"""Robustness: what quality is lost where the input changes in a way that should not matter."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import _place, links, look, runs
from dashboard._responses import responses, step
from evalkit.archive import Opened
from evalkit.core.results import Estimate
from evalkit.report.text import DASH, one_line
from evalkit.report.view.probes import ChangeTable, Probes, probes
from evalkit.report.view.robustness import Response
from evalkit.report.view.samples import Sample, samples
from evalkit.report.view.scope import Scope

TITLE = "Robustness"
QUESTION = "What does a change that a person would see past cost, and who pays for it?"
_SIZES = "sizes"
_SHOWN = 20


def page() -> None:
    """Show the probes of the case that the address names."""
    opened = runs.chosen()
    case, model, lines = st.columns(3)
    scope = _place.case_of(opened.run, case)
    series = _place.series_of(scope, model)
    examples = opened.rows("examples", where={"case": scope.facts.name}) if _has(opened) else None
    run = opened.run if examples is None else replace(opened.run, examples=examples)
    found = next((p for p in probes(run, scope) if p.series == series), None)
    if found is None:
        look.empty(
            f"No probe changed the input of {scope.facts.name} for {series}. Add `probes` to the "
            "case in its suite, such as `probes: [typos]`, and run it again; `evalkit list probes` "
            "names all of them."
        )
        return
    tags = [g.tag for g in found.by_group]
    by = links.choice("A line for each of the", (_SIZES, *tags), "lines", where=lines)
    _answer(found)
    _curves(found, by)
    _drops(found)
    _moved(found)
    _sheets(found.samples or tuple(samples(run, scope.facts.name)))
    _changed(opened, scope, found)


def _has(opened: Opened) -> bool:
    """Return whether the run stores examples, which older ones do not."""
    return "case" in opened.run.examples.column_names


def _answer(found: Probes) -> None:
    """Say what is worst, in sentences."""
    r = found.robustness
    told = []
    if r.worst and r.worst.drop:
        told.append(
            f"The largest drop of {r.metric} at {r.dim} is {look.number(r.worst.drop)}, under "
            f"{r.worst.label.text}."
        )
    if r.means and r.means[0][1]:
        told.append(f"The mean drop over all probes is {look.number(r.means[0][1])}.")
    if r.group:
        told.append(f"The group that loses most is {r.group.group}: {look.number(r.group)}.")
    why = "the strictest drop that a gate allows" if r.gated else "the usual bound; no gate has one"
    told.append(f"A drop counts as a loss beyond {r.bound:g}, {why}.")
    look.html(look.Markup('<p class="answer" dir="auto">{}</p>').format(" ".join(told)))


def _curves(found: Probes, by: str) -> None:
    """Show the drop of every probe against its severity, in two columns."""
    look.heading("Response curves")
    look.note(
        "The drop is paired, query by query, clean minus changed; above the dashed bound it counts "
        "as a loss. Only queries that the probe really changed count."
    )
    columns = st.columns(2)
    for n, response in enumerate(found.robustness.responses):
        lines, rows = _lines(found, response, by)
        if rows:
            drawn = responses(rows, lines, found.robustness.bound, response.kinds)
            title = f"{response.name}, {_side(response.side)}"
            with columns[n % 2]:
                look.html(look.Markup("<h3>{}</h3>").format(title))
                name = f"{found.case}-{response.name}-{response.side}"
                look.chart(drawn, name, f"Drop of {found.main.metric} under {title}, by {by}")


def _side(side: str) -> str:
    """Return a side in words."""
    return "both sides" if side == "both" else f"{side} side"


def _lines(found: Probes, response: Response, by: str) -> tuple[list[str], list[dict[str, object]]]:
    """Return the names of the lines of one chart, and its rows."""
    whose = response.name, response.side
    if by == _SIZES:
        names = [str(dim) for dim in found.dims]
        steps = [(row.label, row.drops) for row in found.main.rows]
    else:
        groups = next(g for g in found.by_group if g.tag == by)
        names, steps = list(groups.labels), list(groups.rows)
    mine = [(label, drops) for label, drops in steps if (label.name, label.side) == whose]
    mine.sort(key=lambda pair: pair[0].severity)
    rows = [
        row
        for label, drops in mine
        for name, drop in zip(names, drops, strict=True)
        for row in step(name, label.severity, drop)
    ]
    return names, rows


def _drops(found: Probes) -> None:
    """Show one row a probe: mean, area, onset and what quality is left."""
    look.heading("Drops, the costliest probe first")
    rows = []
    for r in found.robustness.responses:
        kept = DASH if r.kinds or not math.isfinite(r.last.kept) else f"{100 * r.last.kept:.0f} %"
        onset = DASH if r.kinds else r.onset or "none"
        mean = DASH if not math.isfinite(r.cost) else look.plain_number(r.cost)
        area, last = look.number(r.area), look.number(r.last.drop)
        rows.append((r.name, _side(r.side), mean, area, last, onset, kept))
    columns = (
        "probe", "side", "mean drop", "along the curve", "at the highest", "loss from", "kept",
    )  # fmt: skip
    look.note(
        "Mean drop: of its severities. Along the curve: the mean from no change to the highest "
        "severity. Loss from: the first severity whose drop counts as a loss. Kept: the share of "
        "clean quality that is left at the highest."
    )
    look.frame(pd.DataFrame(rows, columns=columns), f"{found.case}-drops")
    table = [
        (row.label.text, dim, *_numbers(drop), None if value is None else value.value)
        for row in found.main.rows
        for dim, value, drop in zip(found.dims, row.values, row.drops, strict=True)
    ]
    with st.expander("Every drop at every size"):
        names = ("probe", "size", "drop", "from", "to", "n", found.main.metric)
        look.frame(pd.DataFrame(table, columns=names), f"{found.case}-every-drop")


def _numbers(one: Estimate | None) -> tuple[float | None, float | None, float | None, int | None]:
    """Return an estimate as four cells."""
    return (None,) * 4 if one is None else (one.value, one.low, one.high, one.n)


def _moved(found: Probes) -> None:
    """Show what moved in the lists at every size: flips, overlaps and the like."""
    if not found.changes:
        return
    look.heading("What moved in the lists")
    look.note(
        "A harmful flip loses a right first result, a healing one finds "
        "one by luck, a neutral one swaps one answer for another; all of them are changes that "
        "should not have mattered."
    )
    _moved_at(found.changes[0])
    if smaller := found.changes[1:]:
        with st.expander("At smaller sizes"):
            for table in smaller:
                _moved_at(table)


def _moved_at(table: ChangeTable) -> None:
    """Show what moved in the lists of one size."""
    rows = [(label.text, *(look.number(one) for one in values)) for label, values in table.rows]
    caption = f"Share of queries that changed, at {table.dim}"
    look.table(("probe", *table.metrics), rows, caption=caption)


def _sheets(samples: tuple[Sample, ...]) -> None:
    """Show an item under each probe, severity by severity."""
    if not samples:
        return
    look.heading("What the probes do to an item")
    for sample in samples:
        with st.expander(look.plain(f"{sample.probe} on {sample.item}")):
            look.html(_sheet(sample))


def _sheet(sample: Sample) -> look.Markup:
    """Return the looks of one sample, side by side."""
    made = []
    for seen in sample.looks:
        name = "clean" if seen.severity == 0 else f"severity {seen.severity}"
        if seen.picture:
            picture = look.Markup('<img src="{}" alt="{}">').format(
                look.address(seen.picture), look.esc(f"{sample.item} {name}")
            )
            made.append((name, picture))
        else:
            words = look.Markup('<p class="words" dir="auto">{}</p>')
            made.append((name, words.format(look.esc(seen.text or "unchanged"))))
    part = look.Markup('<article class="item"><p class="head">{}</p>{}</article>')
    parts = look.Markup().join(part.format(*pair) for pair in made)
    return look.Markup('<div class="items">{}</div>').format(parts)


def _changed(opened: Opened, scope: Scope, found: Probes) -> None:
    """Show the queries that a probe changed most, each with the way to its results."""
    look.heading("Queries that changed most")
    labels = [row.label.text for row in found.main.rows]
    probe, size = st.columns(2)
    worst = found.robustness.worst
    label = links.choice(
        "Under", labels, "probe", default=worst.label.text if worst else None, where=probe
    )
    dim = _place.size_of(scope, found.series, size)
    rows = _worst(opened, scope, found, label, dim)
    if rows.empty:
        look.empty(f"No query that {one_line(label)} changed was scored at {dim}.")
        return
    rows = rows.head(_SHOWN)
    texts = _place.shown(opened, scope.facts.name, "query", list(rows.index))
    cells = []
    for unit, *scores in rows[["clean", "changed", "drop"]].itertuples():
        words = texts[unit].text if unit in texts and texts[unit].text else unit
        ways = [
            look.anchor(_query(scope, found, dim, unit, p), said)
            for p, said in (("", "clean"), (label, "changed"))
        ]
        numbers = (look.plain_number(score) for score in scores)
        cells.append((words, *numbers, look.Markup(" · ").join(ways)))
    look.table(
        ("query", "clean", "changed", "drop", "results"), cells, right="clean,changed,drop",
        caption=f"{found.main.metric} at {dim}, the largest drop first",
    )  # fmt: skip


def _query(scope: Scope, found: Probes, dim: int, unit: str, probe: str) -> str:
    """Return the address of the results of a query."""
    case, model = scope.facts.name, str(found.series)
    run = links.get("run")
    return links.link("queries", run=run, case=case, model=model, at=dim, probe=probe, query=unit)


def _worst(opened: Opened, scope: Scope, found: Probes, label: str, dim: int) -> pd.DataFrame:
    """Return clean and changed score by query, those that lost most first."""
    names, values = ("unit", "value", "eligible"), {}
    for name, probe in (("clean", "clean"), ("changed", label)):
        cell = scope.cell(found.series, dim, probe)
        rows = _place.of_cell(
            opened, "scores", cell, names, metric=found.main.metric, column="value"
        ).to_pandas()
        values[name] = rows[rows["eligible"]].set_index("unit")["value"]
    both = pd.DataFrame(values).dropna()
    facts = _place.metric_facts(opened.run).get(found.main.metric)
    toward = -1.0 if facts and facts.better == "low" else 1.0
    both["drop"] = toward * (both["clean"] - both["changed"])
    return both.sort_values("drop", ascending=False, kind="stable")

"""Fairness: who is shown, who is served worse, and what a remedy changes."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import _place, links, look, runs
from evalkit.archive import Run
from evalkit.report.occupations import layers
from evalkit.report.view.balance import Balance, Ends, Subject
from evalkit.report.view.fairness import Fairness, fairness
from evalkit.report.view.groups import Groups, GroupTable, groups
from evalkit.report.view.mitigation import After, Mitigation, mitigations
from evalkit.report.view.scope import Scope, scopes

TITLE = "Fairness"
QUESTION = "Who is shown, who is served worse, by how much beyond chance, and how sure is that?"
_GREY, _HEAD, _ROW = "#8A8A8A", 110, 19


def page() -> None:
    """Show the balance, the groups and the remedies of the case that the address names."""
    opened = runs.chosen()
    case, model, size = st.columns(3)
    scope = _case(opened.run, case)
    series = _place.series_of(scope, model)
    dim = _place.size_of(scope, series, size)
    asked = [f for f in fairness(scope, opened.run.details) if f.series == series]
    grouped = [g for g in groups(scope, opened.run.verdicts) if g.series == series]
    made = mitigations([scope], opened.run.details)
    after = [row for one in made if one.model == series.model for row in _remedied(one, dim)]
    if not (asked or grouped or after):
        look.empty(
            f"The case {scope.facts.name} asks nothing of groups. Add `groups: [language]` or "
            "another tag to it in the suite, or a case with the task `gender_balance`; "
            "`suites/gender-balance.yaml` is one to start from."
        )
    for one in asked:
        _asked(one, dim)
    for group in grouped:
        _groups(group, dim)
    if after:
        _after(pd.DataFrame(after), scope, dim)


def _case(run: Run, where: object) -> Scope:
    """Return the case that the address names, else the first that asks about fairness."""
    found = {scope.facts.name: scope for scope in scopes(run)}
    first = next((n for n, s in found.items() if any(fairness(s, run.details))), None)
    if not found:
        return _place.case_of(run, where)
    return found[links.choice("Case", list(found), "case", default=first, where=where)]


# --- who is shown -------------------------------------------------------------------------------


def _asked(found: Fairness, dim: int) -> None:
    """Show what was asked, of whom, compared with what, the answer, and what it does not show."""
    look.html(
        look.Markup('<h2 class="part" dir="auto">{}</h2>').format(look.esc(found.answers[dim]))
    )
    if found.mores[dim]:
        look.note(found.mores[dim])
    look.facts(
        [
            ("Asked", found.asked),
            ("Of whom", found.whom),
            ("Compared with", found.compared),
            ("Does not show", look.listed(found.limits)),
        ]
    )
    if found.card:
        with st.expander("What the data set says of its own limits"):
            look.html(look.listed(found.card))
    balance = next((b for b in found.balances if b.dim == dim), None)
    if balance is not None:
        _balance(found, balance)
    _sizes(found)


def _balance(found: Fairness, balance: Balance) -> None:
    """Show the balance of one size subject by subject, and the one that the address names."""
    look.heading(f"Subject by subject at {balance.dim}; target: {balance.target}")
    look.note(
        f"Share of '{balance.first}' among the labelled first {balance.k} places. Grey bar: where "
        "chance alone ends up in 90 of 100 draws; grey tick: the target. Point and line: the share "
        "found and its 90 % interval over the wordings of the query, no line where all agree. A "
        "diamond stands out from chance once all subjects are accounted for (Benjamini and "
        "Hochberg, 5 %)."
    )
    if balance.drawn:
        plain, marked = look.PALETTE[:2]
        drawn = alt.LayerChart(
            layer=list(layers(balance, plain, marked, _GREY)),
            height=_HEAD + _ROW * len(balance.drawn),
        )
        look.chart(
            drawn, f"{found.case}-balance-{balance.dim}",
            f"Share of {balance.first} for each subject beside what chance gives",
        )  # fmt: skip
    _one(found, balance)
    rows = [_cells(s) for s in balance.subjects]
    columns = (
        "subject", "queries", "target", f"share of {balance.first}", "difference", "from", "to",
        "chance from", "chance to", "p adjusted", "labelled", "stands out",
    )  # fmt: skip
    look.frame(pd.DataFrame(rows, columns=columns), f"{found.case}-subjects-{balance.dim}")


def _one(found: Fairness, balance: Balance) -> None:
    """Show the subject that the address names, with the way to its queries."""
    known = {s.name: s for s in balance.subjects}
    one = known[links.choice("Look at one subject", list(known), "subject")]
    told = "stands out from chance" if one.marked else "is not told apart from chance"
    address = links.link(
        "queries", run=links.get("run"), case=found.case, model=str(found.series), at=balance.dim,
        words=one.name,
    )  # fmt: skip
    look.facts(
        [
            (one.name, told),
            (f"Share of {balance.first}", _number(one.found) + _within(one.span)),
            ("Target", _number(one.target)),
            ("By chance", _within(one.chance).strip() or "not known"),
            ("Its queries", look.anchor(address, f"{one.queries} queries and their results")),
        ]
    )


def _cells(s: Subject) -> tuple[object, ...]:
    """Return a subject as a row of a table."""
    ends = (*(s.span or (None, None)), *(s.chance or (None, None)))
    told = "yes" if s.marked else "no"
    return (s.name, s.queries, s.target, s.found, s.away, *ends, s.q, s.labelled, told)


def _number(value: float | None) -> str:
    """Return a share, or that it is not known."""
    return "not known" if value is None else look.plain_number(value)


def _within(ends: Ends | None) -> str:
    """Return an interval in brackets behind a blank, "" for none."""
    if ends is None:
        return ""
    return f" ({look.plain_number(ends[0])} to {look.plain_number(ends[1])})"


def _sizes(found: Fairness) -> None:
    """Show the headline of every size beside what chance gives."""
    by_dim = {b.dim: f"{len(b.marked)} of {len(b.subjects)}" for b in found.balances}
    best = ["best possible"] if found.bounded else []
    columns = ["size", found.metric, *best, "by chance", "beyond chance", *found.others]
    columns += ["subjects that stand out"] if by_dim else []
    rows = []
    for row in found.sizes:
        numbers = (row.chance, row.beyond, *row.others)
        out = [by_dim.get(row.dim, "")] if by_dim else []
        least = [look.plain_number(row.best.value) if row.best else ""] if best else []
        rows.append((row.dim, look.number(row.found), *least, *map(look.number, numbers), *out))
    target = f"; target: {found.balances[0].target}" if found.balances else ""
    look.table(columns, rows, caption=f"Size by size{target}")
    if best:
        look.note(
            "Best possible: what the most even lists of whole items would have, given how many of "
            "their places bear a label. Of five places, half cannot go to each of two groups."
        )


# --- who is served worse ------------------------------------------------------------------------


def _groups(found: Groups, dim: int) -> None:
    """Show every metric of every group of a tag at one size, with its gap against the rest."""
    look.heading(f"Groups of {found.tag}")
    look.note(
        "The gap is the value of the rest minus that of the group: positive means that the group "
        "is served worse. Groups under 30 are shown; they are too small for a verdict, and a small "
        "gap says nothing of groups that the data do not name."
    )
    every = (found.main, *found.others)
    shown = [t for t in every if t.dim == dim] or [found.main]
    for table in shown:
        _group_table(found, table)


def _group_table(found: Groups, table: GroupTable) -> None:
    """Show one metric of the groups of a tag."""
    rows = []
    for row in table.rows:
        few = " (under 30)" if row.small else ""
        n = f"{look.count(row.value.n)}{few}"
        rows.append((row.label, n, look.number(row.value), look.number(row.gap)))
    if table.overall:
        rows.append(("all", look.count(table.overall.n), look.number(table.overall), ""))
    columns = (found.tag, "n", table.metric, "gap against the rest")
    look.table(columns, rows, right="n", caption=f"{table.metric} at {table.dim}")


# --- what a remedy changes ----------------------------------------------------------------------


def _remedied(found: Mitigation, dim: int) -> list[dict[str, object]]:
    """Return what a system changes at one size, a row for each metric."""
    sized = [one for one in (*found.shown, *found.folded) if one.dim == dim]
    return [_row(found.system, row) for one in sized for row in one.rows]


def _row(system: str, after: After) -> dict[str, object]:
    """Return what a system changes of one metric as a row of a table."""
    return {
        "system": system,
        "metric": after.metric,
        "before": look.number(after.before),
        "after": look.number(after.after),
        "beyond chance before": look.number(after.beyond_before),
        "beyond chance after": look.number(after.beyond_after),
        "paired change, above 0 is better": look.number(after.change),
        "in words": after.told,
    }


def _after(rows: pd.DataFrame, scope: Scope, dim: int) -> None:
    """Show what systems change against the model alone."""
    look.heading(f"Before and after, at {dim}")
    look.note(
        "Before is the model alone. A remedy that brings balance by no longer hearing who is asked "
        "for, or by finding the wrong people, is none: read compliance and relevance beside it."
    )
    look.frame(rows, f"{scope.facts.name}-before-and-after-{dim}")

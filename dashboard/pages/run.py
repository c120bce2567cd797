"""Run: one run from the answer down to what it was made with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

from dashboard import links, look, runs
from dashboard._explained import address
from evalkit.archive import Run
from evalkit.core.results import Estimate
from evalkit.report.strip import strip
from evalkit.report.text import DASH, SYMBOLS, dollars, duration
from evalkit.report.view.changes import Change, Changes, changes
from evalkit.report.view.costs import Costs, costs
from evalkit.report.view.effectiveness import EFFECTIVE, effective
from evalkit.report.view.judged import judged
from evalkit.report.view.notes import notes
from evalkit.report.view.overview import Overview, Skipped, overview, skipped
from evalkit.report.view.scope import Series, scopes
from evalkit.report.view.verdicts import VerdictRow, verdict_rows

TITLE = "Run"
QUESTION = "Is this model, at this size, good enough: what passed, what failed, and why?"
_FILES = {
    "report.html": ("Report", "text/html"),
    "card.html": ("System card", "text/html"),
    "card.md": ("System card as text", "text/markdown"),
    "summary.md": ("Summary", "text/markdown"),
    "junit.xml": ("JUnit", "application/xml"),
    "run.json": ("All numbers", "application/json"),
    "badge.svg": ("Badge", "image/svg+xml"),
}


def page() -> None:
    """Show a run."""
    opened = runs.chosen()
    run = opened.run
    _head(overview(run), skipped(run))
    _downloads(opened.folder)
    _effective(run)
    _verdicts(run, links.get("run"))
    _changed(changes(run, scopes(run)))
    _costs(costs(run))
    _skipped(skipped(run))
    _provenance(run)


# --- the answer ---------------------------------------------------------------------------------


def _head(head: Overview, lost: Skipped) -> None:
    """Show what was asked, and the answer."""
    names = tuple(head.counts)[::-1]
    tiles = look.Markup().join(_tile(name, head.counts[name]) for name in names)
    models = "; ".join(f"{name}: {about}" if about else name for name, about in head.models)
    measured = "; ".join(head.measured)
    shown = look.Markup('<ul class="tiles">{}</ul>').format(tiles)
    shown = shown if any(head.counts.values()) else look.Markup()
    answer = look.Markup('<div class="answer"><p>{}</p>{}<p class="note">{}</p></div>')
    look.html(answer.format(look.esc(head.answer), shown, look.esc(lost.sentence)))
    facts = [("Suite", head.suite), ("About", head.about), ("Models", look.code(models))]
    facts += [("Measured", measured), ("Made", look.day(head.created)), ("Run", head.run)]
    look.facts([*facts, ("Made from", head.parent)])
    if head.factors:
        with st.expander("What it is for"):
            look.facts((name, ", ".join(lines)) for name, lines in head.factors)


def _tile(name: str, count: int) -> look.Markup:
    """Return how many gates have a status, as a tile."""
    tile = '<li class="{}{}"><b>{}</b> <span><i aria-hidden="true">{}</i> {}</span></li>'
    return look.Markup(tile).format(name, "" if count else " none", count, SYMBOLS[name], name)


def _downloads(folder: Path) -> None:
    """Offer the files of a run, read only once they are asked for."""
    there = [name for name in _FILES if _own(folder, name)]
    if there:
        with st.container(horizontal=True):
            for name in there:
                words, mime = _FILES[name]
                st.download_button(
                    words, _reader(folder / name), name, mime, key=f"file-{name}", on_click="ignore"
                )


def _own(folder: Path, name: str) -> bool:
    """Return whether a file is there and in the run's own folder, be it by a link."""
    path = folder / name
    return path.is_file() and path.resolve().parent == folder.resolve()


def _reader(path: Path) -> Callable[[], bytes]:
    """Return what reads a file."""
    return lambda: path.read_bytes()


def _effective(run: Run) -> None:
    """Say how many inputs were answered effectively, where the suite declares what that is."""
    if not any(EFFECTIVE in case.metrics for case in run.cases):
        return
    found = [e for scope in scopes(run) for e in effective(run, scope)]
    if found:
        look.heading("Effectiveness")
        look.table(
            ("Case", "Model", "Effectiveness"),
            [(e.case, e.series, e.sentence) for e in found],
            label="Overall effectiveness",
        )
        for words in judged(run):
            look.note(look.esc(words))


# --- verdicts -----------------------------------------------------------------------------------


def _verdicts(run: Run, named: str) -> None:
    """Show what every gate decided, each with the page that explains its number."""
    look.heading("Verdicts")
    if not run.verdicts:
        look.empty("This suite sets no gate: the run measures, and decides nothing.")
        return
    look.note(
        "Each decision is one-sided at 5 %; the interval is the matching 90 % two-sided one. "
        "A gate fails only if its miss stands once all gates of the suite are counted (Holm)."
    )
    rows = [_verdict(row, named) for row in verdict_rows(run)]
    columns = ("Status", "Gate", "Observed", "Bound", "n", "Why")
    look.table(columns, rows, label="Verdicts", right="n", wide=("Gate", "Why"))


def _verdict(row: VerdictRow, named: str) -> tuple[object, ...]:
    """Return a verdict as a row."""
    v = row.verdict
    status = look.status(v.status)
    if row.before:
        status += look.Markup('<span class="was">was {}</span>').format(look.esc(row.before))
    kind = f"{row.kind} " if row.kind not in ("", "value") else ""
    seen = Estimate("value", v.cell, "", v.metric, "", v.observed, v.low, v.high, v.n, v.p, "")
    observed = look.Markup("{}{}{}").format(kind, look.number(seen), _strip(row))
    see = look.Markup(", ").join(look.anchor(a, words) for words, a in address(row, named))
    gate = look.Markup('{}<span class="see">See {}</span>').format(look.esc(v.gate), see)
    return status, gate, observed, v.bound, look.count(v.n), _why(row)


def _why(row: VerdictRow) -> str:
    """Return why a gate was decided so, and what more data would do."""
    v, words = row.verdict, [row.verdict.why]
    if v.status == "inconclusive":
        words.append(f"Smallest difference that this many would find: {look.plain_number(v.mde)}.")
        if v.more_queries:
            words.append(f"About {look.count(v.more_queries)} more queries would settle it.")
    if v.status in ("fail", "inconclusive") and v.p_adjusted == v.p_adjusted:
        p, adjusted = look.plain_number(v.p), look.plain_number(v.p_adjusted)
        words.append(f"p {p}, {adjusted} after Holm.")
    return " ".join(filter(None, words))


def _strip(row: VerdictRow) -> look.Markup:
    """Return the interval beside its bound as a small drawing."""
    s = strip(row)
    if s is None:
        return look.Markup()
    limit = look.Markup('<i class="limit" style="left:{}px"></i>')
    drawn = look.Markup(
        '<span class="strip {}" aria-hidden="true"><i class="rail"></i>{}'
        '<i class="reach" style="left:{}px;width:{}px"></i><i class="dot" style="left:{}px"></i>'
        "</span>"
    )
    limits = look.Markup().join(limit.format(x) for x in s.limits)
    return drawn.format(row.verdict.status, limits, s.low, round(s.high - s.low, 1), s.value)


# --- since --------------------------------------------------------------------------------------


def _changed(found: Changes | None) -> None:
    """Show what changed since the run that this one was compared with."""
    look.heading("What changed")
    if found is None:
        look.note("There is no earlier run of this suite to compare with, and no baseline.")
        return
    when = f" of {look.day(found.created)}" if found.created else ""
    look.note(f"{found.sentence} Compared with {found.what}, run `{found.run}`{when}.")
    if found.note:
        look.note(f"Values were not compared. {found.note}")
    if found.turns:
        turns = [
            (t.gate, _status(t.before), _status(t.after), *map(look.plain_number, (t.was, t.now)))
            for t in found.turns
        ]
        columns = ("Gate", "Then", "Now", "Observed then", "Observed now")
        look.table(columns, turns, label="Gates that turned", right="Observed then,Observed now")
    sure = [row for row in found.rows if row.told != "not told apart"]
    if sure:
        look.note("Values that changed beyond chance; a positive regression is worse.")
        _regressions(sure)
    if found.same:
        with st.expander(f"{found.same} values that cannot be told apart from then"):
            _regressions(row for row in found.rows if row.told == "not told apart")


def _status(name: str) -> object:
    """Return a status, or that there was none."""
    return look.status(name) if name else "not there"


def _regressions(rows: Iterable[Change]) -> None:
    """Show values with their paired regressions."""
    columns = ("Case", "Model", "Size", "Metric", "Now", "Regression", "In words", "n")
    shown = [
        (
            e.cell.case, Series(e.cell.model, e.cell.system), e.cell.dim, e.metric,
            look.number(row.now), look.number(e), row.told or DASH, look.count(e.n),
        )
        for row, e in ((row, row.regression) for row in rows)
    ]  # fmt: skip
    look.table(columns, shown, label="Regressions", right="Size,n")


# --- what it took -------------------------------------------------------------------------------


def _costs(found: Costs) -> None:
    """Show what the run cost and how long answers took."""
    look.heading("Cost and time")
    least = "at least " if found.least else ""
    paid = f"{least}{dollars(found.dollars)}" if found.dollars or found.least else "nothing"
    took = f" It took {duration(found.seconds)}." if found.seconds is not None else ""
    look.note(f"This run paid {paid} for embeddings.{took}")
    columns = ("Model", "Inputs wanted", "In the ledger", "Sent", "Lost", "Calls", "Paid")
    rows = [
        (m.name, *map(look.count, (m.wanted, m.found, m.sent, m.lost, m.calls)), dollars(m.dollars))
        for m in found.models
    ]
    look.table(columns, rows, label="Cost", right=",".join(columns[1:]))
    paces = [
        (
            m.name, p.case, p.side, ", ".join(map(str, p.dims)),
            DASH if p.seconds is None else look.plain_number(p.seconds), look.count(p.n),
            DASH if p.dollars is None else dollars(p.dollars),
        )
        for m in found.models
        for p in m.paces
    ]  # fmt: skip
    if paces:
        columns = ("Model", "Case", "Side", "Sizes", "Median seconds", "n", "$ per 1,000 inputs")
        look.table(columns, paces, label="Seconds an answer", right=",".join(columns[4:]))


def _skipped(found: Skipped) -> None:
    """Show what was asked for and not measured."""
    look.heading("Skipped")
    look.note(found.sentence)
    if found.lost:
        lost = [
            (
                row.kind, look.count(row.count), row.case, row.model or "every", row.probe,
                row.side, "; ".join(f"{item} {why}".strip() for item, why in row.examples),
            )
            for row in found.lost
        ]  # fmt: skip
        columns = ("What", "Inputs", "Case", "Model", "Probe", "Side", "The first of them")
        look.table(columns, lost, label="Lost inputs", right="Inputs")
    if found.not_offered:
        rows = [(one.model, one.case, one.what) for one in found.not_offered]
        look.table(("Model", "Case", "What it does not have"), rows, label="Not offered")


def _provenance(run: Run) -> None:
    """Show what the run was made with, and every metric as it was computed."""
    found = notes(run)
    look.heading("How it was made")
    with st.expander("Provenance"):
        look.facts([(name, value or "not known") for name, value in found.provenance])
    with st.expander("Metrics, as computed here"):
        look.facts([(m.name, look.code(m.definition)) for m in found.metrics])

"""summary.md: the verdicts and the frontier, for the page of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.report.text import DASH, SYMBOLS, count, day, figure, isolated, number, one_line, span
from evalkit.report.view import View
from evalkit.report.view.frontier import Frontier
from evalkit.report.view.overview import Overview, Skipped
from evalkit.report.view.published import Published
from evalkit.report.view.verdicts import VerdictRow

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+~|!$^])")
_BROKEN = re.compile(
    r"(?<!\w)@|@(?!\d+(?![\w.-]))|:(?=//)|(?<=www)\.|(?<=\\#)(?=\d)", re.IGNORECASE
)
_NARROW = "\u200b"
_MOST = 200
"""Verdicts that a page of a job shows, what breaks the build first."""


def markdown(view: View) -> str:
    """Return the summary; text of data can make no image, link, mention, markup or table cell."""
    lines = [
        *_head(view.overview, view.skipped),
        *_asked(view),
        *_changes(view),
        *_verdicts(view.verdicts),
    ]
    lines += _effective(view)
    for sizes in view.frontiers:
        lines += _frontier(view, sizes)
    for found in view.published:
        lines += published(found, "###")
    lines += [*_systems(view), *_errors(view), *_modalities(view)]
    lines += [
        "Each decision is one-sided at 5 %; the interval in brackets is the matching 90 % "
        "two-sided one. `report.html`, stored beside this file, shows what the tasks found, "
        "groups, probes, queries and provenance; `card.md` says by eight dimensions what was "
        "tested and what was not.",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return foreign text as markdown that shows it and does nothing else."""
    plain = isolated(one_line(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BROKEN.sub(lambda m: f"{m[0]}{_NARROW}", _SPECIAL.sub(r"\\\1", plain))


def _head(head: Overview, skipped: Skipped) -> Iterator[str]:
    """Yield the title, the answer and what was lost."""
    yield from (f"## evalkit: {escape(head.suite)}", "")
    if head.about:
        yield from (escape(head.about), "")
    yield from (f"**{head.answer}** {skipped.sentence}", "")
    yield f"Run {escape(head.run)}, {escape(day(head.created))}. Measured:"
    yield from ("", *(f"- {escape(words)}" for words in head.measured))
    yield from (*(f"- model {escape(name)}: {escape(about)}" for name, about in head.models), "")


def _asked(view: View) -> Iterator[str]:
    """Yield the questions of fairness, answered by each case, and what that does not show."""
    for one in view.asked:
        yield from (f"**{escape(one.question)}**", "")
        for a in one.answers:
            beside = f"Of whom: {escape(a.whom)}. Held against: {escape(a.held)}."
            yield f"- **{escape(a.about)}**: {escape(a.answer)} {beside}"
        if one.more:
            yield f"- More answers, in `report.html`: {count(one.more)}."
        yield from ("", f"Does not show: {escape(' '.join(one.limits))}", "")


def _held(view: View, case: str) -> Iterator[str]:
    """Yield the target of a case's numbers of balance, where it has one."""
    if case in view.targets:
        yield from (f"Balance is held against: {escape(view.targets[case])}.", "")


def _changes(view: View) -> Iterator[str]:
    """Yield what was decided otherwise in the earlier run that this one was compared with."""
    found = view.changes
    if found is None:
        return
    yield f"Since {escape(found.what)}, {escape(found.run)}: {escape(found.sentence)}"
    if found.note:
        yield escape(found.note)
    yield ""
    for turn in found.turns:
        way = f"{turn.before or 'not there'}, {number(turn.was)}, then"
        now = f"{turn.after or 'gone'}, {number(turn.now)}"
        yield f"- {escape(turn.gate)}: {way} **{now}**"
    yield from [""] if found.turns else []


def published(found: Published, heading: str) -> Iterator[str]:
    """Yield published figures beside what was measured, below a heading such as `##`."""
    yield from (f"{heading} {escape(found.case)}: published figures", "")
    yield from (escape(found.sentence), "", found.caveat, "")
    yield from ("| model | size | value | n | from |", "| --- | ---: | --- | ---: | --- |")
    for here in found.measured:
        e = here.estimate
        row = (escape(str(here.series)), str(e.cell.dim), figure(e), count(e.n), "this run")
        yield f"| {' | '.join(row)} |"
    for given in found.figures:
        note = f"; {given.note}" if given.note else ""
        told = escape(f"{given.source}, {given.year}{note}")
        size = str(given.size) if given.size else DASH
        yield f"| {escape(given.model)} | {size} | {number(given.value)} | {DASH} | {told} |"
    yield ""


def _verdicts(rows: tuple[VerdictRow, ...]) -> Iterator[str]:
    """Yield the table of verdicts."""
    if not rows:
        return
    yield "| status | gate | observed | n | why |"
    yield "| --- | --- | --- | ---: | --- |"
    for row in rows[:_MOST]:
        v = row.verdict
        within = span(v.low, v.high)
        seen = (
            f"{row.kind.replace('_', ' ')} {number(v.observed)} ({within})"
            if within
            else number(v.observed)
        )
        status = f"{SYMBOLS[v.status].replace('~', chr(92) + '~')} {v.status}"
        yield f"| {status} | {escape(v.gate)} | {seen} | {count(v.n)} | {escape(_why(row))} |"
    yield ""
    if len(rows) > _MOST:
        yield f"{count(len(rows) - _MOST)} more verdicts are in `junit.xml`."
        yield ""


def _why(row: VerdictRow) -> str:
    """Return the reason of a verdict, and what would settle one that is inconclusive."""
    v = row.verdict
    if v.status != "inconclusive":
        return v.why
    more = f"; about {count(v.more_queries)} more queries would settle it" if v.more_queries else ""
    return f"{v.why} Smallest effect that would be found: {number(v.mde)}{more}."


def _frontier(view: View, sizes: Frontier) -> Iterator[str]:
    """Yield the table of one case: the metrics that are drawn, per size."""
    yield from (f"### {escape(sizes.case)}", "", *_held(view, sizes.case))
    yield "| model | size | " + " | ".join(escape(m) for m in sizes.charted) + " |"
    yield "| --- | ---: |" + " --- |" * len(sizes.charted)
    for row in sizes.rows:
        values = dict(zip(sizes.metrics, row.values, strict=True))
        shown = " | ".join(figure(values[m]) for m in sizes.charted)
        yield f"| {escape(str(row.series))} | {row.dim} | {shown} |"
    yield ""


def _effective(view: View) -> Iterator[str]:
    """Yield the overall effectiveness of each case and series."""
    for one in view.effective:
        yield f"- {escape(one.case)}, {escape(str(one.series))}: {escape(one.sentence)}"
    yield from (f"- {escape(words)}" for words in view.judged)
    yield from [""] if view.effective or view.judged else []


def _systems(view: View) -> Iterator[str]:
    """Yield each system's value and paired difference from the model alone."""
    for found in view.systems:
        yield from (f"### {escape(found.case)}: systems, by {escape(found.metric)}", "")
        yield from _held(view, found.case)
        yield "| model | system | size | value | difference from plain | in words |"
        yield "| --- | --- | ---: | --- | --- | --- |"
        for table in found.shown:
            for row in table.rows:
                note = f" ({escape(row.note)})" if row.note else ""
                names = f"{escape(found.model)} | {escape(row.system)}{note} | {table.dim}"
                yield f"| {names} | {figure(row.value)} | {figure(row.advantage)} | {row.told} |"
        yield ""


def _errors(view: View) -> Iterator[str]:
    """Yield the rates of errors, the worst kind first."""
    for found in view.errors:
        yield from (f"### {escape(found.case)}: errors, {escape(str(found.series))}", "")
        yield "| error | cost of one |" + "".join(f" at {dim} |" for dim in found.dims)
        yield "| --- | ---: |" + " --- |" * len(found.dims)
        for row in found.rows:
            cost = DASH if row.cost is None else f"{row.cost:g}"
            values = " | ".join(map(figure, row.values))
            yield f"| {escape(row.metric)} | {cost} | {values} |"
        yield ""


def _modalities(view: View) -> Iterator[str]:
    """Yield what each modality has of the first places, against what it should have."""
    for found in view.modalities:
        yield from (f"### {escape(found.case)}: modalities, {escape(str(found.series))}", "")
        yield f"| size | items | of the relevant | of the top {found.top} | found |"
        yield "| ---: | --- | ---: | ---: | ---: |"
        for sized in found.shown:
            for s in sized.asked[0].shares:
                shares = f"{100 * s.relevant:.1f} % | {100 * s.top:.1f} %"
                row = f"{sized.dim} | {escape(s.modality)} | {shares} | {s.found} of {s.out_of}"
                yield f"| {row} |"
        yield ""

"""card.md and card.html: the system card of a run, in the structure of a service card."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.summary import escape, published
from evalkit.report.text import SYMBOLS, count, day, figure, number, span
from evalkit.report.view.card import DataSet, Limit, SystemCard
from evalkit.report.view.responsible import Dimension, Tested
from evalkit.report.view.verdicts import VerdictRow


def markdown(card: SystemCard) -> str:
    """Return the card; text of data can make no image, link, mention, markup or table cell."""
    lines = [*_head(card), *_use(card), *_evaluated(card), *_design(card), *_results(card)]
    for found in card.published:
        lines += published(found, "##")
    lines += [*_limits(card.limits), *_provenance(card)]
    return "\n".join(lines) + "\n"


def html(card: SystemCard) -> str:
    """Return the card as a page that needs nothing else; the same card gives the same page."""
    from evalkit.report.page import still

    return still("card.html.j2", "card.css", card=card)


def _head(card: SystemCard) -> Iterator[str]:
    """Yield the title and the answer."""
    yield from (f"# System card: {escape(card.suite)}", "")
    if card.about:
        yield from (escape(card.about), "")
    yield f"**{card.answer}** Run {escape(card.run)}, {escape(day(card.created))}."
    yield "Every number is an estimate or a verdict of that run, as `run.json` holds it."
    yield ""


def _use(card: SystemCard) -> Iterator[str]:
    """Yield the use case as the suite states it, and what the card is evidence for."""
    yield from ("## Use case", "")
    for name, lines in card.factors:
        yield f"- **{escape(name)}**: {escape('; '.join(lines))}"
    yield from (f"- **{name}**: not stated" for name in card.unstated)
    yield from ("", "## Intended use", "", *(escape(words) for words in card.intended), "")


def _evaluated(card: SystemCard) -> Iterator[str]:
    """Yield the models."""
    yield from ("## What was evaluated", "")
    yield "| model | provider | its name there | revision | sizes | inputs sent | inputs lost |"
    yield "| --- | --- | --- | --- | --- | ---: | ---: |"
    for m in card.models:
        names = (m.name, m.provider, m.model, m.revision or "not stated")
        told = " | ".join(map(escape, (*names, ", ".join(map(str, m.sizes)))))
        yield f"| {told} | {count(m.sent)} | {count(m.lost)} |"
    yield ""


def _design(card: SystemCard) -> Iterator[str]:
    """Yield how it was measured: data, metrics, statistics."""
    yield from ("## Design of the evaluation", "", "### Data", "")
    for data in card.data:
        yield from _data(data)
    yield from ("### Metrics", "")
    yield from (f"- {escape(name)}: {escape(words)}" for name, words in card.metrics)
    yield from ("", "### Statistics", "", *(f"- {escape(words)}" for words in card.design), "")


def _data(data: DataSet) -> Iterator[str]:
    """Yield a data set and the cases that drew on it."""
    yield f"**{escape(data.name)}**: {escape(data.about or 'no card describes it.')}"
    yield ""
    yield from (f"- {escape(name)}: {escape(value)}" for name, value in data.facts)
    yield ""


def _results(card: SystemCard) -> Iterator[str]:
    """Yield what was found and what was not tested, dimension by dimension."""
    yield from ("## Results by dimension", "")
    for one in card.dimensions:
        yield from _dimension(one)


def _dimension(one: Dimension) -> Iterator[str]:
    """Yield one dimension."""
    yield from (f"### {one.name.replace('&', '&amp;')}", "", f"{one.meaning.capitalize()}.", "")
    if one.silent:
        yield from ("**Not tested.**", "")
    for check in one.tested:
        yield from _tested(check)
    if one.recorded:
        yield from ("Recorded:", "", *(f"- {escape(words)}" for words in one.recorded), "")
    if one.untested:
        yield from ("Not tested:", "", *(f"- {words}" for words in one.untested), "")


def _tested(check: Tested) -> Iterator[str]:
    """Yield what was found by one check: numbers, then verdicts."""
    yield from (f"#### {check.name}", "")
    if check.findings:
        yield from ("| what | value (90 % interval) | n |", "| --- | --- | ---: |")
    for one in check.findings:
        worst = f", the worst of {one.of}" if one.of > 1 else ""
        shown = f"{figure(one.estimate)} | {count(one.estimate.n)}"
        yield f"| {escape(one.words + worst)} | {shown} |"
    if check.more:
        yield from ("", f"{check.more} more of these are in `run.json`.")
    yield ""
    yield from map(_verdict, check.verdicts)
    yield from [""] if check.verdicts else []


def _verdict(row: VerdictRow) -> str:
    """Return a verdict as a line."""
    v = row.verdict
    within = f" ({inside})" if (inside := span(v.low, v.high)) else ""
    status = f"{SYMBOLS[v.status].replace('~', chr(92) + '~')} {v.status}"
    seen = f"{row.said}{number(v.observed)}{within}"
    return f"- {status}: {escape(v.gate)}; observed {seen}, n {count(v.n)}"


def _limits(limits: tuple[Limit, ...]) -> Iterator[str]:
    """Yield what limits the conclusions."""
    yield from ("## Limitations", "")
    yield from (f"- {escape(one.about)}: {escape(one.words)}" for one in limits)
    yield ""


def _provenance(card: SystemCard) -> Iterator[str]:
    """Yield how the numbers were made."""
    yield from ("## Provenance", "")
    yield from (f"- {escape(k)}: {escape(v or 'not known')}" for k, v in card.provenance)

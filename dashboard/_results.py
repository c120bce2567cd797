"""Result lists drawn as cards, one below the other."""

from __future__ import annotations

import math
from dataclasses import replace

from dashboard import _place, look
from evalkit.archive import CaseFacts, Opened
from evalkit.report.text import number
from evalkit.report.view.lists import Answers, Found, named
from evalkit.report.view.pictures import Content
from evalkit.report.view.worst import Missed, Result

_LETTERS, _TAGS = 24, 4


def subheading(words: str) -> None:
    """Show the heading of a list."""
    look.html(look.Markup('<h3 dir="auto">{}</h3>').format(look.esc(words)))


def results(found: Found, judged: bool) -> None:
    """Show what a query found in a cell and what it missed. judged: whether items have grades."""
    if not found.results:
        look.empty("No result of this query is stored here.")
    cards = [look.card(_brief(r.item), _head(r, judged), r.where) for r in found.results]
    cards += [look.card(_brief(m.item), "✗ missed", _absent(m)) for m in found.missed]
    look.html(look.Markup('<div class="items">{}</div>').format(look.Markup().join(cards)))


def _brief(item: Content) -> Content:
    """Return an item with its first short tags alone."""
    short = [(name, value) for name, value in item.tags if len(value) <= _LETTERS]
    return replace(item, tags=tuple(short[:_TAGS]))


def _head(result: Result, judged: bool) -> str:
    """Return what stands above a result: its rank, whether it is right, and its similarity."""
    said = "✓ relevant" if result.relevant else "✗ not relevant"
    grade = "? not judged" if result.grade is None else f"{said}, grade {result.grade}"
    parts = [f"{result.rank}", grade if judged else "", number(result.score)]
    return " · ".join(filter(None, parts))


def _absent(missed: Missed) -> str:
    """Return where a missed item stands."""
    rank = "not among the stored results" if missed.rank is None else f"at rank {missed.rank}"
    return f"grade {missed.grade}, {rank}"


def rank(first: int | None, known: bool) -> str:
    """Return the rank of the first relevant result in words. known: whether items are judged."""
    if not known:
        return "–"
    return "not found" if first is None else str(first)


def score(value: float) -> str:
    """Return a score of a query, a dash where it has none."""
    return number(value) if math.isfinite(value) else "–"


def answers(opened: Opened, facts: CaseFacts, query: str) -> Answers:
    """Return what a query found in every cell of its case; nothing else of the run is read."""
    ranked = opened.rows("rankings", where={"case": facts.name, "query": query})
    judged = opened.rows("judgements", where={"case": facts.name, "query": query})
    scored = opened.rows("scores", where={"case": facts.name, "unit": query})
    items = _place.shown(opened, facts.name, "corpus", named(ranked, judged))
    return Answers(facts, ranked, scored, judged, items)

"""Finds the pages that answer each question, and grades them, their neighbours and near misses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .documents import Filing, source
from .wording import fill

DISTINCT = 5
NEAR_MISSES = 5
Page = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer and the grades of pages and documents.

    pages: (document, page) -> grade. documents: document -> grade and the page that says most.
    """

    text: str
    answer: str
    answer_in: str
    need: str
    filing: Filing
    pages: dict[Page, int]
    documents: dict[str, tuple[int, int]]


def plain(text: str) -> str:
    """Return the text of a page with its breaks and doubled spaces made single spaces."""
    return " ".join(re.sub(r"[\ufffe\x02]\s*", "-", text).split())


def states(text: str, answer: str) -> bool:
    """Tell whether a page says the answer: the same words, not part of a longer figure."""
    return re.search(rf"(?<![\w.,]){re.escape(answer)}(?![\d%]|[.,]\d)", text) is not None


def find(filings: Mapping[str, Filing], filing: Filing, where: str) -> Page:
    """Return the page of a block: `block`, or `document/block` in another one."""
    key, _, name = where.rpartition("/")
    filing = filings[key] if key else filing
    for place in filing.places:
        if place.name == name:
            return filing.key, place.page
    raise KeyError(f"{filing.key} has no block '{name}'")


def questions(filings: Mapping[str, Filing], texts: Mapping[str, Sequence[str]]) -> list[Question]:
    """Return all questions, judged. texts: the plain text of each page by document."""
    made = []
    for key, rows in source("queries").items():
        for row in rows:
            made.append(_question(filings, texts, filings[key], row))
    return made


def _question(
    filings: Mapping[str, Filing],
    texts: Mapping[str, Sequence[str]],
    filing: Filing,
    row: dict[str, Any],
) -> Question:
    """Return one question with its grades; the best grade of a page holds."""
    answer = fill(row["a"], filing.facts, filing.record["language"])
    main = find(filings, filing, row["at"])
    pages: dict[Page, int] = dict.fromkeys(_near_misses(filings, filing, row["at"]), 0)
    pages |= dict.fromkeys(_neighbours(filing, main[1]), 1)
    others = [*row.get("also", ()), *([row["half"]] if "half" in row else ())]
    pages |= dict.fromkeys((find(filings, filing, where) for where in others), 2)
    pages |= dict.fromkeys(_restated(filings, texts, filing, answer), 2)
    pages[main] = 3
    return Question(
        row["q"], answer, row["in"], row.get("need", row["q"]), filing, pages,
        _documents(pages, main),
    )  # fmt: skip


def _near_misses(filings: Mapping[str, Filing], filing: Filing, name: str) -> list[Page]:
    """Return the pages with the same block in other documents of the same making.

    Where there are none, the pages on the same topic in other documents of the same kind.
    """
    others = [other for other in filings.values() if other.key != filing.key]
    template, kind = filing.record["template"], filing.record["kind"]
    topic = next(place.topic for place in filing.places if place.name == name)
    found: list[Page] = []
    for other in others:
        if other.record["template"] == template:
            found += [(other.key, place.page) for place in other.places if place.name == name][:1]
    for other in others if not found else ():
        if other.record["kind"] == kind:
            found += [(other.key, place.page) for place in other.places if place.topic == topic][:1]
    return found[:NEAR_MISSES]


def _neighbours(filing: Filing, page: int) -> set[Page]:
    """Return the pages of the document on the same topic or one close to it."""
    topics = {place.page: place.topic for place in filing.places}
    related = source("related").get(filing.record["kind"], [])
    close = {topics[page]}.union(*(group for group in related if topics[page] in group))
    return {(filing.key, number) for number, topic in topics.items() if topic in close}


def _restated(
    filings: Mapping[str, Filing],
    texts: Mapping[str, Sequence[str]],
    filing: Filing,
    answer: str,
) -> set[Page]:
    """Return the pages, in documents of the same company, that state a telling figure again."""
    if len(answer) < DISTINCT or not any(c.isdigit() for c in answer):
        return set()
    company = filing.record["company"]
    return {
        (other.key, number)
        for other in filings.values()
        if other.record["company"] == company
        for number, text in enumerate(texts[other.key], 1)
        if states(text, answer)
    }


def _documents(pages: Mapping[Page, int], main: Page) -> dict[str, tuple[int, int]]:
    """Return the grade of each document that has a judged page, and its best page."""
    graded: dict[str, tuple[int, int]] = {}
    for (key, page), grade in sorted(pages.items(), key=lambda entry: (-entry[1], entry[0])):
        graded.setdefault(key, (grade, page))
    return graded | {main[0]: (3, main[1])}

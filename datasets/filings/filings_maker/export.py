"""Writes the documents and what is known of them in the data set's format."""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from .documents import Filing
from .judgements import Page, Question, plain

Row = dict[str, Any]
ALIKE = 0.6
SHOWN = {"prose", "table", "chart", "clause", "footnote"}


def page_texts(pdf: bytes) -> list[str]:
    """Return the text layer of each page of a PDF, its breaks made spaces."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [plain(page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()


def page_ids(filings: Iterable[Filing]) -> dict[Page, str]:
    """Return the id of every page, counted through all documents."""
    pages = [(filing.key, page) for filing in filings for page in range(1, filing.pages + 1)]
    return {page: f"p{number:03d}" for number, page in enumerate(pages, 1)}


def corpus(filings: Sequence[Filing]) -> list[Row]:
    """Return one item per page, then one per document."""
    rows = []
    for (key, page), name in page_ids(filings).items():
        filing = next(filing for filing in filings if filing.key == key)
        tags = {"unit": "page", **_tags(filing)}
        has = {place.kind for place in filing.places if place.page == page} & SHOWN
        tags["has"] = sorted(has) or ["cover"]
        rows.append({"id": name, "document": filing.file, "page": page, "tags": tags})
    for filing in filings:
        tags = {"unit": "document", **_tags(filing)}
        rows.append({"id": filing.id, "document": filing.file, "tags": tags})
    return rows


def _tags(filing: Filing) -> dict[str, Any]:
    """Return what is true of a whole document."""
    record = filing.record
    tags = {name: str(record[name]) for name in ("kind", "company", "year", "language")}
    return {**tags, "source": filing.id}


def queries(asked: Sequence[Question], languages: Sequence[str]) -> list[Row]:
    """Return the queries; those that share a need share the tag `intent`."""
    needs = {need: f"i{n:03d}" for n, need in enumerate(dict.fromkeys(q.need for q in asked), 1)}
    return [
        {
            "id": f"q{number:04d}",
            "text": one.text,
            "tags": {
                "intent": needs[one.need],
                "language": language,
                "kind": one.filing.record["kind"],
                "answer_in": one.answer_in,
                "answer": one.answer,
            },
        }
        for number, (one, language) in enumerate(zip(asked, languages, strict=True), 1)
    ]


def qrels(asked: Sequence[Question], filings: Sequence[Filing]) -> list[str]:
    """Return the lines of the judgements, pages first, then documents with the page to open."""
    pages, documents = page_ids(filings), {filing.key: filing.id for filing in filings}
    lines = ["query-id\tcorpus-id\tscore\tpage"]
    for number, one in enumerate(asked, 1):
        name = f"q{number:04d}"
        judged = sorted((pages[page], grade) for page, grade in one.pages.items())
        lines += [f"{name}\t{page}\t{grade}\t" for page, grade in judged]
        whole = sorted((documents[key], *graded) for key, graded in one.documents.items())
        lines += [f"{name}\t{key}\t{grade}\t{page if grade else ''}" for key, grade, page in whole]
    return lines


def pairs(filings: Sequence[Filing], texts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return pairs of pages of one making: near-duplicates by their text, the others different.

    Two pages are near-duplicates if they carry the same blocks in documents of one company and at
    least six tenths of their words agree in order.
    """
    ids, lines = page_ids(filings), ["a\tb\tlabel\tkind"]
    for place, one in enumerate(filings):
        for two in filings[place + 1 :]:
            if one.record["template"] != two.record["template"] or one.pages != two.pages:
                continue
            for page in range(1, one.pages + 1):
                same = one.record["company"] == two.record["company"]
                alike = same and _alike(*(texts[f.key][page - 1].split() for f in (one, two)))
                label, kind = _label(alike, same)
                lines.append(f"{ids[one.key, page]}\t{ids[two.key, page]}\t{label}\t{kind}")
    return lines


def _alike(left: list[str], right: list[str]) -> bool:
    """Tell whether the words of two pages agree for the greater part."""
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= ALIKE


def _label(duplicate: bool, same_company: bool) -> tuple[str, str]:
    """Return label and kind of a pair."""
    kind = "other_year" if same_company else "other_company"
    return ("near_duplicate" if duplicate else "different"), kind


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines of text."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write one JSON object a line."""
    write_lines(path, (json.dumps(row, ensure_ascii=False) for row in rows))

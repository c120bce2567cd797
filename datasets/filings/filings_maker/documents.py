"""Loads the facts and the written sheets of each document, and prints it."""

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .blocks import Setter
from .formulas import Facts, settle
from .layout import Place, Press
from .style import HOUSES

SOURCES = Path(__file__).resolve().parent.parent / "sources"
SUFFIXES = ("", "_prev", "_prev2", "_prev3", "_prev4")


@dataclass(frozen=True, slots=True)
class Filing:
    """A printed document: its key in the sources, file id, record, facts, pages and PDF."""

    key: str
    id: str
    record: dict[str, Any]
    facts: Facts
    places: tuple[Place, ...]
    pdf: bytes

    @property
    def file(self) -> str:
        """The path of the PDF in the data set."""
        return f"pdf/{self.id}.pdf"

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return max(place.page for place in self.places)


@cache
def source(name: str) -> Any:
    """Return what a source file holds."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((SOURCES / f"{name}.yaml").read_text(encoding="utf-8"), loader)


@cache
def document_keys() -> tuple[str, ...]:
    """Return the keys of all documents, in the order of their ids."""
    return tuple(source("documents"))


def year_facts(company: dict[str, Any], year: int) -> Facts:
    """Return the figures of a company for one year, those that follow from others worked out."""
    given = company["years"].get(year, {})
    return settle({**given, **{k: v for k, v in source("yearly").items() if k not in given}}, True)


def facts_of(record: dict[str, Any]) -> Facts:
    """Return all facts of a document: company, this and earlier years, its own, its template's."""
    company = source("companies")[record["company"]]
    facts: Facts = {k: v for k, v in company.items() if k != "years"}
    for back, suffix in enumerate(SUFFIXES):
        year = int(record["year"]) - back
        facts[f"year{suffix}"] = str(year)
        if "years" in company:
            facts |= {f"{k}{suffix}": v for k, v in year_facts(company, year).items()}
    shared = source(record["template"]).get("facts", {})
    return settle({**facts, **shared, **record.get("facts", {})})


def sheets_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sheets of a document: its template's, with its own passages and changes."""
    written = source(record["template"])["sheets"]
    own, passages = record.get("sheets", {}), record.get("passages", {})
    sheets = copy.deepcopy([{**sheet, **own.get(sheet["topic"], {})} for sheet in written])
    for sheet in sheets:
        sheet["blocks"] = [part for block in sheet["blocks"] for part in _expand(block, passages)]
    return sheets


def _expand(block: Any, passages: dict[str, list[Any]]) -> list[Any]:
    """Return the block, or the passage of the document that it asks for by name.

    Prose of a passage that has no name of its own gets that of the passage: pay, pay_2, pay_3.
    """
    if not (isinstance(block, dict) and "insert" in block):
        return [block]
    parts = [{"p": p} if isinstance(p, str) else p for p in passages[block["insert"]]]
    unnamed = [part for part in parts if "id" not in part and ("p" in part or "bullets" in part)]
    for place, part in enumerate(unnamed, 1):
        part["id"] = block["insert"] + (f"_{place}" if place > 1 else "")
    return parts


def publish(key: str) -> Filing:
    """Print one document."""
    record = source(f"documents/{key}")
    facts, sheets = facts_of(record), sheets_of(record)
    setter = Setter(facts, record["language"], HOUSES[record["house"]], key)
    setter.number(sheets)
    press = Press(setter, setter.text(record["title"]), setter.text(record["by"]))
    for sheet in sheets:
        press.sheet(sheet)
    number = document_keys().index(key) + 1
    return Filing(key, f"d{number:02d}", record, facts, tuple(press.places), press.finish())

"""Reads Grep-BiasIR (Krieg et al. 2023) from a user's folder.

    queries.csv                      q_id, category, query
    queries-documents_CATEGORY.csv   q_id, d_id, relevant, query, doc_title, document,
                                     content_gender, exp_stereotype

The folder is `csv_formatted` of the published repository. A document is an item with the id
`q_id-d_id`, title and text joined by a blank. Its gender is that of its wording: F, M, N (neutral)
or both, which gives the item two values. The published files misspell `both` as `botrh` and write
`Towards Female` in two ways; these spellings are known, and the card says where the first stood.
Every other label is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.core.items import Card, Dataset, Group, Item, Tag, Truth
from evalkit.core.registry import plugin
from evalkit.readers._frames import Row, many, rows
from evalkit.readers._items import check_id, note_id
from evalkit.readers._labels import label, require_columns
from evalkit.readers._layout import require_folder
from evalkit.readers._problems import Problems, Wrong
from evalkit.readers._truth import read_grade, refuse_stranger

_QUERIES = "queries.csv"
_DOCUMENTS = "queries-documents_*.csv"
_COLUMNS = ("q_id", "d_id", "relevant", "doc_title", "document", "content_gender", "exp_stereotype")
_MISSPELT = "botrh"
_GENDERS = {"f": "female", "m": "male", "n": "neutral", "both": "both", _MISSPELT: "both"}
_ROLES = ("female", "male", "neutral")
_EXPECTED = {"towards female": "female", "towards male": "male"}
_LIMITS = (
    "Gender is that of the wording of a document, annotated by its authors.",
    "A stereotype is what the authors expected, not what was measured.",
)


@plugin("readers", "grep_biasir")
@dataclass(frozen=True, slots=True)
class GrepBiasIR:
    """Reads `queries.csv` and `queries-documents_*.csv`: documents in three wordings a query."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a folder with the queries and documents to them."""
        root = Path(path)
        return (root / _QUERIES).is_file() and any(root.glob(_DOCUMENTS))

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        queries = _queries(root, problems)
        found = _Documents()
        for file in sorted(root.glob(_DOCUMENTS)):
            found.read(root, file.name, queries, problems)
        if not found.items and not problems.count:
            problems.add(path, f"there is no document in {_DOCUMENTS}.", "Put the files there.")
        problems.stop()
        about = "Queries with documents in female, male and neutral wording (Grep-BiasIR)."
        limits = (*_LIMITS, *found.notes)
        card = Card(root.resolve().name, about, languages=("en",), limits=limits)
        truth = Truth(found.grades, groups=tuple(found.groups()))
        asked = tuple(item for item in queries.values() if item.id in found.grades)
        return Dataset(card.name, asked, tuple(found.items.values()), truth, card, origin=path)


@dataclass(slots=True)
class _Documents:
    """Documents while they are read. versions: ids by query, relevance and gender."""

    items: dict[str, Item] = field(default_factory=dict)
    grades: dict[str, dict[str, int]] = field(default_factory=dict)
    versions: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    first: dict[str, str] = field(default_factory=dict)

    def read(self, root: Path, name: str, queries: Mapping[str, Item], problems: Problems) -> None:
        """Add the documents of a file, noting everything wrong with it."""
        for where, row in _table(root, name, _COLUMNS, problems):
            with problems.at(where):
                self._add(row, queries, where)

    def _add(self, row: Mapping[str, str], queries: Mapping[str, Item], at: str) -> None:
        """Add the document of a row."""
        query = check_id(row["q_id"], "q_id")
        name = f"{query}-{check_id(row['d_id'], 'd_id')}"
        note_id(self.first, name, at)
        refuse_stranger(query, queries, "query")
        text = f"{row['doc_title']} {row['document']}".strip()
        if not text:
            raise Wrong("the document is empty.", "Write its text.")
        gender = label(row["content_gender"], _GENDERS, "content_gender")
        if row["content_gender"].casefold() == _MISSPELT:
            self.notes.append(f"{at}: the label '{row['content_gender']}' was read as 'both'.")
        grade = read_grade(row["relevant"])
        self.items[name] = Item(name, text, _tags(row, gender, queries.get(query)))
        self.grades.setdefault(query, {})[name] = grade
        self.versions.setdefault((query, grade), {}).setdefault(gender, name)

    def groups(self) -> Iterator[Group]:
        """Yield the wordings of each document that has a female and a male one."""
        for (query, grade), found in self.versions.items():
            if {"female", "male"} <= found.keys():
                roles = {role: found[role] for role in _ROLES if role in found}
                yield Group(f"{query}-{grade}", "wording", {"query": query} | roles)


def _tags(row: Mapping[str, str], gender: str, query: Item | None) -> dict[str, Tag]:
    """Return the tags of a document."""
    tags: dict[str, Tag] = {"gender": ("female", "male") if gender == "both" else (gender,)}
    tags["language"] = ("en",)
    if row["exp_stereotype"]:
        tags["stereotype"] = (label(row["exp_stereotype"], _EXPECTED, "exp_stereotype"),)
    if query and "category" in query.tags:
        tags["category"] = query.tags["category"]
    return tags


def _queries(root: Path, problems: Problems) -> dict[str, Item]:
    """Return the queries by id, noting everything wrong with their file."""
    found: dict[str, Item] = {}
    first: dict[str, str] = {}
    for where, row in _table(root, _QUERIES, ("q_id", "category", "query"), problems):
        with problems.at(where):
            name = check_id(row["q_id"], "q_id")
            note_id(first, name, where)
            tags = {"intent": name, "asks": "neutral", "language": "en"}
            tags |= {"category": row["category"]} if row["category"] else {}
            if not row["query"]:
                raise Wrong("the query is empty.", "Write its text.")
            found[name] = Item(name, row["query"], {k: (v,) for k, v in tags.items()})
    return found


def _table(
    root: Path, name: str, needed: tuple[str, ...], problems: Problems
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield `file:line` and the cells of each row of a CSV file."""
    columns, found = rows(root, name, problems)
    with problems.at(str(root / name)):
        if columns:
            require_columns(columns, needed)
            for where, row in found.items():
                yield where, {column: _text(row, column) for column in needed}


def _text(row: Row, column: str) -> str:
    """Return a cell as one text."""
    cell = row[column]
    return cell.strip() if isinstance(cell, str) else " ".join(many(cell))

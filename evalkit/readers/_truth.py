"""Reads what is known to be right: `qrels.tsv`, `pairs.tsv` and `groups.jsonl`."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.core.items import Group, Pair, Span
from evalkit.readers._files import entries, lines
from evalkit.readers._items import check_id, note_id
from evalkit.readers._problems import Problems, Wrong

_QRELS = ("query-id", "corpus-id", "score")
_SPAN = ("start", "end", "page")
_PAIRS = ("a", "b", "label")
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(slots=True)
class Judgements:
    """Graded judgements while they are read."""

    grades: dict[str, dict[str, int]] = field(default_factory=dict)
    spans: dict[tuple[str, str], Span] = field(default_factory=dict)

    def add(self, query: str, item: str, grade: int, span: Span | None) -> None:
        """Add one judgement; raises Wrong where another one of the same pair stands already."""
        row = self.grades.setdefault(query, {})
        if item in row and (row[item], self.spans.get((query, item))) != (grade, span):
            what = f"'{item}' is judged twice for '{query}', and not alike."
            raise Wrong(what, "Keep one of the judgements.")
        row[item] = grade
        if span is not None:
            self.spans[query, item] = span


def judgements(
    root: Path,
    name: str,
    queries: Collection[str],
    corpus: Collection[str],
    problems: Problems,
) -> Judgements:
    """Return the judgements of a tab-separated file, noting everything wrong with it."""
    found = Judgements()
    for where, row in _rows(root, name, _QRELS, _SPAN, problems):
        with problems.at(where):
            query, item, grade = row["query-id"], row["corpus-id"], read_grade(row["score"])
            refuse_stranger(query, queries, "query")
            refuse_stranger(item, corpus, "corpus item")
            found.add(query, item, grade, _span(row))
    return found


def read_grade(text: str) -> int:
    """Return a grade; raises Wrong where the text is no integer."""
    if not _INTEGER.fullmatch(text.strip()):
        raise Wrong(f"the grade '{text}' is not an integer.", "Write 0, 1, 2 and so on.")
    return int(text)


def refuse_stranger(name: str, known: Collection[str], what: str) -> None:
    """Raise Wrong where an id is not known; that nothing is known was told elsewhere."""
    if known and name not in known:
        raise Wrong(f"there is no {what} '{name}'.", "Add the item or correct the id.")


def pairs(root: Path, name: str, known: Collection[str], problems: Problems) -> tuple[Pair, ...]:
    """Return the pairs of a tab-separated file, noting everything wrong with it."""
    found: list[Pair] = []
    first: dict[frozenset[str], str] = {}
    for where, row in _rows(root, name, _PAIRS, ("kind",), problems):
        with problems.at(where):
            for side in ("a", "b"):
                refuse_stranger(row[side], known, "item")
            if not row["label"].strip():
                raise Wrong("the pair has no label.", "Write for example 'duplicate'.")
            note_pair(first, (row["a"], row["b"]), where)
            found.append(Pair(row["a"], row["b"], row["label"], row.get("kind", "")))
    return tuple(found)


def note_pair(first: dict[frozenset[str], str], pair: tuple[str, str], where: str) -> None:
    """Remember where a pair stands; raises Wrong for an item with itself, or a pair said before."""
    members = frozenset(pair)
    if len(members) == 1:
        raise Wrong(f"'{pair[0]}' is paired with itself.", "Name two items.")
    if members in first:
        line = first[members].rpartition(":")[2]
        raise Wrong(f"'{pair[0]}' and '{pair[1]}' are a pair on line {line} already.", "Keep one.")
    first[members] = where


def groups(root: Path, name: str, known: Collection[str], problems: Problems) -> tuple[Group, ...]:
    """Return the groups of a JSONL file: `id`, `kind`, and roles that each name an item."""
    found: list[Group] = []
    first: dict[str, str] = {}
    for where, entry in entries(root, name, problems):
        with problems.at(where):
            group = _group(entry, known)
            note_id(first, group.id, where)
            found.append(group)
    return tuple(found)


def _group(entry: Mapping[str, object], known: Collection[str]) -> Group:
    """Return the group that a JSON object describes."""
    roles: dict[str, str] = {}
    for role, item in entry.items():
        if role in ("id", "kind"):
            continue
        if not isinstance(item, str):
            raise Wrong(f"the role '{role}' is {item!r}; it must be the id of an item.")
        refuse_stranger(item, known, "item")
        roles[role] = item
    kind = entry.get("kind", "")
    if not isinstance(kind, str):
        raise Wrong(f"the kind is {kind!r}; it must be a text.")
    if len(roles) < 2:
        raise Wrong("the group names fewer than two items.", "Write role: item id at least twice.")
    return Group(check_id(entry.get("id")), kind, roles)


def _rows(
    root: Path, name: str, needed: tuple[str, ...], optional: tuple[str, ...], problems: Problems
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield `file:line` and the cells of each row by column, after checking the header."""
    header: list[str] = []
    for where, text in lines(root, name, problems):
        with problems.at(where):
            cells = text.split("\t")
            if not header:
                header = cells
                if _is_header(cells, needed, optional):
                    continue
                problems.add(where, *_wrong_header(text, needed, optional))
                return
            if len(cells) != len(header):
                what = f"the row has {len(cells)} cells and the header has {len(header)}."
                raise Wrong(what, "Separate the cells by tabs.")
            yield where, dict(zip(header, cells, strict=True))


def _is_header(cells: list[str], needed: tuple[str, ...], optional: tuple[str, ...]) -> bool:
    """Return whether a row begins with the needed columns, optional ones behind them."""
    extra = cells[len(needed) :]
    known = set(extra) <= set(optional) and len(set(extra)) == len(extra)
    return tuple(cells[: len(needed)]) == needed and known


def _wrong_header(text: str, needed: tuple[str, ...], optional: tuple[str, ...]) -> tuple[str, str]:
    """Return what is wrong with a header and what to write."""
    if "\t" not in text and _is_header(text.split(), needed, optional):
        return "the columns are separated by blanks; separate them by tabs.", ""
    wanted = " ".join(needed)
    what = f"the header is '{' '.join(text.split())}'; it must be '{wanted}'"
    return f"{what}, then optionally {' '.join(optional)}.", "Separate the columns by tabs."


def _span(row: Mapping[str, str]) -> Span | None:
    """Return where the answer lies, None where the row does not say."""
    if row.keys().isdisjoint(_SPAN):
        return None
    start, end = (_seconds(name, row.get(name, "")) for name in ("start", "end"))
    page = row.get("page", "").strip()
    if page and not (page.isdecimal() and page.isascii() and int(page) > 0):
        raise Wrong(f"the page '{page}' is not a whole number from 1.")
    if start is not None and end is not None and end < start:
        raise Wrong(f"the end {end:g} lies before the start {start:g}.", "Write start, then end.")
    span = Span(start, end, int(page) if page else None)
    return None if span == Span() else span


def _seconds(name: str, text: str) -> float | None:
    """Return seconds from 0 up, None for an empty cell."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise Wrong(f"the {name} '{text}' is not a number of seconds.")
    return value

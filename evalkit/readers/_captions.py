"""Reads what people wrote about media files: a table, or a file of the same name beside each.

A row names a file and has a caption, a query or both. It may have an id, a grade, a language and
where the answer lies (start and end in seconds, page); every other column is a tag. In a table,
values of a tag are separated by `|`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from evalkit.core.errors import nearest
from evalkit.readers._files import entries, json_object, locate, whole_text
from evalkit.readers._frames import SUFFIXES, Cell, Row, many, rows
from evalkit.readers._media_files import TEXTS, kind_of
from evalkit.readers._problems import Problems, Wrong

TABLES = (*SUFFIXES, ".jsonl")
_CAPTION = ("caption", "captions", "text", "description")
_PLACES = ("start", "end", "page")
_OWN = ("finds", "wording")
"""Tags that the conversion gives to queries itself."""
_KNOWN = ("file", "caption", "query", "id", "grade", "language", *_PLACES)


@dataclass(frozen=True, slots=True)
class Caption:
    """A row: the file it is about, the texts that ask for it, and what else is known.

    where: `file:line` of the row. texts: each with the kind of its column, caption or query.
    places: the cells start, end and page. tags: language is not among them.
    """

    where: str
    file: str
    texts: tuple[tuple[str, str], ...]
    id: str = ""
    grade: str = "1"
    places: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def from_table(table: Path, problems: Problems) -> list[Caption]:
    """Return the rows of a CSV, Parquet or JSONL table, noting everything wrong with it."""
    found: list[Caption] = []
    with problems.at(str(table)):
        if table.suffix.lower() not in TABLES:
            raise Wrong(f"this is no table; expected a file that ends in {', '.join(TABLES)}.")
        for where, row in _table_rows(table, problems):
            with problems.at(where):
                found.append(_caption(where, row))
    _refuse_repeated(found, problems)
    return found


def beside(root: Path, names: Iterable[str]) -> dict[str, list[str]]:
    """Return which text and JSON files have the names of media files: those files by each."""
    by_name: dict[str, list[str]] = {}
    everything = list(names)
    for name in everything:
        if kind_of(name) not in ("", "text"):
            for own in dict.fromkeys((name, str(PurePath(name).with_suffix("").as_posix()))):
                by_name.setdefault(own, []).append(name)
    endings = tuple(f".{suffix}" for suffix in (*TEXTS, "json"))
    return {
        name: by_name[stem]
        for name in everything
        if name.endswith(endings) and (stem := name.rpartition(".")[0]) in by_name
    }


def from_files(root: Path, sides: Mapping[str, list[str]], problems: Problems) -> list[Caption]:
    """Return what the files beside media say, noting everything wrong with them."""
    found: list[Caption] = []
    for name, files in sides.items():
        with problems.at(str(root / name)):
            text = whole_text(locate(root, name).read_bytes())
            row = _cells(json_object(text)) if name.endswith(".json") else _said(text)
            found += [_caption(str(root / name), {**row, "file": file}) for file in files]
    return found


def _said(text: str) -> Row:
    """Return the row that the text of a caption file is, line breaks counting as blanks."""
    return {"caption": " ".join(text.split())}


def _table_rows(table: Path, problems: Problems) -> Iterator[tuple[str, Row]]:
    """Yield `file:line` and the cells of each row by column."""
    home, name = table.parent, table.name
    if table.suffix.lower() == ".jsonl":
        for where, entry in entries(home, name, problems):
            with problems.at(where):
                yield where, _cells(entry)
        return
    columns, found = rows(home, name, problems)
    if columns:
        _columns(columns)
        yield from found.items()


def _cells(entry: Mapping[str, object]) -> Row:
    """Return the values of a JSON object as cells."""
    return {name: _cell(name, value) for name, value in entry.items()}


def _cell(name: str, value: object) -> Cell:
    """Return a JSON value as a cell: a text, a number, null or a list of texts."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise Wrong(f"'{name}' is {value!r}; it must be a text, a number or a list of texts.")
    return "" if value is None else str(value)


def _columns(columns: Iterable[str]) -> dict[str, str]:
    """Return what each column is, by its name; raises Wrong for columns that cannot work."""
    meant = {column: _meaning(column) for column in columns}
    asking = [column for column, what in meant.items() if what == "caption"]
    if len(asking) > 1:
        what = f"'{asking[0]}' and '{asking[1]}' are both columns of captions."
        raise Wrong(what, "Keep one; what people really asked may stand in a column 'query'.")
    for column in meant.keys() & set(_OWN):
        raise Wrong(f"the tag '{column}' is given by the conversion itself.", "Rename the column.")
    if "file" not in meant.values():
        raise Wrong(f"there is no column 'file'; {nearest('file', meant)}")
    if not {"caption", "query"} & set(meant.values()):
        raise Wrong(f"there is no column 'caption' or 'query'; {nearest('caption', meant)}")
    return meant


def _meaning(column: str) -> str:
    """Return the known column that a name stands for, "" for a tag."""
    name = column.strip().casefold()
    return "caption" if name in _CAPTION else name if name in _KNOWN else ""


def _caption(where: str, row: Row) -> Caption:
    """Return a row; raises Wrong for the first thing wrong with it."""
    meant = _columns(row)
    cells = {what: row[column] for column, what in meant.items() if what}
    tags = {name: many(row[name]) for name, what in meant.items() if not what}
    return Caption(
        where,
        posixpath.normpath(_one(cells, "file", needed=True)),
        _texts(cells),
        _one(cells, "id"),
        _one(cells, "grade") or "1",
        {name: _one(cells, name) for name in _PLACES},
        many(cells.get("language", "")),
        {name: values for name, values in tags.items() if values},
    )


def _texts(cells: Mapping[str, Cell]) -> tuple[tuple[str, str], ...]:
    """Return the texts that ask for a file, with the kinds of their columns."""
    found: list[tuple[str, str]] = []
    for kind in ("caption", "query"):
        cell = cells.get(kind, "")
        values = (cell,) if isinstance(cell, str) else cell
        found += [(kind, value.strip()) for value in values if value.strip()]
    if not found:
        kind = "caption" if "caption" in cells else "query"
        raise Wrong(f"the {kind} is empty.", "Say in words what should lead to the file.")
    return tuple(found)


def _one(cells: Mapping[str, Cell], name: str, needed: bool = False) -> str:
    """Return a cell that holds one text at most."""
    cell = cells.get(name, "")
    if not isinstance(cell, str):
        raise Wrong(f"'{name}' is a list; it must be one value.")
    if needed and not cell.strip():
        raise Wrong(f"the {name} is empty.", f"Write the path of the {name} from the folder.")
    return cell.strip()


def _refuse_repeated(captions: list[Caption], problems: Problems) -> None:
    """Note the rows that say of a file what another row says of it already."""
    first: dict[tuple[object, ...], str] = {}
    for caption in captions:
        with problems.at(caption.where):
            key = (caption.file, caption.texts, tuple(caption.places.values()))
            if key in first:
                line = first[key].rpartition(":")[2].strip()
                raise Wrong(f"the same stands on line {line} already.", "Remove one of the two.")
            first[key] = caption.where

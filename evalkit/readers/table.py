"""Reads a table of queries with expected ids: a CSV or Parquet file beside a corpus.

    query,expected,grade,id,language
    red wool scarf,p17|p20,2|1,s1,en

    query      the query's text; the column may be called `text` instead
    expected   the ids of the corpus items that should be found, separated by `|`
    grade      a whole number for all of them, or one for each, separated by `|`; 1 if left out
    id         the query's id; if left out it is made from the text, so rows may change places
    (others)   tags; several values are separated by `|`, an empty cell is no tag

The corpus is the first of these that lies beside the table: `corpus.jsonl`, one item a line as in
evalkit's folders; `corpus.csv` or `corpus.parquet` with the columns `id` and `text` or `image` (a
path), and again others as tags. In Parquet, several values may also be a list. A `dataset.yaml`
beside them is read as the card; without one the data set is called like the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.errors import DataError, Problem, nearest
from evalkit.core.items import Card, Dataset, Item, Tag, Truth
from evalkit.core.registry import plugin
from evalkit.readers._card import NAME, read_card
from evalkit.readers._frames import SUFFIXES, Cell, Row, many, rows
from evalkit.readers._items import check_id, find_media, items, note_id, tags
from evalkit.readers._problems import Problems, Wrong
from evalkit.readers._truth import Judgements, read_grade, refuse_stranger

_CORPUS = ("corpus.jsonl", "corpus.csv", "corpus.parquet")
_ANY = "corpus.jsonl, corpus.csv or corpus.parquet"
_QUERY = ("query", "text", "expected", "grade", "id")
_ITEM = ("id", "text", "image")


@plugin("readers", "table")
@dataclass(frozen=True, slots=True)
class Table:
    """Reads a CSV or Parquet file of queries with expected ids, and the corpus beside it."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a CSV or Parquet file that is not the corpus."""
        file = Path(path)
        return file.is_file() and file.suffix.lower() in SUFFIXES and file.stem != "corpus"

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        file, problems = Path(path), Problems(path)
        if not file.is_file():
            raise DataError(Problem(path, "there is no such file.", "Correct the path."))
        card = Card(file.stem)
        if (file.parent / NAME).exists():
            card, _ = read_card(file.parent, problems)
        corpus = _corpus(file.parent, problems)
        queries, judged = _queries(file, corpus, problems)
        problems.stop()
        sides = tuple(queries.values()), tuple(corpus.values())
        return Dataset(card.name, *sides, Truth(judged.grades), card, origin=path)


def _queries(
    file: Path, corpus: Collection[str], problems: Problems
) -> tuple[dict[str, Item], Judgements]:
    """Return the queries of a table by id and their judgements."""
    columns, table = rows(file.parent, file.name, problems)
    queries: dict[str, Item] = {}
    judged = Judgements()
    with problems.at(str(file)):
        text = _query_column(columns)
        if columns and not table:
            raise Wrong("the query set is empty.", "Write one query a row.")
        first: dict[str, str] = {}
        for where, row in table.items():
            with problems.at(where):
                query = _query(row, text)
                if query.id in first and not row.get("id"):
                    line = first[query.id].rpartition(":")[2]
                    what = f"the same query stands on line {line} already."
                    raise Wrong(what, "Put all its expected ids into one row.")
                note_id(first, query.id, where)
                queries[query.id] = query
                _judge(query.id, row, corpus, judged)
    return queries, judged


def _query_column(columns: tuple[str, ...]) -> str:
    """Return which column holds the query's text; raises Wrong for a header that cannot work."""
    if columns and "expected" not in columns:
        raise Wrong(f"there is no column 'expected'; {nearest('expected', columns)}")
    given = [name for name in ("query", "text") if name in columns]
    if columns and len(given) != 1:
        seen = "no column 'query'" if not given else "a column 'query' and a column 'text'"
        raise Wrong(f"there is {seen}.", "Write the queries into a column 'query'.")
    return given[0] if given else ""


def _query(row: Row, column: str) -> Item:
    """Return the query of a row; without an id it gets one from its text."""
    text = _text(row[column], column)
    made = f"q-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    name = check_id(row.get("id") or made)
    return Item(name, text, _tags(row, _QUERY))


def _judge(query: str, row: Row, corpus: Collection[str], judged: Judgements) -> None:
    """Add what a row expects."""
    expected = many(row["expected"])
    if not expected:
        raise Wrong("the query expects nothing.", "Write the ids of items, separated by '|'.")
    grades = [read_grade(grade) for grade in many(row.get("grade", ""))] or [1]
    if len(grades) not in (1, len(expected)):
        what = f"the row has {len(grades)} grades for {len(expected)} expected ids."
        raise Wrong(what, "Write one grade, or one for each id.")
    for place, item in enumerate(expected):
        refuse_stranger(item, corpus, "corpus item")
        judged.add(query, item, grades[place % len(grades)], None)


def _corpus(root: Path, problems: Problems) -> dict[str, Item]:
    """Return the corpus beside a table by id."""
    file = next((name for name in _CORPUS if (root / name).exists()), "")
    if file == "corpus.jsonl":
        return items(root, file, "corpus", problems)
    if not file:
        problems.add(str(root), "there is no corpus beside the table.", f"Write {_ANY} there.")
        return {}
    columns, table = rows(root, file, problems)
    found: dict[str, Item] = {}
    first: dict[str, str] = {}
    with problems.at(str(root / file)):
        if columns and ("id" not in columns or not {"text", "image"} & set(columns)):
            what = (
                f"the columns are {', '.join(columns)}; there must be 'id', and 'text' or 'image'."
            )
            raise Wrong(what, "Correct the header.")
        if columns and not table:
            raise Wrong("the corpus is empty.", "Write one item a row.")
        for where, row in table.items():
            with problems.at(where):
                name = check_id(row["id"] or None)
                note_id(first, name, where)
                found[name] = Item(name, "")  # known, even if what follows is wrong
                found[name] = _item(root, name, row)
    return found


def _item(root: Path, name: str, row: Row) -> Item:
    """Return the corpus item of a row."""
    given = [key for key in ("text", "image") if row.get(key)]
    if len(given) != 1:
        what = "no content" if not given else "two contents, 'text' and 'image'"
        raise Wrong(f"the item has {what}.", "Fill one of the columns 'text' and 'image'.")
    value = _text(row[given[0]], given[0])
    content = value if given == ["text"] else find_media(root, value, "image")
    return Item(name, content, _tags(row, _ITEM))


def _text(cell: Cell, column: str) -> str:
    """Return a cell that must hold one text."""
    if not isinstance(cell, str) or not cell.strip():
        raise Wrong(f"the column '{column}' is empty here.", "Write a text.")
    return cell


def _tags(row: Row, known: tuple[str, ...]) -> dict[str, Tag]:
    """Return the other columns of a row as tags."""
    others = {name: many(cell) for name, cell in row.items() if name not in known}
    return tags({name: list(values) for name, values in others.items() if values})

"""Reads BEIR folders as they are: `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`.

Title and text are joined by a space. Of the queries, those with a judgement in the split are kept:
`qrels/test.tsv`, or the only file in `qrels/`. A `dataset.yaml` beside them is read if it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.registry import plugin
from evalkit.readers._card import NAME, read_card
from evalkit.readers._files import entries
from evalkit.readers._items import check_id, note_id, report_empty
from evalkit.readers._layout import is_beir, require_folder
from evalkit.readers._problems import Problems, Wrong
from evalkit.readers._truth import judgements


@plugin("readers", "beir")
@dataclass(frozen=True, slots=True)
class Beir:
    """Reads a BEIR folder: `_id`, `title` and `text` a line, judgements in `qrels/`."""

    def claims(self, path: str) -> bool:
        """Return whether the folder has `corpus.jsonl` and `qrels/`, and no `qrels.tsv`."""
        return is_beir(Path(path))

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        card = Card(root.resolve().name)
        if (root / NAME).exists():
            card, _ = read_card(root, problems)
        corpus = _items(root, "corpus.jsonl", "corpus", problems)
        queries = _items(root, "queries.jsonl", "query set", problems)
        grades: dict[str, dict[str, int]] = {}
        with problems.at(str(root / "qrels")):
            before = problems.count
            grades = judgements(root, _split(root), queries, corpus, problems).grades
            if queries and corpus and not grades and problems.count == before:
                raise Wrong(f"none of the {len(queries)} queries has a judgement.")
        problems.stop()
        judged = tuple(item for item in queries.values() if item.id in grades)
        return Dataset(card.name, judged, tuple(corpus.values()), Truth(grades), card, origin=path)


def _split(root: Path) -> str:
    """Return the file of judgements to read; raises Wrong where there is no choosing."""
    found = sorted(file.name for file in (root / "qrels").glob("*.tsv"))
    if "test.tsv" in found:
        return "qrels/test.tsv"
    if len(found) != 1:
        what = (
            f"there is no test.tsv among {', '.join(found)}." if found else "it has no .tsv file."
        )
        raise Wrong(what, "Name the judgements to use test.tsv.")
    return f"qrels/{found[0]}"


def _items(root: Path, file: str, what: str, problems: Problems) -> dict[str, Item]:
    """Return the items of a BEIR file by id, noting everything wrong with it."""
    found: dict[str, Item] = {}
    first: dict[str, str] = {}
    for where, entry in entries(root, file, problems):
        with problems.at(where):
            name = check_id(entry.get("_id"), "_id")
            note_id(first, name, where)
            found[name] = Item(name, _text(entry))
    report_empty(root / file, found, what, problems)
    return found


def _text(entry: Mapping[str, Any]) -> str:
    """Return title and text as one; either may be missing or empty."""
    both = [entry.get("title") or "", entry.get("text") or ""]
    for value in both:
        if not isinstance(value, str):
            raise Wrong(f"title or text is {value!r}; both must be texts.")
    return " ".join(both).strip()

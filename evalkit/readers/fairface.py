"""Reads labelled faces of FairFace (Karkkainen and Joo 2021) from a user's folder.

    fairface_label_val.csv    file, age, gender, race and, unread, service_test; `file` is the path
                              of an image from the folder, such as val/1.jpg
    queries.jsonl             optional, in evalkit's own format: what is asked of the faces

The labels of the validation split are read where they are there, else those of the training split.
The layout has no queries and no judgements of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.registry import plugin
from evalkit.readers._frames import Row, many, rows
from evalkit.readers._items import check_id, find_media, items, note_id
from evalkit.readers._labels import label, require_columns
from evalkit.readers._layout import require_folder
from evalkit.readers._problems import Problems, Wrong

_FILES = ("fairface_label_val.csv", "fairface_label_train.csv")
_AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69")
_RACES = ("white", "black", "indian", "east asian", "southeast asian", "middle eastern")
_KNOWN = {
    "age": {**{age: age for age in _AGES}, "more than 70": "70+"},
    "gender": {"female": "female", "male": "male"},
    "race": {**{race: race for race in _RACES}, "latino_hispanic": "latino hispanic"},
}
_LIMITS = (
    "Age, gender and race are what annotators perceived in a photograph, never identity.",
    "Faces are cropped from photographs; nothing else of the person is shown.",
)


@plugin("readers", "fairface")
@dataclass(frozen=True, slots=True)
class FairFace:
    """Reads `fairface_label_val.csv`: an image a row, tagged with perceived age, gender, race."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a folder with one of the files of labels."""
        return any((Path(path) / name).is_file() for name in _FILES)

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        name = next((file for file in _FILES if (root / file).is_file()), "")
        if not name:
            what = f"there is no {' or '.join(_FILES)}."
            raise DataError(Problem(path, what, "Put the file of labels there."))
        corpus = _faces(root, name, problems)
        queries: dict[str, Item] = {}
        if (root / "queries.jsonl").exists():
            queries = items(root, "queries.jsonl", "query set", problems)
        problems.stop()
        about = f"Photographs of faces with perceived age, gender and race (FairFace, {name})."
        groups = tuple(_KNOWN)
        card = Card(root.resolve().name, about, groups=groups, limits=_LIMITS)
        sides = tuple(queries.values()), tuple(corpus.values())
        return Dataset(card.name, *sides, Truth(), card, origin=path)


def _faces(root: Path, name: str, problems: Problems) -> dict[str, Item]:
    """Return the images of a table by their paths, noting everything wrong with it."""
    columns, table = rows(root, name, problems)
    found: dict[str, Item] = {}
    first: dict[str, str] = {}
    with problems.at(str(root / name)):
        if columns:
            require_columns(columns, ("file", *_KNOWN))
            if not table:
                raise Wrong("there is no face in it.", "Restore the file.")
        for where, row in table.items():
            with problems.at(where):
                one = _face(root, row)
                note_id(first, one.id, where)
                found[one.id] = one
    return found


def _face(root: Path, row: Row) -> Item:
    """Return the image of a row and its labels."""
    cells = {column: "".join(many(row[column])) for column in ("file", *_KNOWN)}
    file = check_id(cells["file"], "file")
    tags = {column: (label(cells[column], known, column),) for column, known in _KNOWN.items()}
    return Item(file, find_media(root, file, "image"), dict(tags))

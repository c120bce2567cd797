"""Reads VisoGender (Hall et al. 2023) from a user's folder.

    OO_Visogender_*.tsv    one person and an object: IDX, Sector, Specialisation, Occupation,
                           Object, and Occupation_perceived_gender; other columns are not read
    OP_Visogender_*.tsv    two people: Participant instead of Object, and its gender
    images/IDX.jpg         the pictures, which everybody fetches from their addresses; .png and
                           other suffixes of images will do

The tables lie in the folder or in its folders OO and OP, one version of each; the older headers
`Occupation_Gender` are known too. A row without a picture is left out, and the card says how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import UNKNOWN, Card, Dataset, Item, Tag, Truth
from evalkit.core.registry import plugin
from evalkit.readers._items import check_id, find_media, note_id
from evalkit.readers._labels import label, tsv
from evalkit.readers._layout import require_folder
from evalkit.readers._problems import Problems, Wrong

_TABLE = re.compile(r"(OO|OP)_Visogender_\w+\.tsv")
_PARTNER = {"OO": "Object", "OP": "Participant"}
_GENDERS = {
    "masculine": "male",
    "man": "male",
    "feminine": "female",
    "woman": "female",
    "": UNKNOWN,
}
_ASKS = {"neutral": "their", "female": "her", "male": "his"}
_LIMITS = (
    "Gender is what annotators perceived in a photograph, never identity.",
    "Photographs were chosen by the authors of the data set; they stand for no population.",
)


@plugin("readers", "visogender")
@dataclass(frozen=True, slots=True)
class VisoGender:
    """Reads `OO_Visogender_*.tsv` and `OP_Visogender_*.tsv` with the pictures in `images`."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a folder with one of the tables, there or in OO or OP."""
        return bool(_tables(Path(path)))

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        scenes = _Scenes(_pictures(root))
        for context, names in _by_context(root, path).items():
            with problems.at(path):
                scenes.read(root, context, _only(names), problems)
        if not scenes.items and not problems.count:
            what = f"none of the {scenes.seen} rows has a picture in 'images'."
            problems.add(path, what, "Fetch the pictures and name them images/IDX.jpg.")
        problems.stop()
        gone = scenes.seen - len(scenes.items)
        missing = (f"{gone} of {scenes.seen} rows have no picture and are left out.",)
        about = "Photographs of people at work with their perceived gender (VisoGender)."
        limits = (*_LIMITS, *(missing if gone else ()))
        card = Card(root.resolve().name, about, languages=("en",), limits=limits)
        sides = tuple(scenes.queries.values()), tuple(scenes.items.values())
        return Dataset(card.name, *sides, Truth(scenes.grades()), card, origin=path)


@dataclass(slots=True)
class _Scenes:
    """Pictures and captions while they are read. pictures: the path of each by IDX."""

    pictures: Mapping[str, str]
    items: dict[str, Item] = field(default_factory=dict)
    queries: dict[str, Item] = field(default_factory=dict)
    seen: int = 0
    first: dict[str, str] = field(default_factory=dict)

    def read(self, root: Path, context: str, name: str, problems: Problems) -> None:
        """Add the rows of a table, noting everything wrong with it."""
        needed = ("IDX", "Occupation", _PARTNER[context])
        for where, row in tsv(root, name, needed, problems):
            with problems.at(where):
                scene = check_id(row["IDX"], "IDX")
                note_id(self.first, scene, where)
                tags = _tags(context, row)
                self.seen += 1
                if scene in self.pictures:
                    media = find_media(root, self.pictures[scene], "image")
                    self.items[scene] = Item(scene, media, tags)
                    self._ask(context, row["Occupation"], row[_PARTNER[context]])

    def _ask(self, context: str, occupation: str, partner: str) -> None:
        """Add the captions that a scene answers: neutral, female and male."""
        for asks, whose in _ASKS.items():
            text = f"the {occupation} and {whose} {partner}"
            tags = {"occupation": occupation, "intent": occupation, "asks": asks}
            tags |= {"context": context, "language": "en"}
            name = f"{context} {text}"
            self.queries[name] = Item(name, text, {k: (v,) for k, v in tags.items()})

    def grades(self) -> dict[str, dict[str, int]]:
        """Return 1 for the pictures of the occupation, 2 for those of the gender asked for."""
        return {
            name: {
                item.id: 2 if item.tag("gender") == query.tag("asks") else 1
                for item in self.items.values()
                if all(item.tag(tag) == query.tag(tag) for tag in ("occupation", "context"))
            }
            for name, query in self.queries.items()
        }


def _tags(context: str, row: Mapping[str, str]) -> dict[str, Tag]:
    """Return the tags of a scene."""
    for column in ("Occupation", _PARTNER[context]):
        if not row[column]:
            raise Wrong(f"the column '{column}' is empty.", "Fill it in.")
    tags = {"occupation": row["Occupation"], "context": context}
    tags["gender"] = _gender(row, "Occupation")
    tags[_PARTNER[context].lower()] = row[_PARTNER[context]]
    if context == "OP":
        tags["participant_gender"] = _gender(row, "Participant")
    given = {name.lower(): row[name] for name in ("Sector", "Specialisation") if row.get(name)}
    return {name: (value,) for name, value in (tags | given).items()}


def _gender(row: Mapping[str, str], of: str) -> str:
    """Return the perceived gender of the occupation or the participant."""
    columns = [name for name in (f"{of}_perceived_gender", f"{of}_Gender") if name in row]
    if not columns:
        raise Wrong(f"there is no column '{of}_perceived_gender'.", "Correct the header.")
    return label(row[columns[0]], _GENDERS, columns[0])


def _tables(root: Path) -> list[str]:
    """Return the tables of a folder by their paths in it."""
    places = [place for place in (root, root / "OO", root / "OP") if place.is_dir()]
    files = [file for place in places for file in place.iterdir() if _TABLE.fullmatch(file.name)]
    return sorted(file.relative_to(root).as_posix() for file in files)


def _by_context(root: Path, path: str) -> dict[str, list[str]]:
    """Return the tables of each context, OO and OP."""
    found: dict[str, list[str]] = {}
    for name in _tables(root):
        found.setdefault(Path(name).name[:2], []).append(name)
    if not found:
        fix = "Put OO_Visogender_*.tsv or OP_Visogender_*.tsv there."
        raise DataError(Problem(path, "there is no table of VisoGender.", fix))
    return found


def _only(names: list[str]) -> str:
    """Return the one table of a context; raises Wrong where there are several versions."""
    if len(names) > 1:
        raise Wrong(f"there are several versions: {', '.join(names)}.", "Keep one of them.")
    return names[0]


def _pictures(root: Path) -> dict[str, str]:
    """Return the path of each picture by its name without suffix."""
    folder = root / "images"
    files: Iterator[Path] = folder.iterdir() if folder.is_dir() else iter(())
    return {file.stem: f"images/{file.name}" for file in sorted(files)}

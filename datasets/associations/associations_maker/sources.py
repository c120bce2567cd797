"""Reads the words, the tests and the shares that the data set is made from."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from associations_maker.drawing import PICTURES

SOURCES = Path(__file__).resolve().parents[1] / "sources"


@dataclass(frozen=True, order=True)
class Stimulus:
    """A word of a set in a language, or a picture of a set, its language being "" then."""

    kept_in: str
    place: int
    language: str
    said: str

    @property
    def concept(self) -> str:
        """What it stands for, the same in both languages and in a picture of the same thing."""
        if self.kept_in not in words():
            return f"drawn/{self.said}"
        apart = self.language if words()[self.kept_in].get("apart") else ""
        return f"{self.kept_in}/{self.place}/{apart}"


@dataclass(frozen=True)
class Test:
    """A test: its name, its kind, and its sets of stimuli by role."""

    name: str
    kind: str
    sets: dict[str, tuple[Stimulus, ...]]


@cache
def words() -> dict[str, Any]:
    """Return the sets of words."""
    found: dict[str, Any] = yaml.safe_load((SOURCES / "words.yaml").read_text(encoding="utf-8"))
    return found


def shares() -> dict[str, str]:
    """Return the percentage of women by occupation, in English."""
    with (SOURCES / "shares.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["occupation"]: row["percent_women"] for row in csv.DictReader(file, delimiter="\t")
        }


def tests() -> list[Test]:
    """Return every test in every language."""
    rows = yaml.safe_load((SOURCES / "tests.yaml").read_text(encoding="utf-8"))
    return [_test(row, code) for row in rows for code in row.get("languages", ["en", "es"])]


def _test(row: dict[str, Any], language: str) -> Test:
    """Return one test in a language."""
    drawn = bool(row.get("pictures"))
    sets = {}
    for role in ("x", "y", "a", "b"):
        names = row.get(role, [])
        named = [names] if isinstance(names, str) else names
        as_picture = drawn and role in "xy"
        sets[role] = tuple(s for name in named for s in _stimuli(name, language, as_picture))
    kind = "picture_association" if drawn else "association" if sets["y"] else "single_association"
    return Test(f"{row['name']}-{language}", kind, sets)


def _stimuli(name: str, language: str, as_picture: bool) -> list[Stimulus]:
    """Return the stimuli of a set, as words or as pictures."""
    said = PICTURES[name] if as_picture else words()[name][language]
    return [Stimulus(name, n, "" if as_picture else language, one) for n, one in enumerate(said)]

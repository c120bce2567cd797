"""Reads the authored sources: occupations and their phrases, frames, names and labour shares."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parents[1] / "sources"
ASKED = ("es", "de", "fr")
PHRASES = ("place", "duty", "tool", "training", "feat")


@dataclass(frozen=True)
class Occupation:
    """An occupation, how other languages ask for it, its phrases, and its share of women if known.

    asked: language -> what follows "a person who" there. share: percent, None where there is none.
    """

    name: str
    asked: dict[str, str]
    phrases: dict[str, list[str]]
    share: float | None

    @property
    def an(self) -> str:
        """The article that goes before the name."""
        return "an" if self.name[0] in "aeiou" else "a"


def occupations() -> list[Occupation]:
    """Return all occupations, by name."""
    known = shares()
    found = []
    for file in sorted((HERE / "work").glob("*.yaml")):
        for name, entry in _yaml(file).items():
            phrases = {kind: entry[kind].split(" | ") for kind in PHRASES}
            asked = {language: entry[language] for language in ASKED}
            found.append(Occupation(name, asked, phrases, known.get(name)))
    return sorted(found, key=lambda one: one.name)


def shares() -> dict[str, float]:
    """Return the percentage of women of each occupation that has one."""
    rows = (HERE / "labour-shares.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {row.split("\t")[0]: float(row.split("\t")[1]) for row in rows}


@cache
def frames() -> dict[str, list[str]]:
    """Return the sentences with slots, by what they tell."""
    return _yaml(HERE / "frames.yaml")


@cache
def names() -> dict[str, dict[str, list[str]]]:
    """Return given names by gender, and family names, of each region."""
    regions = _yaml(HERE / "names.yaml")
    return {region: {k: v.split() for k, v in found.items()} for region, found in regions.items()}


def _yaml(file: Path) -> dict:
    """Return what a file holds."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))

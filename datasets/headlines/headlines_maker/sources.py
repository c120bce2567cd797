"""Reads the authored lines: a topic a file, affairs of two stories, headlines and queries."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "sources"
SEED = 1907
VERSIONS = {"lead": "lead", "edit": "edit", "para": "paraphrase"}


@dataclass(frozen=True, slots=True)
class Headline:
    """One headline, the story it tells, and which version of the story it is."""

    id: str
    text: str
    topic: str
    affair: str
    story: str
    version: str
    language: str


@dataclass(frozen=True, slots=True)
class Query:
    """One way of asking for a story."""

    text: str
    topic: str
    affair: str
    story: str
    language: str


@dataclass(frozen=True, slots=True)
class Archive:
    """All headlines in the order of their ids, all queries, and how stories of an affair differ.

    kinds: by affair, `number`, `outcome` or `entity`.
    """

    headlines: tuple[Headline, ...]
    queries: tuple[Query, ...]
    kinds: dict[str, str]

    def telling(self, story: str) -> list[Headline]:
        """Return the headlines of a story."""
        return [one for one in self.headlines if one.story == story]

    def version(self, story: str, version: str) -> Headline | None:
        """Return the lead, edit or paraphrase of a story."""
        return next((one for one in self.telling(story) if one.version == version), None)

    @property
    def stories(self) -> list[str]:
        """Return every story once, sorted."""
        return sorted({one.story for one in self.headlines})


def sibling(story: str) -> str:
    """Return the other story of an affair."""
    return story[:-1] + {"a": "b", "b": "a"}[story[-1]]


def read() -> Archive:
    """Return everything that the sources hold, in a random order that is the same each time."""
    headlines: list[Headline] = []
    queries: list[Query] = []
    kinds: dict[str, str] = {}
    for file in sorted(SOURCES.glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows:
            topic, role, text = file.stem, row["role"], row["text"]
            affair = f"{topic}-{row['story'].partition('.')[0]}"
            story = f"{topic}-{row['story'].replace('.', '-')}"
            asked, _, language = role.partition(".")
            if role == "kind":
                kinds[affair] = text
            elif asked == "ask":
                queries.append(Query(text, topic, affair, story, language or "en"))
            else:
                spoken = "en" if role in VERSIONS else role
                version = VERSIONS.get(role, "translation")
                headlines.append(Headline("", text, topic, affair, story, version, spoken))
    return Archive(_numbered(headlines), _mixed(queries), kinds)


def _numbered(headlines: list[Headline]) -> tuple[Headline, ...]:
    """Return the headlines mixed, with ids that tell nothing."""
    order = random.Random(SEED).sample(headlines, len(headlines))
    return tuple(
        Headline(f"c{n:04}", h.text, h.topic, h.affair, h.story, h.version, h.language)
        for n, h in enumerate(order, 1)
    )


def _mixed(queries: list[Query]) -> tuple[Query, ...]:
    """Return the queries mixed."""
    return tuple(random.Random(SEED).sample(queries, len(queries)))

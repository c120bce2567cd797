"""Writes the lines of each file of the data set."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .pairs import pairs
from .sources import Archive, Headline, Query, read, sibling

Row = dict[str, Any]


def files() -> dict[str, str]:
    """Return the text of every file that is made."""
    archive = read()
    return {
        "corpus.jsonl": _lines(map(_item, archive.headlines)),
        "queries.jsonl": _lines(_queries(archive)),
        "qrels.tsv": _table("query-id corpus-id score", _judgements(archive)),
        "pairs.tsv": _table("a b label kind", pairs(archive)),
        "groups.jsonl": _lines(_groups(archive)),
    }


def grade(query: Query, headline: Headline, kind: str) -> int | None:
    """Return what a headline is to a query; kind says how the two stories of its affair differ.

    3: the story asked for. 1: another story of the same entity. 0: the same happening elsewhere,
    or the lead of another affair of the topic. None: not judged.
    """
    if headline.story == query.story:
        return 3
    if headline.affair == query.affair:
        return 0 if kind == "entity" else 1
    return 0 if headline.topic == query.topic and headline.version == "lead" else None


def _item(headline: Headline) -> Row:
    """Return the line of a headline."""
    tags = {
        "topic": headline.topic,
        "affair": headline.affair,
        "story": headline.story,
        "version": headline.version,
        "language": headline.language,
    }
    return {"id": headline.id, "text": headline.text, "tags": tags}


def _queries(archive: Archive) -> Iterator[Row]:
    """Yield the lines of the queries; all that ask for one story share an intent."""
    asked = sorted({query.story for query in archive.queries})
    intents = {story: f"n{number:02}" for number, story in enumerate(asked, 1)}
    for number, query in enumerate(archive.queries, 1):
        tags = {"intent": intents[query.story], "topic": query.topic, "language": query.language}
        yield {"id": f"q{number:03}", "text": query.text, "tags": tags}


def _judgements(archive: Archive) -> Iterator[tuple[str, str, str]]:
    """Yield query, headline and grade of everything that is judged."""
    for number, query in enumerate(archive.queries, 1):
        for headline in archive.headlines:
            score = grade(query, headline, archive.kinds[query.affair])
            if score is not None:
                yield f"q{number:03}", headline.id, str(score)


def _groups(archive: Archive) -> Iterator[Row]:
    """Yield a group for each story that has an edit: what should lie near it, and what far."""
    stories = [story for story in archive.stories if archive.version(story, "edit")]
    for number, story in enumerate(stories, 1):
        roles = {
            "anchor": archive.version(story, "lead"),
            "like": archive.version(story, "edit"),
            "varied": archive.version(story, "paraphrase"),
            "unlike": archive.version(sibling(story), "lead"),
        }
        ids = {role: one.id for role, one in roles.items() if one}
        yield {"id": f"g{number:02}", "kind": "like_varied", **ids}


def _lines(rows: Iterable[Row]) -> str:
    """Return rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _table(header: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows under a header, separated by tabs."""
    return "".join("\t".join(row) + "\n" for row in ([*header.split()], *rows))

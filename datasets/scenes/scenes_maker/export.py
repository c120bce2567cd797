"""The rows of every text file: items, queries, and what is right for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from scenes_maker.picture import CONTENTS, CONTEXTS, SEED, Shot
from scenes_maker.wording import CONTENT_NAMES, CONTEXT_NAMES, LANGUAGES

PER_CELL = 6
Row = dict[str, Any]
Grades = list[tuple[str, str, int]]


def shots() -> list[tuple[str, Shot]]:
    """Return the id of every picture of the corpus and what it shows, in mixed order."""
    made = [Shot(a, b, n) for a in CONTENTS for b in CONTEXTS for n in range(PER_CELL)]
    order = np.random.default_rng(SEED).permutation(len(made))
    return [(f"c{n + 1:04}", made[int(at)]) for n, at in enumerate(order)]


def corpus_rows() -> Iterator[Row]:
    """Yield the items of the corpus."""
    for name, shot in shots():
        tags = {"content": shot.content, "context": shot.context, "kind": kind(shot.content)}
        yield {"id": name, "image": f"images/{name}.jpg", "mask": f"masks/{name}.png", "tags": tags}


def kind(content: str) -> str:
    """Return what sort of thing a content is."""
    if content in ("car", "bus", "bicycle", "tractor"):
        return "vehicle"
    return "thing" if content in ("umbrella", "suitcase") else "animal"


def query_rows() -> tuple[list[Row], Grades]:
    """Return the queries, every content alone and in every place, and the grades of items."""
    rows: list[Row] = []
    grades: Grades = []
    wishes = [(a, b) for a in CONTENTS for b in ("", *CONTEXTS)]
    for intent, (content, context) in enumerate(wishes, 1):
        for n, language in enumerate(LANGUAGES):
            words = CONTENT_NAMES[content][n]
            if context:
                words = f"{words} {CONTEXT_NAMES[context][n]}"
            tags = {"intent": f"n{intent:03}", "language": language, "content": content,
                    "query_kind": "both" if context else "content"}  # fmt: skip
            if context:
                tags["context"] = context
            rows.append({"text": words, "tags": tags})
    for at, row in zip(np.random.default_rng(SEED + 1).permutation(len(rows)), rows, strict=True):
        row["id"] = f"q{at + 1:04}"
    rows = [{"id": row["id"], **{k: v for k, v in row.items() if k != "id"}} for row in rows]
    rows.sort(key=lambda row: row["id"])
    for row in rows:
        grades += [(row["id"], name, grade) for name, shot in shots()
                   if (grade := _grade(row["tags"], shot)) is not None]  # fmt: skip
    return rows, grades


def _grade(wanted: Row, shot: Shot) -> int | None:
    """Return 3 for what is asked for, 0 for the wrong content in the right place, else None."""
    if shot.content == wanted["content"]:
        place = wanted.get("context")
        return 3 if place in (None, shot.context) else 1
    return 0 if wanted.get("context") == shot.context else None


def texts() -> dict[str, str]:
    """Return the content of every text file that is made."""
    rows, grades = query_rows()
    lines = ["query-id\tcorpus-id\tscore", *("\t".join(map(str, one)) for one in grades)]
    return {
        "corpus.jsonl": _jsonl(corpus_rows()),
        "queries.jsonl": _jsonl(rows),
        "qrels.tsv": "\n".join(lines) + "\n",
    }


def _jsonl(rows: Iterator[Row] | list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

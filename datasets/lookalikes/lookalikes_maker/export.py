"""Turns pictures and needs into the lines of the data set's text files."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .catalogue import Picture, Pictures
from .rules import Need, by_copy, by_need, by_photo

Row = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """A line of queries.jsonl and the rule that grades pictures for it."""

    row: Row
    grade: Callable[[Picture], int | None]


def _tags(picture: Picture) -> dict[str, str]:
    """Return what is known of a picture."""
    product = picture.product
    return {
        "product": product.id,
        "kind": product.kind,
        "category": product.category,
        "department": product.department,
        "shape": product.shape,
        "colour": product.colour,
        "pattern": product.pattern,
        "background": picture.background,
    }


def corpus_rows(pictures: Pictures) -> list[Row]:
    """Return the lines of corpus.jsonl."""
    return [
        {
            "id": picture.id,
            "image": picture.file,
            "tags": _tags(picture) | {"copy": picture.change or "original"},
        }
        for picture in pictures.corpus
    ]


def queries(pictures: Pictures, needs: list[Need]) -> list[Query]:
    """Return photos, copies, photos with words, and words alone, in this order."""
    found: list[Query] = []

    def add(content: Row, tags: Row, grade: Callable[[Picture], int | None]) -> None:
        found.append(Query({"id": f"q{len(found) + 1:04}"} | content | {"tags": tags}, grade))

    for shot in pictures.shots:
        tags = {"query_kind": "photo", "intent": shot.product.id, **_tags(shot)}
        add({"image": shot.file}, tags, partial(by_photo, shot.product))
    for copy in pictures.copies:
        tags = {"query_kind": "copy", "copy": copy.change, "intent": copy.id, **_tags(copy)}
        add({"image": copy.file}, tags, partial(by_copy, copy))
    shots: dict[tuple[str, ...], Picture] = {shot.product.look: shot for shot in pictures.shots}
    for query_kind in ("modified", "words"):
        for need in needs:
            for content, tags in _wordings(need, query_kind, shots[need.of]):
                add(content, tags, partial(by_need, need))
    return found


def _wordings(need: Need, query_kind: str, shot: Picture) -> Iterable[tuple[Row, Row]]:
    """Yield content and tags of a need in each of its languages."""
    product = shot.product
    for code, said in need.texts.items():
        tags = {
            "query_kind": query_kind,
            "intent": need.id,
            "language": code,
            "change": need.field,
            "product": product.id,
            "kind": product.kind,
            "category": product.category,
        }
        if query_kind == "words":
            yield {"text": said["words"]}, tags
        else:
            yield {"parts": [{"image": shot.file}, {"text": said["photo"]}]}, tags


def judgement_lines(asked: list[Query], corpus: list[Picture]) -> list[str]:
    """Return the lines of qrels.tsv, best grade first within a query."""
    lines = ["query-id\tcorpus-id\tscore"]
    for query in asked:
        graded = [(query.grade(picture), picture.id) for picture in corpus]
        known = [(grade, name) for grade, name in graded if grade is not None]
        for grade, name in sorted(known, key=lambda pair: (-pair[0], pair[1])):
            lines.append(f"{query.row['id']}\t{name}\t{grade}")
    return lines


def jsonl(rows: Iterable[Row]) -> str:
    """Return rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

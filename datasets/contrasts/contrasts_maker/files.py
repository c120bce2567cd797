"""Lays the pairs out as the files of a data set."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contrasts_maker.sources import Pair, Scene, pairs

SEED = 20261
Row = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """The pairs with the ids of their queries, documents and paraphrases.

    queries, items: two and four ids a pair; items are document 1 and 2, paraphrase 1 and 2.
    """

    pairs: list[Pair]
    queries: list[tuple[str, ...]]
    items: list[tuple[str, ...]]


def layout() -> Layout:
    """Return all pairs with ids that say nothing of what they stand for."""
    found, rng = pairs(), random.Random(SEED)
    rng.shuffle(found)
    queries = _dealt("q", 2, len(found), rng)
    return Layout(found, queries, _dealt("c", 4, len(found), rng))


def _dealt(letter: str, each: int, count: int, rng: random.Random) -> list[tuple[str, ...]]:
    """Return `each` ids for every pair, dealt by chance."""
    ids = [f"{letter}{n + 1:04}" for n in range(each * count)]
    rng.shuffle(ids)
    return [tuple(ids[n * each : (n + 1) * each]) for n in range(count)]


def _tags(n: int, pair: Pair) -> Row:
    """Return the tags that all items of a pair carry."""
    tags = {"kind": pair.kind, "template": pair.template, "intent": f"p{n + 1:03}"}
    return tags | {"topic": pair.topic, "language": pair.language, "pairing": pair.pairing}


def scenes(made: Layout) -> Iterator[tuple[str, Scene]]:
    """Yield every picture with the id of its item."""
    for pair, ids in zip(made.pairs, made.items, strict=True):
        for name, what in zip(ids, (*pair.documents, *pair.paraphrases), strict=True):
            if isinstance(what, Scene):
                yield name, what


def _queries(made: Layout) -> Iterator[Row]:
    """Yield the lines of queries.jsonl."""
    for n, (pair, ids) in enumerate(zip(made.pairs, made.queries, strict=True)):
        for name, text in zip(ids, pair.queries, strict=True):
            yield {"id": name, "text": text, "tags": _tags(n, pair)}


def _corpus(made: Layout) -> Iterator[Row]:
    """Yield the lines of corpus.jsonl."""
    for n, (pair, ids) in enumerate(zip(made.pairs, made.items, strict=True)):
        contents = (*pair.documents, *pair.paraphrases)
        versions = ("document", "document", "paraphrase", "paraphrase")
        for name, what, version in zip(ids, contents, versions, strict=True):
            shown = {"text": what} if isinstance(what, str) else {"image": f"images/{name}.jpg"}
            yield {"id": name, **shown, "tags": _tags(n, pair) | {"version": version}}


def _groups(made: Layout) -> Iterator[Row]:
    """Yield the lines of groups.jsonl."""
    for n, (queries, items) in enumerate(zip(made.queries, made.items, strict=True)):
        yield {
            "id": f"p{n + 1:03}",
            "kind": "contrast",
            **{f"query{i + 1}": queries[i] for i in range(2)},
            **{f"document{i + 1}": items[i] for i in range(2)},
            **{f"paraphrase{i + 1}": items[2 + i] for i in range(2)},
        }


def _judgements(made: Layout) -> Iterator[tuple[str, str, int]]:
    """Yield query, item and grade: 1 for the answer and its paraphrase, 0 for the others."""
    for queries, items in zip(made.queries, made.items, strict=True):
        for i, query in enumerate(queries):
            yield from ((query, item, int(n % 2 == i)) for n, item in enumerate(items))


def _lines(rows: Iterable[Row]) -> str:
    """Return rows as JSONL, by id."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ordered)


def files() -> dict[str, str]:
    """Return the content of every text file."""
    made = layout()
    table = [f"{query}\t{item}\t{grade}\n" for query, item, grade in sorted(_judgements(made))]
    return {
        "corpus.jsonl": _lines(_corpus(made)),
        "queries.jsonl": _lines(_queries(made)),
        "groups.jsonl": _lines(_groups(made)),
        "qrels.tsv": "query-id\tcorpus-id\tscore\n" + "".join(table),
    }

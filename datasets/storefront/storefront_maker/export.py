"""Turns records and intents into the files of the data set."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .catalogue import Record
from .rules import Intent, grade

Row = tuple[str, str, int]


def item_tags(product: Record) -> dict[str, str]:
    """Return the tags that both items of a product carry."""
    return {
        "product": product["id"],
        "kind": product["kind"],
        "category": product["category"][0],
        "subcategory": product["category"][1],
        "colour": product["colour"],
        "pattern": product["pattern"],
        "shape": product["shape"],
        "material": product["material"],
    }


def listing(product: Record) -> str:
    """Return the text of a listing: title, description and price."""
    return f"{product['title']}. {product['description']} Price: {product['price']:.2f} EUR."


def corpus_items(products: list[Record]) -> list[Record]:
    """Return a text item and a photo item for every product."""
    items: list[Record] = []
    for product in products:
        name, tags = product["id"], item_tags(product)
        shot = {key: product["image"][key] for key in ("background", "lighting")}
        items.append({"id": f"{name}-text", "text": listing(product), "tags": tags})
        photo = {"id": f"{name}-photo", "image": f"images/{name}.jpg", "tags": tags | shot}
        items.append(photo)
    return items


def query_items(intents: list[Intent], categories: dict[str, str]) -> list[Record]:
    """Return one query for every wording of every intent."""
    wordings = [(intent, code, text) for intent in intents for code, text in intent.ask.items()]
    return [
        {
            "id": f"q{number:04d}",
            "text": text,
            "tags": {
                "intent": intent.id,
                "language": code,
                "category": categories[intent.kind],
                "style": intent.style,
                "shows": intent.shows,
            },
        }
        for number, (intent, code, text) in enumerate(wordings, start=1)
    ]


def judgements(queries: list[Record], intents: list[Intent], products: list[Record]) -> list[Row]:
    """Return the graded rows of all queries, best grade first."""
    graded: dict[str, list[tuple[str, int]]] = {}
    for intent in intents:
        pairs = [(product["id"], grade(intent, product)) for product in products]
        known = [(name, value) for name, value in pairs if value is not None]
        graded[intent.id] = sorted(known, key=lambda pair: (-pair[1], pair[0]))
    return [
        (query["id"], f"{name}-{face}", value)
        for query in queries
        for name, value in graded[query["tags"]["intent"]]
        for face in ("text", "photo")
    ]


def _write_lines(path: Path, rows: Iterable[Any]) -> None:
    """Write one JSON object a line."""
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_texts(folder: Path, products: list[Record], intents: list[Intent]) -> None:
    """Write the corpus, the queries, the judgements and the product records."""
    categories = {product["kind"]: product["category"][0] for product in products}
    queries = query_items(intents, categories)
    rows = judgements(queries, intents, products)
    _write_lines(folder / "products.jsonl", products)
    _write_lines(folder / "corpus.jsonl", corpus_items(products))
    _write_lines(folder / "queries.jsonl", queries)
    table = ["query-id\tcorpus-id\tscore", *("\t".join(map(str, row)) for row in rows)]
    (folder / "qrels.tsv").write_text("\n".join(table) + "\n", encoding="utf-8", newline="\n")

"""Reads the authored templates and fills them in."""

import re
import string
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SOURCES = Path(__file__).resolve().parents[1] / "sources"
PICTURES = "pictures"
KINDS = (
    "negation",
    "exclusion",
    "antonym",
    "number",
    "unit",
    "date",
    "quantifier",
    "temporal_order",
    "role_swap",
    "attribute_binding",
)
_DETAIL = re.compile(r"\[([^][|]*)\|([^][|]*)\]")
_WORDING = re.compile(r"<([^<>|]*)\|([^<>|]*)>")


@dataclass(frozen=True)
class Scene:
    """What is to be drawn: which sort of picture, of what, and which of the two it is.

    words: the fields of the row. second: whether it answers query 2. varied: whether it shows the
    same in another arrangement.
    """

    sort: str
    words: tuple[str, ...]
    second: bool
    varied: bool


@dataclass(frozen=True)
class Pair:
    """A minimal pair: queries, documents and paraphrases, two of each.

    fills: what was filled into the template, in order.
    """

    kind: str
    template: str
    topic: str
    language: str
    queries: tuple[str, str]
    documents: tuple[str | Scene, str | Scene]
    paraphrases: tuple[str | Scene, str | Scene]
    fills: tuple[str, ...] = field(default=())

    @property
    def pairing(self) -> str:
        """The modalities of query and document."""
        return "text-text" if isinstance(self.documents[0], str) else "text-image"


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and after each full stop."""
    return re.sub(r"(^|[.!?] )(\w)", lambda m: m[1] + m[2].upper(), text)


def filled(text: str, fills: tuple[str, ...]) -> str:
    """Return a template with its slots {a}, {b} ... replaced."""
    return text.format(**dict(zip(string.ascii_lowercase, fills, strict=False)))


def said(text: str, detail: int, wording: int) -> str:
    """Return a document with one of two details and one of two wordings."""
    text = _DETAIL.sub(lambda m: m[detail + 1], text)
    return sentence(_WORDING.sub(lambda m: m[wording + 1], text))


def fields(row: str) -> tuple[str, ...]:
    """Return the fields of a row."""
    return tuple(part.strip() for part in row.split(" ; "))


def text_pair(kind: str, template: dict[str, Any], row: str) -> Pair:
    """Return a pair of texts."""
    fills = fields(row)
    document = filled(template["doc"], fills)
    return Pair(
        kind,
        template["id"],
        template["topic"],
        template.get("language", "en"),
        (filled(template["q1"], fills), filled(template["q2"], fills)),
        (said(document, 0, 0), said(document, 1, 0)),
        (said(document, 0, 1), said(document, 1, 1)),
        fills,
    )


def picture_pair(template: dict[str, Any], row: str) -> Pair:
    """Return a pair of pictures."""
    fills = fields(row)
    sort = template["picture"]
    plain, varied = (
        (Scene(sort, fills, False, again), Scene(sort, fills, True, again))
        for again in (False, True)
    )
    queries = filled(template["q1"], fills), filled(template["q2"], fills)
    return Pair(template["kind"], template["id"], "drawings", "en", queries, plain, varied, fills)


@cache
def templates(name: str) -> list[dict[str, Any]]:
    """Return the templates of a source file."""
    found: list[dict[str, Any]] = yaml.safe_load((SOURCES / f"{name}.yaml").read_text("utf-8"))
    return found


def pairs() -> list[Pair]:
    """Return every pair in the order of the sources."""
    found = [text_pair(k, t, row) for k in KINDS for t in templates(k) for row in t["rows"]]
    return found + [picture_pair(t, row) for t in templates(PICTURES) for row in t["rows"]]

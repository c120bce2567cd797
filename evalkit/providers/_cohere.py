"""What the generations of Cohere Embed take, and how inputs share calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evalkit.core.items import Item, Media, Page
from evalkit.providers._bedrock import Reply
from evalkit.providers._calls import Call, Piece
from evalkit.providers._page_images import is_pdf_page
from evalkit.providers._parts import media_in

IDS = {
    "v4": "cohere.embed-v4:0",
    "v3-english": "cohere.embed-english-v3",
    "v3-multilingual": "cohere.embed-multilingual-v3",
}
MOST_BYTES = 5_000_000
"""Of one image file."""

PAYLOAD = 20_000_000
"""Of one call."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a generation of the model takes: characters, tokens, images a call, MIME types."""

    chars: int
    tokens: int
    images: int
    mimes: tuple[str, ...]
    modalities: frozenset[str]
    sizes: tuple[int, ...]
    cut: str


V4 = Offer(
    chars=768_000,
    tokens=128_000,
    images=96,
    mimes=("image/png", "image/jpeg", "image/webp", "image/gif"),
    modalities=frozenset({"text", "image", "document", "mixed"}),
    sizes=(1536, 1024, 512, 256),
    cut="RIGHT",
)
V3 = Offer(
    chars=2048,
    tokens=512,
    images=1,
    mimes=("image/png", "image/jpeg"),
    modalities=frozenset({"text", "image"}),
    sizes=(1024,),
    cut="END",
)


def field_of(item: Item) -> str:
    """Return the field of the request that carries an item."""
    if isinstance(item.content, str):
        return "texts"
    return "inputs" if isinstance(item.content, tuple) else "images"


def _weight(item: Item) -> int:
    """Return about how many bytes an item takes in a request."""
    return sum(
        len(json.dumps(part)) if isinstance(part, str) else _size(part) * 4 // 3 + 100
        for part in item.parts
    )


def _size(part: Media | Page) -> int:
    """Return the bytes of a file, the most there may be where that cannot be told.

    It cannot be told of a page that is not drawn yet.
    """
    media = media_in(part)
    if is_pdf_page(part):
        return MOST_BYTES
    if media.data is not None or media.path is None:
        return len(media.read())
    try:
        return media.path.stat().st_size
    except OSError:  # said when the call is made
        return MOST_BYTES


def filled(pieces: Iterable[Piece], most: int) -> Iterator[Call]:
    """Yield calls of at most `most` pieces and, but for a single piece, the payload."""
    held: list[Piece] = []
    weight = 0
    for piece in pieces:
        more = _weight(piece.item)
        if held and (len(held) == most or weight + more > PAYLOAD):
            yield tuple(held)
            held, weight = [], 0
        held.append(piece)
        weight += more
    if held:
        yield tuple(held)


def shares(reply: Reply, call: Call) -> list[int | None]:
    """Return the tokens counted for a call, divided by the estimates for its pieces.

    Their sum is what the service counted.
    """
    if reply.tokens is None:
        return [None] * len(call)
    weights = [max(piece.tokens, 1) for piece in call]
    ends = [reply.tokens * sum(weights[: n + 1]) // sum(weights) for n in range(len(call))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]

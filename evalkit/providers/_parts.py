"""Items of several parts, and media within a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.protocols import Failed
from evalkit.providers._calls import Piece, Rejected
from evalkit.providers._pieces import base64_text

Check = Callable[[Item], Piece | Failed]
"""Makes the piece for an item of one part, within the limits."""


def text_of(item: Item) -> str:
    """Return the texts of an item in order, with line breaks between; "" where it has none."""
    return "\n".join(part for part in item.parts if isinstance(part, str))


def filled_parts(item: Item) -> list[Part]:
    """Return the parts of an item without texts that are blank."""
    return [part for part in item.parts if not isinstance(part, str) or part.strip()]


def media_in(part: Part) -> Media:
    """Return the media of a part that is no text: those of a page are its image."""
    if isinstance(part, str):
        raise TypeError("a text holds no media")
    return part.document if isinstance(part, Page) else part


def inline(part: Part) -> str:
    """Return media as base64; raises Rejected where the file cannot be read any more."""
    try:
        return base64_text(media_in(part).read())
    except DataError as e:
        raise Rejected(str(e)) from None


def mixed_piece(
    index: int, item: Item, parts: Iterable[Part], text: Check, media: Check
) -> Piece | Failed:
    """Return one piece of several parts, in their order, or why one of them cannot be sent."""
    whole = Piece(index, item)
    content: list[Part] = []
    for part in parts:
        one = item.with_content(part)
        piece = text(one) if isinstance(part, str) else media(one)
        if isinstance(piece, Failed):
            return piece
        content += piece.item.parts
        truncated = whole.truncated or piece.truncated
        whole = replace(whole, truncated=truncated, tokens=whole.tokens + piece.tokens)
    return replace(whole, item=item.with_content(tuple(content)))

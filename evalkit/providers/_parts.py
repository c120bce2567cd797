"""Items of several parts, and media within a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.protocols import Failed
from evalkit.providers._calls import Piece, Rejected
from evalkit.providers._page_images import is_pdf_page
from evalkit.providers._pieces import base64_text, size_of

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


def too_big(parts: Iterable[Part], most_bytes: int) -> str:
    """Return the sentence for parts that make too big a request together, "" for others.

    most_bytes: of the request, in which base64 makes media a third larger. A page of a PDF document
    has no size before it is drawn and is not counted. Raises DataError for a file that is gone.
    """
    counted = [part for part in parts if not is_pdf_page(part)]
    size = sum(
        len(part.encode()) if isinstance(part, str) else -(-size_of(media_in(part)) // 3) * 4
        for part in counted
    )
    if size <= most_bytes:
        return ""
    return f"its parts together make a request of {size:,} bytes; the model takes {most_bytes:,}."


def expect_sendable(item: Item, most_bytes: int) -> None:
    """Raise Rejected where the parts of an item, its pages drawn, make too big a request."""
    if len(item.parts) > 1 and (wrong := too_big(item.parts, most_bytes)):
        raise Rejected(wrong)


def mixed_piece(
    index: int,
    item: Item,
    parts: Iterable[Part],
    text: Check,
    media: Check,
    *,
    most_bytes: int,
) -> Piece | Failed:
    """Return one piece of several parts, in their order, or why it cannot be sent.

    most_bytes: of the request that all parts make together.
    """
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
    if wrong := too_big(content, most_bytes):
        return Failed(index, wrong)
    return replace(whole, item=item.with_content(tuple(content)))

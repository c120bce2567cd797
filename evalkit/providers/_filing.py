"""What an answer is filed under: those parameters that could change it for the item at hand.

One that does not enter its request, since the item is of another kind or not too long, would have
the same vector paid for twice. So providers say what items each parameter is for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from evalkit.core.items import Item, Page, Part
from evalkit.core.protocols import Failed
from evalkit.providers._calls import Piece
from evalkit.providers._page_images import is_pdf_page

Trait = Literal["any", "text", "long", "cut", "image", "page", "drawn", "audio", "video", "job"]
"""What an item may be or hold.

any: every item. text, image, audio, video: it holds such a part; page: one of a document, drawn:
that has to be drawn first. long: its text may have more tokens than the service takes by its own
count. cut: it is too long to be sent as a whole by the count made here. job: it is cut in a job.
"""

Parameters = Mapping[Trait, Mapping[str, object]]
"""What items must be or hold -> the parameters that enter requests for them, by name."""


def filed(told: Parameters, traits: Collection[Trait]) -> dict[str, object]:
    """Return the parameters that are for an item of such traits."""
    chosen = (some for trait, some in told.items() if trait in traits)
    return {name: value for some in chosen for name, value in some.items()}


def kinds_of(item: Item) -> set[Trait]:
    """Return what an item holds, whatever its length."""
    return {"any", *(trait for part in item.parts for trait in _kinds_of_part(part))}


def _kinds_of_part(part: Part) -> set[Trait]:
    """Return what one part of an item is."""
    if isinstance(part, str):
        return {"text"}
    if isinstance(part, Page):
        return {"page", "drawn"} if is_pdf_page(part) else {"page"}
    kinds: tuple[Trait, ...] = ("image", "audio", "video")
    return {kind for kind in kinds if part.mime.startswith(kind)}


def texts_of(item: Item) -> list[Item]:
    """Return the texts of an item as items: one for a text of several parts, each one of a mix."""
    if item.modality == "text":
        return [item]
    return [item.with_content(part) for part in item.parts if isinstance(part, str)]


def may_exceed(item: Item, tokens: float) -> bool:
    """Return whether the text of an item may have more tokens: none has more than bytes, and two.

    Those two mark the beginning and the end.
    """
    texts = [part for part in item.parts if isinstance(part, str)]
    return len("\n".join(texts).encode(errors="replace")) + 2 > tokens


def is_cut(pieces: Sequence[Piece | Failed]) -> bool:
    """Return whether something else than the whole of a text is sent."""
    if len(pieces) != 1:
        return True
    piece = pieces[0]
    return isinstance(piece, Failed) or piece.truncated or piece.span is not None

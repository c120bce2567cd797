"""Amazon Titan Multimodal Embeddings G1 on Amazon Bedrock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Facts, Failed, Role
from evalkit.core.registry import plugin
from evalkit.providers._calls import Piece, Rejected, answer
from evalkit.providers._messages import is_refusal, plain
from evalkit.providers._parts import inline, text_of
from evalkit.providers._pieces import ONE_AT_A_TIME, media_piece, text_pieces
from evalkit.providers._titan import Titan, tokens_of

_MIMES = ("image/png", "image/jpeg")
_MOST_PIXELS = (2048, 2048)
_MOST_BYTES = (25_000_000 - 20_000) * 3 // 4
"""Of a file: in base64 and with 20,000 bytes for the rest, the body of a request is full."""

_MOST_CHARS = 256 * 6
"""A longer text is surely over 256 tokens; of a shorter one the service says what it counts."""


@plugin("providers", "titan_multimodal")
@dataclass(frozen=True, kw_only=True)
class TitanMultimodal(Titan):
    """Amazon Titan Multimodal Embeddings G1: a text, an image, or the average of both, in English.

    An item of texts and one image has one vector, which the service averages.
    """

    facts: ClassVar[Facts] = Facts(
        "Amazon Bedrock",
        {"text": "256 tokens", "image": "PNG or JPEG, 18.7 MB, 2048 x 2048 pixels"},
        per_call=1,
    )
    modalities: ClassVar[frozenset[str]] = frozenset({"text", "image"})
    sizes: ClassVar[tuple[int, ...]] = (1024, 384, 256)
    counted_tokens: ClassVar[float] = 256

    model_id: str = "amazon.titan-embed-image-v1"

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return the text with the image, each within its limits, or one Failed."""
        media = [part for part in item.parts if not isinstance(part, str)]
        if len(media) > 1:
            return [Failed(index, ONE_AT_A_TIME)]
        if not media:
            return text_pieces(index, item, role, most_chars=_MOST_CHARS)
        image = media_piece(
            index, item.with_content(media[0]), most_bytes=_MOST_BYTES, mimes=_MIMES,
            most_pixels=_MOST_PIXELS,
        )  # fmt: skip
        text = text_of(item)
        if isinstance(image, Failed) or not text.strip():
            return [image]
        both = text_pieces(index, item.with_content(text), role, most_chars=_MOST_CHARS)
        return [p if isinstance(p, Failed) else _with_image(p, image) for p in both]

    def embed_one(self, piece: Piece, dim: int) -> Embedded:
        """Ask for one text, image or both, once."""
        body: dict[str, object] = {"embeddingConfig": {"outputEmbeddingLength": dim}}
        if text := text_of(piece.item):
            body["inputText"] = text
        for part in piece.item.parts:
            if isinstance(part, Media):
                body["inputImage"] = inline(part)
        reply = self.invoke(body)
        if message := plain(str(reply.body.get("message") or "")):
            raise Rejected(message, refused=is_refusal(message))
        values = reply.body.get("embedding")
        return answer(piece, values, dim, tokens=tokens_of(reply), request_id=reply.request_id)


def _with_image(text: Piece, image: Piece) -> Piece:
    """Return a piece that carries a text and an image."""
    content = (text_of(text.item), *image.item.parts)
    return replace(text, item=text.item.with_content(content), tokens=text.tokens + image.tokens)

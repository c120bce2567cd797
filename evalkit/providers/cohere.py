"""Cohere Embed on Amazon Bedrock: v4, and v3 in English or multilingual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from evalkit.core.items import Item, Part
from evalkit.core.protocols import Facts, Failed, Role, Usage
from evalkit.core.registry import plugin
from evalkit.providers._bedrock import Bedrock
from evalkit.providers._calls import Call, Outcome, Piece, Transient, answer
from evalkit.providers._cohere import (
    IDS,
    MOST_BYTES,
    PAYLOAD,
    V3,
    V4,
    Offer,
    field_of,
    filled,
    shares,
)
from evalkit.providers._filing import Parameters
from evalkit.providers._page_images import DPI, check_dpi, with_pages_drawn
from evalkit.providers._parts import expect_sendable, filled_parts, inline, media_in, mixed_piece
from evalkit.providers._pieces import ONE_AT_A_TIME, media_piece, text_pieces, usage_of
from evalkit.providers._profiles import profiled

_PURPOSES = {"classification": "classification", "clustering": "clustering"}
_SIDES = {"query": "search_query", "corpus": "search_document"}


@plugin("providers", "cohere")
@dataclass(frozen=True, kw_only=True)
class Cohere(Bedrock):
    """Cohere Embed on Bedrock: texts, images and (v4) mixes of both, up to 96 a call.

    version: v4, v3-english or v3-multilingual. profile_prefix: of the inference profile, such as
    us, eu or global; "" asks for the model itself; auto takes the one of the region for v4 and none
    for v3. model_id: used as it is where given. image_url: how an image within a mix is written;
    older servers take a string. page_dpi: pixels an inch at which pages of PDF documents are drawn
    for v4, as PNG, or as JPEG where that has more than 5 MB. A text that the service itself cuts is
    marked as truncated where an estimate of four bytes a token says so, since the service does not
    tell.
    """

    facts: ClassVar[Facts] = Facts(
        "Amazon Bedrock",
        {
            "text": "128,000 tokens (v3: 512 tokens, 2,048 characters)",
            "image": "PNG, JPEG, WebP or GIF (v3: PNG or JPEG), 5 MB",
            "document": "pages as images (v4)",
        },
        switch="input_type",
        per_call=96,
        others=({"version": "v3-english"}, {"version": "v3-multilingual"}),
    )

    version: Literal["v4", "v3-english", "v3-multilingual"] = "v4"
    profile_prefix: str = "auto"
    image_url: Literal["object", "string"] = "object"
    page_dpi: int = DPI
    seen_forms: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fill in the model id of the version."""
        Bedrock.__post_init__(self)
        check_dpi(self.page_dpi)
        if not self.model_id:
            object.__setattr__(self, "model_id", IDS[self.version])
        if (images := self._offer.images) < self.facts.per_call:
            facts = replace(self.facts, per_call_of={"image": images})
            object.__setattr__(self, "facts", facts)

    @property
    def modalities(self) -> frozenset[str]:
        """Return text and image, and for v4 document pages."""
        return self._offer.modalities

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the vector sizes, widest first."""
        return self._offer.sizes

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Return unknown for v4; v3 has one size."""
        return "unknown" if self.version == "v4" else "no"

    @property
    def _offer(self) -> Offer:
        """Return what the version takes."""
        return V4 if self.version == "v4" else V3

    @property
    def asked_id(self) -> str:
        """Return the id that is sent: of an inference profile, or of the model itself."""
        if self.model_id != IDS[self.version]:
            return self.model_id
        areas = {"us": "us", "eu": "eu", "": "global"} if self.version == "v4" else {}
        return profiled(self.model_id, self.profile_prefix, self.region, areas)

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return region, input type, and what is done with a text that is too long.

        Of images v3 is told nothing but that they are some.
        """
        told = {"input_type": _input_type(role)}
        return {
            "any": self.place,
            "text": told,
            **({"image": told, "page": told} if self.version == "v4" else {}),
            "long": {"truncate": self._truncate(role)},
            "cut": {"overflow": role.overflow},
            "drawn": {"page_dpi": self.page_dpi},
        }

    @property
    def counted_tokens(self) -> float:
        """Return how many tokens of a text the service reads."""
        return self._offer.tokens

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what embedding items is expected to use; items that share a call share it."""
        images = sum(item.modality in {"image", "document"} for item in items)
        calls = images / self._offer.images + (len(items) - images) / self.facts.per_call
        return replace(usage_of(items), calls=calls)

    @property
    def batch(self) -> int:
        """Return how many items fill all calls at a time."""
        return self.facts.per_call * self.concurrency

    def _truncate(self, role: Role) -> str:
        """Return what the service is to do with a text of too many tokens."""
        return self._offer.cut if role.overflow == "truncate" else "NONE"

    # --- what is sent -------------------------------------------------------------------------

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return a text (or its parts), an image, or a mix of both, within the limits."""
        parts = filled_parts(item)
        if all(isinstance(part, str) for part in parts):
            return self._text_pieces(index, item, role)
        if len(parts) == 1:
            return [self._image(index, item.with_content(parts[0]))]
        if self.version != "v4":
            return [Failed(index, ONE_AT_A_TIME)]
        return [self._mix(index, item, parts, role)]

    def _text_pieces(self, index: int, item: Item, role: Role) -> list[Piece | Failed]:
        """Return a text, or what `role.overflow` makes of a long one."""
        offer = self._offer
        tokens = offer.tokens if role.overflow == "segment" else None
        pieces = text_pieces(index, item, role, most_chars=offer.chars, most_tokens=tokens)
        return [p if isinstance(p, Failed) else self._marked(p, role) for p in pieces]

    def _marked(self, piece: Piece, role: Role) -> Piece:
        """Return a piece, marked as truncated where the service will probably cut it."""
        cut = role.overflow == "truncate" and piece.tokens > self._offer.tokens
        return replace(piece, truncated=True) if cut else piece

    def _image(self, index: int, item: Item) -> Piece | Failed:
        """Return an image or a page, within the limits."""
        return media_piece(
            index,
            item,
            most_bytes=MOST_BYTES,
            mimes=self._offer.mimes,
            pages="document" in self.modalities,
        )

    def _mix(self, index: int, item: Item, parts: Sequence[Part], role: Role) -> Piece | Failed:
        """Return texts and images in their order, each within the limits."""
        piece = mixed_piece(
            index,
            item,
            parts,
            lambda one: self._text(index, one, role),
            lambda one: self._image(index, one),
            most_bytes=PAYLOAD,
        )
        return piece if isinstance(piece, Failed) else self._marked(piece, role)

    def _text(self, index: int, item: Item, role: Role) -> Piece | Failed:
        """Return one text of a mix, whole or cut, but never in several pieces."""
        if role.overflow == "segment":
            role = replace(role, overflow="error")
        return text_pieces(index, item, role, most_chars=self._offer.chars)[0]

    def calls(self, pieces: Iterable[Piece | Failed]) -> Iterator[Call]:
        """Yield calls of one kind of input each, of what one request may carry."""
        some = [piece for piece in pieces if isinstance(piece, Piece)]
        for field_name in ("texts", "images", "inputs"):
            most = self._offer.images if field_name == "images" else self.facts.per_call
            yield from filled([p for p in some if field_of(p.item) == field_name], most)

    # --- one call -----------------------------------------------------------------------------

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt at a call of one kind of input."""
        reply = self.invoke(self._body(call, role, dim), self.asked_id)
        rows = self._rows(reply.body)
        if not isinstance(rows, list) or len(rows) != len(call):
            seen = len(rows) if isinstance(rows, list) else "no list of"
            raise Transient(f"the service answered {seen} vectors to {len(call)} inputs.")
        return [
            answer(piece, row, dim, tokens=tokens, request_id=reply.request_id)
            for piece, row, tokens in zip(call, rows, shares(reply, call), strict=True)
        ]

    def _body(self, call: Call, role: Role, dim: int) -> dict[str, object]:
        """Return the request for a call."""
        kind = field_of(call[0].item)
        body: dict[str, object] = {
            "input_type": _input_type(role),
            kind: [self._input(self._drawn(piece.item), kind) for piece in call],
            "embedding_types": ["float"],
        }
        if kind != "images":
            body["truncate"] = self._truncate(role)
        if self.version == "v4":
            body["output_dimension"] = dim
        elif kind == "images":
            body["input_type"] = "image"
        return body

    def _drawn(self, item: Item) -> Item:
        """Return an item whose pages are images; raises Rejected where a call cannot hold them."""
        drawn = with_pages_drawn(item, self.page_dpi, MOST_BYTES)
        expect_sendable(drawn, PAYLOAD)
        return drawn

    def _input(self, item: Item, kind: str) -> object:
        """Return one element of `texts`, `images` or `inputs`."""
        if kind == "texts":
            return item.content
        if kind == "images":
            return _data_uri(item.parts[0])
        return {"content": [self._part(part) for part in item.parts]}

    def _part(self, part: Part) -> dict[str, object]:
        """Return a text or an image within a mix."""
        if isinstance(part, str):
            return {"type": "text", "text": part}
        uri = _data_uri(part)
        url: object = {"url": uri} if self.image_url == "object" else uri
        return {"type": "image_url", "image_url": url}

    def _rows(self, body: dict[str, Any]) -> object:
        """Return the vectors of an answer, which come bare or by their type."""
        rows = body.get("embeddings")
        by_type = isinstance(rows, dict)
        self.seen_forms.add("embeddings by type" if by_type else "embeddings as a list")
        return rows.get("float") if isinstance(rows, dict) else rows


def _input_type(role: Role) -> str:
    """Return what the service is told that a text is for."""
    return _PURPOSES.get(role.purpose) or _SIDES[role.side]


def _data_uri(part: Part) -> str:
    """Return an image as a data URI."""
    return f"data:{media_in(part).mime};base64,{inline(part)}"

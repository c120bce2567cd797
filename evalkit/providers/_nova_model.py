"""Amazon Nova Multimodal Embeddings: its parameters, one request and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

from evalkit.core.errors import DataError, ProviderError, UsageError, nearest
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Facts, Failed, Role, Usage
from evalkit.providers import _nova_body as body
from evalkit.providers._bedrock import Bedrock
from evalkit.providers._calls import Call, Outcome, Piece, Rejected, Transient, answer
from evalkit.providers._filing import Parameters
from evalkit.providers._nova_s3 import Folder, check_kms_key, not_allowed, parsed
from evalkit.providers._page_images import DPI, check_dpi, is_pdf_page, with_pages_drawn
from evalkit.providers._pieces import (
    ONE_AT_A_TIME,
    media_of,
    media_piece,
    size_of,
    text_pieces,
    usage_of,
)

CHARS, TOKENS, SECONDS = 50_000, 8192, 30.0
"""The most that one text has, and audio or video lasts, outside of jobs."""
IN_S3 = {"image": 50_000_000, "audio": 100_000_000, "video": 100_000_000}
"""The most bytes of one file in S3, outside of jobs."""
IN_JOBS = {"audio": 1_000_000_000, "video": 2_000_000_000}
"""The most bytes of one file in a job."""
_LEAST_INLINE, _MOST_INLINE = 1_000_000, 18_700_000
_LONG = "Set `jobs`, since jobs take more, or let the system step `segments` cut it."


@dataclass(frozen=True, kw_only=True)
class NovaModel(Bedrock):
    """What the model is, what one request to it holds, and how its answer is read.

    The parameters are told by `Nova`.
    """

    facts: ClassVar[Facts] = Facts(
        service="Amazon Bedrock",
        limits={
            "text": "50,000 characters, about 8,192 tokens; 634 MB in jobs",
            "image": "25 MB with base64, 50 MB from S3",
            "document": "a page, drawn as an image of at most 18.7 MB",
            "audio": "30 s and 25 MB with base64, 100 MB from S3; 2 h and 1 GB in jobs",
            "video": "30 s and 25 MB with base64, 100 MB from S3; 2 h and 2 GB in jobs",
        },
        switch="embeddingPurpose",
    )
    modalities: ClassVar[frozenset[str]] = frozenset(
        {"text", "image", "document", "audio", "video"}
    )
    sizes: ClassVar[tuple[int, ...]] = (3072, 1024, 384, 256)

    model_id: str = "amazon.nova-2-multimodal-embeddings-v1:0"
    nested: Literal["yes", "no", "unknown"] = "yes"
    purpose: str = ""
    detail: body.Detail = "auto"
    page_dpi: int = DPI
    video_mode: body.VideoMode = "combined"
    truncation: body.Truncation = "END"
    segment_seconds: int = 5
    segment_chars: int = 32_000
    jobs: str = ""
    kms_key: str = ""
    keep_outputs: bool = False
    max_inline_bytes: int = _MOST_INLINE
    batch_role: str = ""
    batch_minimum: int = 100
    batch_hours: float = 24.0
    seen_forms: set[str] = field(init=False, repr=False, compare=False, default_factory=set)

    def __post_init__(self) -> None:
        """Refuse parameters that the service would refuse."""
        Bedrock.__post_init__(self)
        if self.purpose and self.purpose not in body.PURPOSES:
            raise UsageError(f"purpose: '{self.purpose}'; {nearest(self.purpose, body.PURPOSES)}")
        check_dpi(self.page_dpi)
        if not 1 <= self.segment_seconds <= 30:
            raise UsageError(f"segment_seconds: {self.segment_seconds} is not from 1 to 30.")
        if not 800 <= self.segment_chars <= CHARS:
            raise UsageError(f"segment_chars: {self.segment_chars} is not from 800 to 50000.")
        _check_inline(self.max_inline_bytes)
        if not self.batch_hours > 0:
            raise UsageError(f"batch_hours: {self.batch_hours} is no time to wait.")
        if self.batch_role and not self.jobs:
            raise UsageError("batch_role: batch jobs need a folder too; set `jobs`.")
        if self.jobs:
            parsed(self.jobs)
        check_kms_key(self.kms_key)

    def unusable(self) -> str:
        """Return what is missing here or not allowed, "" for nothing; asks no network."""
        return (self.jobs and not_allowed(self.jobs)) or Bedrock.unusable(self)

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return what enters requests besides the item, and for what items."""
        segments = self.segment_chars if self.jobs and role.overflow == "segment" else 0
        return {
            "any": {
                **self.place,
                "purpose": body.purpose_of(role, self.purpose, self.detail),
            },
            "long": {"truncation": self._truncation(role)},
            "cut": {"overflow": role.overflow, "segment_chars": segments},
            "image": {"detail": body.level_of(self.detail, page=False)},
            "page": {"detail": body.level_of(self.detail, page=True)},
            "drawn": {"page_dpi": self.page_dpi, "max_inline_bytes": self.max_inline_bytes},
            "video": {"video_mode": self.video_mode},
            "job": {"segment_seconds": self.segment_seconds},
        }

    @property
    def counted_tokens(self) -> float:
        """Return how many tokens of a text the service reads."""
        return TOKENS

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return calls, tokens, images and seconds."""
        return usage_of(items)

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return what is sent for an item: one piece, or the parts of a long text."""
        if item.modality == "text":
            return self._text_pieces(index, item, role)
        kind = "image" if item.modality == "document" else item.modality
        if kind not in IN_S3:
            return [Failed(index, ONE_AT_A_TIME)]
        piece = media_piece(
            index,
            item,
            most_bytes=IN_S3[kind] if self.jobs else self.max_inline_bytes,
            mimes=body.FORMATS,
            most_seconds=SECONDS,
            pages=True,
        )
        if isinstance(piece, Failed) and not self.jobs and is_long(item, self.max_inline_bytes):
            return [replace(piece, reason=f"{piece.reason} {_LONG}")]
        return [piece]

    def _text_pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return the pieces of a text; the service itself cuts what is over its tokens.

        Where nothing may be cut, the tokens are estimated and what is probably over is not sent.
        """
        if role.overflow != "truncate":
            return text_pieces(index, item, role, most_chars=CHARS, most_tokens=TOKENS)
        text = body.text_of(item)
        if self.truncation == "START" and len(text) > CHARS:
            ending = text_pieces(index, item.with_content(text[-CHARS:]), role, most_chars=CHARS)
            return [p if isinstance(p, Failed) else replace(p, truncated=True) for p in ending]
        return text_pieces(index, item, role, most_chars=CHARS)

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt at one input."""
        piece = call[0]
        try:
            request = self._request(piece.item, role, dim)
        except DataError as e:
            raise Rejected(str(e)) from None
        reply = self.invoke(request)
        found = self._outcomes(piece, reply.body, role, dim)
        first = replace(found[0], tokens=reply.tokens)
        return [replace(one, request_id=reply.request_id) for one in (first, *found[1:])]

    def _request(self, item: Item, role: Role, dim: int) -> body.Json:
        """Return the body that asks for one input, a page of a PDF document drawn."""
        drawn = with_pages_drawn(item, self.page_dpi, self.max_inline_bytes)
        purpose = body.purpose_of(role, self.purpose, self.detail)
        return body.single(purpose, dim, self._content(drawn, role))

    def _content(self, item: Item, role: Role) -> body.Json:
        """Return what a request says of its input; big media go to S3 first."""
        if item.modality == "text":
            return body.text_content({"value": body.text_of(item)}, self._truncation(role))
        if self._fits_inline(item):
            source = body.inline(item)
        else:
            media = media_of(item)
            source = body.in_s3(self.folder.store(media, body.FORMATS[media.mime]))
        return body.media_content(item, source, self.detail, self.video_mode)

    def _outcomes(
        self, piece: Piece, said: Mapping[str, Any], role: Role, dim: int
    ) -> list[Embedded]:
        """Return the vectors of an answer: one, or VIDEO and AUDIO where those are separate."""
        rows = said.get("embeddings")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Transient("the service's answer holds no list of embeddings.")
        split = self._is_split(piece.item)
        if not 1 <= len(rows) <= 1 + split:
            raise Transient(f"the service answered {len(rows)} vectors where 1 was expected.")
        cut = any(row.get("truncatedCharLength") for row in rows)
        if cut and role.overflow == "error":
            raise Rejected("its text has more tokens than the model takes, which cut it.")
        kinds = self._kinds(rows) if split else ["whole"]
        return [
            answer(piece, row.get("embedding"), dim, kind=kind, truncated=cut)
            for row, kind in zip(rows, kinds, strict=True)
        ]

    def _kinds(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the kind of each separate vector: by its type, else by its place."""
        typed = [str(row.get("embeddingType") or "") for row in rows]
        if not all(typed):
            self.seen_forms.add("no embeddingType")
            return ["VIDEO by place", "AUDIO by place"][: len(rows)]
        if len(set(typed)) < len(typed):
            raise Transient(f"the service answered {typed[0]} twice.")
        return typed

    def _is_split(self, item: Item) -> bool:
        """Return whether an item is embedded as picture and sound apart."""
        return item.modality == "video" and self.video_mode == "separate"

    def _truncation(self, role: Role) -> body.Truncation:
        """Return which end is dropped; none where a suite wants an error instead."""
        return "NONE" if role.overflow == "error" else self.truncation

    def _fits_inline(self, item: Item) -> bool:
        """Return whether an item goes into the request itself, as pages that are drawn do."""
        if item.modality == "text" or is_pdf_page(item.parts[0]):
            return True
        return size_of(media_of(item)) <= self.max_inline_bytes

    @cached_property
    def folder(self) -> Folder:
        """Return the folder of S3 for inputs and results; raises ProviderError without one."""
        if not self.jobs:
            raise ProviderError("jobs: name an S3 folder, such as s3://bucket/folder.")
        folder = Folder(self, self.connect("s3", attempts=5), self.jobs, self.kms_key)
        folder.check()
        return folder


def _check_inline(most: int) -> None:
    """Raise UsageError for files in requests that are too big for one, or hardly allowed at all."""
    if most < _LEAST_INLINE:
        raise UsageError(f"max_inline_bytes: {most} is under {_LEAST_INLINE}.")
    if most > _MOST_INLINE:
        raise UsageError(
            f"max_inline_bytes: {most} is over {_MOST_INLINE}, which base64 makes the 25 MB that "
            "a request may have. Bigger files go through S3: set `jobs`."
        )


def is_long(item: Item, most_bytes: int) -> bool:
    """Return whether an item is audio or video that has too many bytes or seconds for a request."""
    if item.modality not in IN_JOBS:
        return False
    try:
        media = media_of(item)
        return size_of(media) > most_bytes or lasts(media) > SECONDS
    except DataError:
        return False  # which is told elsewhere


def lasts(media: Media) -> float:
    """Return how many seconds media last, 0 where that cannot be told."""
    from evalkit.media.durations import seconds

    return seconds(media) or 0.0

"""What is sent to Amazon Nova Multimodal Embeddings: purposes, formats and the JSON of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from evalkit.core.items import Item, Page
from evalkit.core.protocols import Role
from evalkit.providers._pieces import base64_text, media_of

INDEX = "GENERIC_INDEX"
RETRIEVAL = {
    "text": "TEXT_RETRIEVAL",
    "image": "IMAGE_RETRIEVAL",
    "document": "DOCUMENT_RETRIEVAL",
    "video": "VIDEO_RETRIEVAL",
    "audio": "AUDIO_RETRIEVAL",
}
PURPOSES = frozenset({"GENERIC_RETRIEVAL", "CLASSIFICATION", "CLUSTERING", *RETRIEVAL.values()})
"""What a suite may set in place of the table: everything but the purpose of the index."""
FORMATS = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/x-ms-wmv": "wmv",
    "video/3gpp": "3gp",
}

Detail = Literal["auto", "standard", "document"]
VideoMode = Literal["combined", "separate"]
Truncation = Literal["END", "START", "NONE"]
Json = dict[str, object]


def purpose_of(role: Role, override: str, detail: Detail) -> str:
    """Return the embeddingPurpose of a role.

    Classification and clustering are the same on both sides. For retrieval the corpus is
    GENERIC_INDEX, and a query says what lies in the index: one modality, or a mix. Images count as
    what `detail` makes of them.
    """
    if role.purpose != "retrieval":
        return override or role.purpose.upper()
    if role.side == "corpus":
        return INDEX
    kinds = {_as_indexed(kind, detail) for kind in role.corpus_modalities}
    one = next(iter(kinds)) if len(kinds) == 1 else ""
    return override or RETRIEVAL.get(one, "GENERIC_RETRIEVAL")


def _as_indexed(kind: str, detail: Detail) -> str:
    """Return an image or a document as the level of detail has it, everything else as it is."""
    asked = {"standard": "image", "document": "document"}.get(detail, kind)
    return asked if kind in {"image", "document"} else kind


def inline(item: Item) -> Json:
    """Return the bytes of an item's media as a source."""
    return {"bytes": base64_text(media_of(item).read())}


def in_s3(uri: str) -> Json:
    """Return an object in S3 as a source."""
    return {"s3Location": {"uri": uri}}


def text_of(item: Item) -> str:
    """Return the text of an item, its parts joined by line breaks."""
    return "\n".join(part for part in item.parts if isinstance(part, str))


def text_content(value: Json, truncation: Truncation) -> Json:
    """Return what a request says of a text; value: `{"value": text}` or `{"source": ...}`."""
    return {"text": {"truncationMode": truncation, **value}}


def media_content(item: Item, source: Json, detail: Detail, video: VideoMode) -> Json:
    """Return what a request says of an image, a document page, audio or video."""
    mime = media_of(item).mime
    kind = mime.partition("/")[0]
    told: Json = {"format": FORMATS[mime], "source": source}
    if kind == "image":
        told["detailLevel"] = level_of(detail, page=isinstance(item.parts[0], Page))
    if kind == "video":
        told["embeddingMode"] = f"AUDIO_VIDEO_{video.upper()}"
    return {kind: told}


def level_of(detail: Detail, *, page: bool) -> str:
    """Return the detailLevel of an image, which may be a page of a document."""
    fine = detail == "document" or (detail == "auto" and page)
    return "DOCUMENT_IMAGE" if fine else "STANDARD_IMAGE"


def single(purpose: str, dim: int, content: Mapping[str, object]) -> Json:
    """Return the body of a request that embeds one input at once."""
    return _body("SINGLE_EMBEDDING", "singleEmbeddingParams", purpose, dim, content)


def segmented(purpose: str, dim: int, content: Json, segmentation: Json) -> Json:
    """Return the body of a job that cuts its input; segmentation: how long a segment is."""
    cut = {
        kind: {**told, "segmentationConfig": segmentation}
        for kind, told in content.items()
        if isinstance(told, dict)
    }
    return _body("SEGMENTED_EMBEDDING", "segmentedEmbeddingParams", purpose, dim, cut)


def _body(task: str, under: str, purpose: str, dim: int, content: Mapping[str, object]) -> Json:
    """Return the envelope that both kinds of request share."""
    return {
        "schemaVersion": "nova-multimodal-embed-v1",
        "taskType": task,
        under: {"embeddingPurpose": purpose, "embeddingDimension": dim, **content},
    }

"""Gemini's embeddings of the Developer API, and Vertex AI's multimodal embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.services import bodies, vectors
from tests.services.answers import Answer, Row
from tests.services.calls import Call, checked
from tests.services.inputs import AUDIOS, IMAGES, VIDEOS, Input, is_format, of_base64, seconds
from tests.services.models import noted, row
from tests.services.schema import plain_base64
from tests.services.trouble import Trouble, invalid

_PAYLOAD = "Invalid JSON payload received. {}"
_ADVISED = 3072
_TEXT_ONLY = "gemini-embedding-001"
GEMINI = (_TEXT_ONLY, "gemini-embedding-2", "gemini-embedding-2-preview")


def gemini_batch(call: Call) -> Answer:
    """Answer :batchEmbedContents, one vector for each request, in their order."""
    model = _gemini_model(call)
    asked = checked(call.json(), bodies.GEMINI_BATCH, _PAYLOAD)["requests"]
    if len(asked) > 100:
        raise invalid("BatchEmbedContentsRequest: at most 100 requests can be in one batch")
    for n, one in enumerate(asked):
        if one.get("model") != f"models/{model}":
            raise invalid(f"requests[{n}].model: expected models/{model}.")
    found = [_gemini_one(one, call, model) for one in asked]
    rows = tuple(made for made, _ in found)
    inputs = tuple(note for _, notes in found for note in notes)
    return Answer(rows, lambda rows: {"embeddings": [{"values": r.numbers} for r in rows]}, inputs)


def gemini_single(call: Call) -> Answer:
    """Answer :embedContent, one vector."""
    model = _gemini_model(call)
    made, inputs = _gemini_one(checked(call.json(), bodies.GEMINI, _PAYLOAD), call, model)

    def tell(rows: Sequence[Row]) -> dict[str, object]:
        return {"embedding": {"values": rows[0].numbers if rows else []}}

    return Answer((made,), tell, inputs)


def _gemini_model(call: Call) -> str:
    model = call.names["model"]
    if model not in GEMINI:
        raise Trouble("not found", f"models/{model} is not found for API version v1beta.")
    return model


def _gemini_one(asked: Any, call: Call, model: str) -> tuple[Row, Any]:
    """Return the vector of one content, whose parts make one vector; cut ones are not unit."""
    purpose, dim = asked.get("taskType", ""), asked.get("outputDimensionality", _ADVISED)
    if model != _TEXT_ONLY and purpose:
        raise invalid(f"taskType is not supported by {model}: say the task in the text.")
    if "title" in asked and purpose != "RETRIEVAL_DOCUMENT":
        raise invalid("title is only applicable when the task type is RETRIEVAL_DOCUMENT.")
    given = [_gemini_part(part, model) for part in asked["content"]["parts"]]
    made = row(call, vectors.mean([one.vector() for one in given]), _ADVISED)
    cut = replace(made, vector=vectors.sized(made.vector, dim, unit=False))
    return cut, noted(model, purpose, dim, given)


def _gemini_part(part: Any, model: str) -> Input:
    if "text" in part:
        if not part["text"].strip():
            raise invalid("content is empty: a text part has no text.")
        return Input("text", part["text"])
    if model == _TEXT_ONLY:
        raise invalid(f"{model} takes text only.")
    blob = part.get("inlineData") or part["inline_data"]
    mime = blob.get("mimeType") or blob["mime_type"]
    kind = "document" if mime == "application/pdf" else mime.partition("/")[0]
    formats = {"image": IMAGES, "audio": AUDIOS, "video": VIDEOS, "document": ("pdf",)}.get(kind)
    if formats is None:
        raise invalid(f"Unsupported MIME type: {mime}")
    given = of_base64(kind, plain_base64(blob["data"]), formats)
    if given.mime != mime and not _same(given, mime):
        raise invalid(f"The bytes are {given.mime}, not {mime}.")
    return given


def _same(given: Input, mime: str) -> bool:
    """Return whether another spelling of a MIME type names the same format."""
    spelled = mime.partition("/")[2].removeprefix("x-")
    return {"mpeg": "mp3", "quicktime": "mov", "wave": "wav"}.get(spelled, spelled) == given.format


# --- Vertex AI ------------------------------------------------------------------------------------


def vertex(call: Call) -> Answer:
    """Answer :predict of multimodalembedding@001: a vector for text, for picture, for clips."""
    model = call.names["model"]
    if model != "multimodalembedding@001":
        raise Trouble("not found", f"Publisher Model `{model}` is not found.")
    body = checked(call.json(), bodies.VERTEX, _PAYLOAD)
    asked, dim = body["instances"][0], body.get("parameters", {}).get("dimension", 1408)
    given: list[Input] = []
    rows: list[Row] = []
    if "text" in asked:
        given.append(Input("text", asked["text"]))
        rows.append(row(call, given[-1].vector(), dim, field="textEmbedding"))
    if "image" in asked:
        given.append(_vertex_media("image", asked["image"], IMAGES, 20_000_000))
        rows.append(row(call, given[-1].vector(), dim, field="imageEmbedding"))
    if "video" in asked:
        given.append(_vertex_media("video", asked["video"], VIDEOS, 10**9))
        rows += _clips(given[-1], asked["video"].get("videoSegmentConfig", {}), call)

    return Answer(tuple(rows), _predictions, noted(model, "", dim, given), named=True)


def _predictions(rows: Sequence[Row]) -> dict[str, object]:
    told: dict[str, Any] = {}
    for one in rows:
        if one.about["field"] == "videoEmbeddings":
            clip = {k: v for k, v in one.about.items() if k != "field"}
            told.setdefault("videoEmbeddings", []).append({**clip, "embedding": one.numbers})
        else:
            told[str(one.about["field"])] = one.numbers
    return {"predictions": [told] if told else [], "deployedModelId": "0"}


def _vertex_media(kind: str, media: Any, formats: tuple[str, ...], most: int) -> Input:
    if "gcsUri" in media:
        raise invalid("This server has no Cloud Storage: send the bytes.")
    given = of_base64(kind, plain_base64(media["bytesBase64Encoded"]), formats)
    if len(given.data) > most:
        raise invalid(f"The {kind} is larger than {most} bytes.")
    mime = media.get("mimeType", given.mime)
    if mime.partition("/")[0] != kind or not any(is_format(given.data, f) for f in formats):
        raise invalid(f"Unsupported MIME type: {mime}")
    return given


def _clips(given: Input, config: Any, call: Call) -> list[Row]:
    """Return the vectors of clips of a video, which always have 1408 values."""
    start = config.get("startOffsetSec", max(0, config.get("endOffsetSec", 0) - 120))
    end = config.get("endOffsetSec", start + 120)
    interval = config.get("intervalSec", 16)
    if end <= start or end - start > 120:
        raise invalid("A video segment lasts from 1 to 120 seconds.")
    last = min(float(end), seconds(given))
    clips = []
    for begin in range(start, max(start + 1, -(-int(last * 1000) // 1000)), interval):
        stop = min(begin + interval, round(last, 3))
        vector = given.track("sight", (begin, stop))
        place = {"startOffsetSec": begin, "endOffsetSec": stop}
        clips.append(row(call, vector, 1408, field="videoEmbeddings", **place))
    return clips

"""What each model on Bedrock answers to a body that fits its schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32
from tests.services import vectors
from tests.services.answers import Answer, Row
from tests.services.calls import Call, tokens
from tests.services.inputs import (
    IMAGES,
    Input,
    Track,
    has_sound,
    is_format,
    of_base64,
    of_source,
    of_uri,
    pixels,
    refuse_forbidden,
    seconds,
)
from tests.services.traffic import Answered
from tests.services.trouble import invalid

_MB = 1_000_000
_COUNT = "X-Amzn-Bedrock-Input-Token-Count"
NOVA_TOKENS = 8192


def row(call: Call, vector: Float32, dim: int, **about: object) -> Row:
    """Return a vector of full width as a row of the asked size, moved as the settings say."""
    moved = vectors.shifted(vector, call.world.settings.drift)
    return Row(vectors.sized(moved, dim), about)


def noted(
    model: str, purpose: str, dim: int, inputs: Sequence[Input], mode: str = ""
) -> tuple[Answered, ...]:
    """Return what the log keeps of inputs."""
    return tuple(Answered(model, purpose, dim, i.digest, i.kind, mode) for i in inputs)


def too_long(text: str, most: int) -> None:
    """Raise Trouble for a text of more tokens than a model takes."""
    if tokens(text) > most:
        raise invalid(
            f"400 Bad Request: Too many input tokens. Max input tokens: {most}, "
            f"request input token count: {tokens(text)}"
        )


# --- Amazon Nova ----------------------------------------------------------------------------------


def nova(body: Any, call: Call, model: str) -> Answer:
    """Answer one text, image, sound or video."""
    asked = body["singleEmbeddingParams"]
    dim = asked.get("embeddingDimension", 3072)
    kind = next(k for k in ("text", "image", "audio", "video") if k in asked)
    given, about = _nova_input(asked, kind, call)
    refuse_forbidden(given)
    whole = given if not about else Input("text", _nova_cut(given.text, asked["text"]))
    made = (
        {kind.upper(): whole.vector()}
        if kind != "video"
        else {t: whole.track(track) for t, track in nova_tracks(given, asked[kind])}
    )
    rows = tuple(row(call, vector, dim, embeddingType=t, **about) for t, vector in made.items())
    return Answer(
        rows,
        lambda rows: {"embeddings": [{**r.about, "embedding": r.numbers} for r in rows]},
        noted(model, asked["embeddingPurpose"], dim, [given], nova_mode(asked[kind])),
        {_COUNT: str(min(tokens(given.text), NOVA_TOKENS))} if kind == "text" else {},
        named=len(rows) > 1,
    )


def nova_mode(content: Any) -> str:
    """Return how closely an image is read, or how a video is embedded, "" for anything else."""
    usual = "STANDARD_IMAGE" if content.get("format") in IMAGES else ""
    return str(content.get("embeddingMode") or content.get("detailLevel", usual))


def nova_tracks(given: Input, content: Any) -> tuple[tuple[str, Track], ...]:
    """Return the types of the vectors that a video gets, and what of it each is of.

    A video without sound has no vector of it.
    """
    if content["embeddingMode"] != "AUDIO_VIDEO_SEPARATE":
        return (("AUDIO_VIDEO_COMBINED", "both"),)
    seen: tuple[str, Track] = ("VIDEO", "sight")
    return (seen, ("AUDIO", "sound")) if has_sound(given) else (seen,)


def _nova_input(asked: Any, kind: str, call: Call) -> tuple[Input, dict[str, object]]:
    """Return what is to be embedded, and where it is cut if it is."""
    if kind != "text":
        given = _nova_media(asked[kind], kind, call)
        page = nova_mode(asked[kind]) == "DOCUMENT_IMAGE"
        return replace(given, page=page), {}
    content = asked["text"]
    text = content.get("value") or nova_object(content, call, _MB)
    if not text.strip():
        raise invalid("The text is empty.")
    if len(text) > 50_000:
        raise invalid(f"Malformed input request: expected maxLength: 50000, actual: {len(text)}")
    if tokens(text) <= NOVA_TOKENS:
        return Input("text", text), {}
    if content["truncationMode"] == "NONE":
        raise invalid("The text exceeds the maximum length and truncationMode is NONE.")
    return Input("text", text), {"truncatedCharLength": NOVA_TOKENS * 4}


def nova_object(content: Any, call: Call, most: int) -> str:
    """Return the text of an S3 object."""
    data = call.world.files.read(content["source"]["s3Location"]["uri"], call.region)
    if len(data) > most:
        raise invalid(f"The text of {len(data)} bytes exceeds the maximum of {most} bytes.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise invalid("The text is not UTF-8.") from None


def _nova_cut(text: str, content: Any) -> str:
    most = NOVA_TOKENS * 4
    return text[:most] if content["truncationMode"] == "END" else text[-most:]


def _nova_media(content: Any, kind: str, call: Call) -> Input:
    """Return media of at most 30 seconds."""
    most = 50 * _MB if kind == "image" else 100 * _MB
    files, region = call.world.files, call.region
    given = of_source(content["source"], kind, content["format"], files, region, most)
    if kind != "image" and (length := seconds(given)) > 30:
        raise invalid(f"The {kind} of {length:.1f} seconds exceeds the maximum of 30 seconds.")
    return given


# --- Amazon Titan ---------------------------------------------------------------------------------


def titan_text(body: Any, call: Call, model: str) -> Answer:
    """Answer one text; a vector that is not normalised is longer."""
    text, dim = body["inputText"], body.get("dimensions", 1024)
    types = body.get("embeddingTypes", ["float"])
    if not text.strip():
        raise invalid("Malformed input request: inputText is blank")
    too_long(text, 8192)
    given = Input("text", text)
    made = row(call, given.vector(), dim)
    if not body.get("normalize", True):
        made = Row(made.vector * np.float32(7.5))

    def tell(rows: Sequence[Row]) -> dict[str, object]:
        numbers = rows[0].numbers if rows else []
        by_type = {"float": numbers, "binary": [int(n > 0) for n in numbers]}
        told: dict[str, object] = {"embeddingsByType": {t: by_type[t] for t in types}}
        if "float" in types:
            told["embedding"] = numbers
        return told | {"inputTextTokenCount": tokens(text)}

    return Answer((made,), tell, noted(model, "", dim, [given]))


def titan_multimodal(body: Any, call: Call, model: str) -> Answer:
    """Answer a text, a picture, or the mean of both."""
    dim = body.get("embeddingConfig", {}).get("outputEmbeddingLength", 1024)
    text = body.get("inputText", "")
    given = [Input("text", text)] if text else []
    too_long(text, 256)
    if "inputImage" in body:
        picture = of_base64("image", body["inputImage"], IMAGES)
        if max(pixels(picture)) > 2048:
            raise invalid("The image is larger than 2048 x 2048 pixels.")
        given.append(picture)
    made = row(call, vectors.mean([i.vector() for i in given]), dim)

    def tell(rows: Sequence[Row]) -> dict[str, object]:
        numbers = rows[0].numbers if rows else []
        return {"embedding": numbers, "inputTextTokenCount": tokens(text), "message": None}

    return Answer((made,), tell, noted(model, "", dim, given))


# --- Cohere Embed ---------------------------------------------------------------------------------


def cohere_v4(body: Any, call: Call, model: str) -> Answer:
    """Answer up to 96 texts, pictures, or mixes of both."""
    most = body.get("max_tokens", 128_000)
    groups: list[list[Input]] = [[Input("text", text)] for text in body.get("texts", ())]
    groups += [[_cohere_image(uri, IMAGES)] for uri in body.get("images", ())]
    groups += [[_cohere_part(p) for p in mix["content"]] for mix in body.get("inputs", ())]
    for one in (i for group in groups for i in group if i.kind == "text"):
        if body.get("truncate", "RIGHT") == "NONE":
            too_long(one.text, most)
    count = sum(tokens(i.text) for group in groups for i in group)
    answer = _cohere(body, call, model, groups, body.get("output_dimension", 1536))
    return Answer(answer.rows, answer.tell, answer.inputs, {_COUNT: str(count)})


def cohere_v3(body: Any, call: Call, model: str) -> Answer:
    """Answer up to 96 texts, or one picture."""
    if ("images" in body) != (body["input_type"] == "image"):
        raise invalid("Malformed input request: images go with input_type image, and texts do not.")
    groups = [[Input("text", text)] for text in body.get("texts", ())]
    groups += [[_cohere_image(uri, ("png", "jpeg"))] for uri in body.get("images", ())]
    return _cohere(body, call, model, groups, 1024)


def _cohere_image(uri: str, formats: tuple[str, ...]) -> Input:
    return of_uri(uri, formats, 5 * _MB)


def _cohere_part(part: Any) -> Input:
    if part["type"] == "text":
        return Input("text", part["text"])
    url = part["image_url"]
    return _cohere_image(url if isinstance(url, str) else url["url"], IMAGES)


def _cohere(body: Any, call: Call, model: str, groups: list[list[Input]], dim: int) -> Answer:
    """Answer groups of inputs with one vector each, in their order."""
    types = body.get("embedding_types")
    rows = tuple(row(call, vectors.mean([i.vector() for i in g]), dim) for g in groups)
    echo = {k: body[k] for k in ("texts", "inputs") if k in body}
    if "images" in body:
        echo["images"] = [_described(group[0]) for group in groups]

    def tell(rows: Sequence[Row]) -> dict[str, object]:
        told: dict[str, object] = {"id": "00000000-0000-4000-8000-000000000000", **echo}
        if types is None:
            found: object = [r.numbers for r in rows]
            return told | {"response_type": "embeddings_floats", "embeddings": found}
        found = {kind: [_quantised(r, kind) for r in rows] for kind in types}
        return told | {"response_type": "embeddings_by_type", "embeddings": found}

    inputs = [i for group in groups for i in group]
    return Answer(rows, tell, noted(model, body["input_type"], dim, inputs))


def _described(picture: Input) -> dict[str, object]:
    width, height = pixels(picture)
    return {"format": picture.format, "width": width, "height": height, "bit_depth": 24}


def _quantised(one: Row, kind: str) -> list[float]:
    """Return a row as Cohere's type of numbers."""
    if kind == "float":
        return one.numbers
    values = np.nan_to_num(one.vector)
    bits = np.packbits(values > 0).astype(np.int64)
    eighths = np.clip(np.rint(values * 127), -128, 127).astype(np.int64)
    found: dict[str, Any] = {
        "int8": eighths,
        "uint8": eighths + 128,
        "binary": bits - 128,
        "ubinary": bits,
    }
    listed: list[float] = found[kind].tolist()
    return listed


# --- TwelveLabs Marengo ---------------------------------------------------------------------------


def marengo_2(body: Any, call: Call, model: str) -> Answer:
    """Answer one text or picture."""
    if body["inputType"] == "text":
        given = marengo_text(body["inputText"], body.get("textTruncate", "end"), 77)
    else:
        given = marengo_image(body["mediaSource"], call)
    return _marengo([given], call, model, 1024)


def marengo_3(body: Any, call: Call, model: str) -> Answer:
    """Answer one text, one picture, both as one, or a text that names several pictures."""
    asked = body[body["inputType"]]
    given = []
    if "inputText" in asked:
        given.append(marengo_text(asked["inputText"], "none", 500))
    if "mediaSource" in asked:
        given.append(marengo_image(asked["mediaSource"], call))
    for source in asked.get("mediaSources", ()):
        if f"<@{source['name']}>" not in asked["inputText"]:
            raise invalid(f"inputText does not name the media source {source['name']}.")
        given.append(marengo_image(source, call))
    return _marengo(given, call, model, 512)


def marengo_text(text: str, truncate: str, most: int) -> Input:
    """Return a text of so many tokens, cut where the request allows that."""
    if truncate == "none":
        too_long(text, most)
    return Input("text", text)


def marengo_image(source: Any, call: Call) -> Input:
    """Return a picture of at most 5 MB, inline or from S3."""
    if "base64String" in source:
        given = of_base64("image", source["base64String"], IMAGES)
    else:
        data = call.world.files.read(source["s3Location"]["uri"], call.region)
        found = [f for f in IMAGES if is_format(data, f)]
        given = Input("image", data=data, format=found[0] if found else "unknown")
    if len(given.data) > 5 * _MB or given.format == "unknown":
        raise invalid("The image is larger than 5 MB or of an unsupported format.")
    return given


def _marengo(given: list[Input], call: Call, model: str, dim: int) -> Answer:
    made = row(call, vectors.mean([i.vector() for i in given]), dim)
    return Answer(
        (made,),
        lambda rows: {"data": [{"embedding": r.numbers} for r in rows]},
        noted(model, "", dim, given),
    )

"""What jobs write: vectors of the parts of one input, or of every record of a batch."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evalkit.core.arrays import Float32
from tests.services import vectors
from tests.services.answers import Answer
from tests.services.bedrock import MARENGO_3, NOVA
from tests.services.bodies import BATCH_LINE
from tests.services.calls import Call, checked
from tests.services.inputs import (
    AUDIOS,
    VIDEOS,
    Input,
    Track,
    of_base64,
    of_source,
    refuse_forbidden,
    seconds,
)
from tests.services.models import (
    NOVA_TOKENS,
    marengo_image,
    noted,
    nova_mode,
    nova_object,
    nova_tracks,
    row,
)
from tests.services.traffic import Answered
from tests.services.trouble import Trouble, invalid

_MB = 1_000_000
_HOURS = 2 * 3600


def write(name: str, body: Any, call: Call, uri: str, fate: str) -> tuple[Answered, ...]:
    """Write the results of an asynchronous job below a uri; return what was embedded."""
    return (_nova if name == NOVA else _marengo)(name, body, call, uri, fate)


def _put(call: Call, uri: str, value: object) -> None:
    call.world.files.write(uri, json.dumps(value).encode())


# --- Amazon Nova ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segment:
    """A part of an input: its vector of full width, and where it lies."""

    vector: Float32
    place: Mapping[str, float]


def _nova(name: str, body: Any, call: Call, uri: str, fate: str) -> tuple[Answered, ...]:
    asked = body["segmentedEmbeddingParams"]
    dim = asked.get("embeddingDimension", 3072)
    kind = next(k for k in ("text", "image", "audio", "video") if k in asked)
    given = _nova_input(asked[kind], kind, call)
    found = []
    for type_, track in _tracks(given, asked[kind]):
        suffix = "json" if kind == "image" else "jsonl"
        place = f"{uri}/embedding-{_FILES.get(type_, type_.lower())}.{suffix}"
        segments = list(_segments(given, asked[kind], track))
        lines = [_line(n, one, call, dim) for n, one in enumerate(segments)]
        refused = _refused(given, fate)
        for line in _failing(lines, fate, refused):
            del line["embedding"]
            line |= {"status": "FAILURE", "failureReason": refused or "INTERNAL_SERVER_EXCEPTION"}
            line |= {"message": "The segment could not be embedded."}
        call.world.files.write(place, "".join(json.dumps(one) + "\n" for one in lines).encode())
        found.append({"embeddingType": type_, **_status(lines), "outputFileUri": place})
    source = asked[kind].get("source", {}).get("s3Location", {}).get("uri", "")
    summary = {"sourceFileUri": source, "embeddingDimension": dim, "embeddingResults": found}
    _put(call, f"{uri}/segmented-embedding-result.json", summary)
    _put(call, f"{uri}/manifest.json", {"results": [one["outputFileUri"] for one in found]})
    embedded = any(one["status"] != "FAILURE" for one in found)
    mode = nova_mode(asked[kind])
    return noted(name, asked["embeddingPurpose"], dim, [given], mode) if embedded else ()


_FILES = {"AUDIO_VIDEO_COMBINED": "audio-video"}


def _tracks(given: Input, content: Any) -> tuple[tuple[str, Track], ...]:
    """Return the types of the files that a job writes, and what of the input each is of."""
    if given.kind == "video":
        return nova_tracks(given, content)
    return ((given.kind.upper(), "both"),)


def _nova_input(content: Any, kind: str, call: Call) -> Input:
    if kind == "text":
        return Input("text", content.get("value") or nova_object(content, call, 634 * _MB))
    most = {"image": 50 * _MB, "audio": 1000 * _MB, "video": 2000 * _MB}[kind]
    files, region = call.world.files, call.region
    given = of_source(content["source"], kind, content["format"], files, region, most)
    if kind != "image" and seconds(given) > _HOURS:
        raise invalid(f"The {kind} is longer than 2 hours.")
    return replace(given, page=nova_mode(content) == "DOCUMENT_IMAGE")


def _segments(given: Input, content: Any, track: Track) -> Iterator[Segment]:
    if given.kind == "image":
        yield Segment(given.vector(), {})
    elif given.kind == "text":
        most = content["segmentationConfig"].get("maxLengthChars", 32_000)
        for start, end in _words(given.text, most):
            part = given.text[start : min(end, start + NOVA_TOKENS * 4)]
            place = {"segmentStartCharPosition": start, "segmentEndCharPosition": end}
            cut = len(part) if len(part) < end - start else 0
            yield Segment(vectors.of_text(part), {**place, "truncatedCharLength": cut})
    else:
        length = content["segmentationConfig"].get("durationSeconds", 5)
        for begin, stop in _spans(seconds(given), length):
            vector = given.track(track, (begin, stop))
            yield Segment(vector, {"segmentStartSeconds": begin, "segmentEndSeconds": stop})


def _words(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Yield where to cut a text into parts of at most so many characters, between words."""
    start = 0
    while start < len(text):
        end = min(start + most, len(text))
        gap = text.rfind(" ", start + 1, end + 1)
        if end < len(text) and gap > start:
            end = gap + 1 if gap + 1 - start <= most else gap
        yield start, end
        start = end


def _spans(total: float, length: float) -> Iterator[tuple[float, float]]:
    """Yield from and to of parts of so many seconds; the last is what is left."""
    for n in range(max(1, -(-int(total * 1000) // int(length * 1000)))):
        yield n * length, round(min((n + 1) * length, total), 3)


def _line(n: int, segment: Segment, call: Call, dim: int) -> dict[str, Any]:
    return {
        "embedding": row(call, segment.vector, dim).numbers,
        "segmentMetadata": {"segmentIndex": n, **segment.place},
        "status": "SUCCESS",
    }


def _refused(given: Input, fate: str) -> str:
    """Return the reason of the content filter, "" where it lets the input through."""
    try:
        refuse_forbidden(given)
    except Trouble:
        fate = "job-filtered"
    what = "TEXT" if given.kind == "text" else "IMAGE"
    return f"RAI_VIOLATION_INPUT_{what}_DEFLECTION" if fate == "job-filtered" else ""


def _failing(lines: list[dict[str, Any]], fate: str, refused: str) -> list[dict[str, Any]]:
    if refused:
        return lines
    return lines[-1:] if fate == "job-partial" else []


def _status(lines: list[dict[str, Any]]) -> dict[str, object]:
    failed = [one for one in lines if one["status"] == "FAILURE"]
    if not failed:
        return {"status": "SUCCESS"}
    told = {key: failed[0][key] for key in ("failureReason", "message")}
    return {"status": "FAILURE" if len(failed) == len(lines) else "PARTIAL_SUCCESS", **told}


# --- TwelveLabs Marengo ---------------------------------------------------------------------------


def _marengo(name: str, body: Any, call: Call, uri: str, fate: str) -> tuple[Answered, ...]:
    kind, dim = body["inputType"], 512 if name == MARENGO_3 else 1024
    asked = body[kind] if name == MARENGO_3 else body
    if kind in {"audio", "video"}:
        given = [_clip_source(asked["mediaSource"], kind, call)]
        data = list(_clips(given[0], asked, call, dim, name))
    else:
        given = [Input("text", asked["inputText"])] if "inputText" in asked else []
        given += [marengo_image(asked["mediaSource"], call)] if "mediaSource" in asked else []
        vector = vectors.mean([one.vector() for one in given])
        data = [{"embedding": row(call, vector, dim).numbers}]
    for one in given:
        refuse_forbidden(one)
    _put(call, f"{uri}/output.json", {"data": data})
    _put(call, f"{uri}/manifest.json", {"results": [f"{uri}/output.json"]})
    return noted(name, "", dim, given)


def _clip_source(source: Any, kind: str, call: Call) -> Input:
    formats = AUDIOS if kind == "audio" else VIDEOS
    if "base64String" in source:
        return of_base64(kind, source["base64String"], formats)
    data = call.world.files.read(source["s3Location"]["uri"], call.region)
    return of_base64(kind, base64.b64encode(data).decode(), formats)


def _clips(given: Input, asked: Any, call: Call, dim: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield the vectors of clips of equal length, one for each option."""
    old = name != MARENGO_3
    length = asked.get("useFixedLengthSec", 10) if old else _fixed(asked.get("segmentation"))
    usual = ["visual-text", "visual-image", "audio"] if old else ["visual", "audio"]
    options = ["audio"] if given.kind == "audio" else asked.get("embeddingOption", usual)
    shortest = asked.get("minClipSec", 4) if given.kind == "video" else 0
    if "useFixedLengthSec" in asked and length < shortest:
        raise invalid("useFixedLengthSec is shorter than minClipSec.")
    _expect_fitting(given.kind, asked, usual)
    first = asked.get("startSec", 0)
    last = (
        first + asked["lengthSec"] if "lengthSec" in asked else asked.get("endSec", seconds(given))
    )
    for scope in ["clip"] if old else asked.get("embeddingScope", ["clip"]):
        whole = [(0, last - first)]
        for start, end in whole if scope == "asset" else _spans(last - first, length):
            place = {"startSec": first + start, "endSec": first + end}
            place |= {} if old else {"embeddingScope": scope}
            made = {option: _clip(given, option, place) for option in options}
            if "fused_embedding" in asked.get("embeddingType", ()):
                fused = vectors.mean(list(made.values()))
                yield {"embedding": row(call, fused, dim).numbers, **place}
                continue
            for option, vector in made.items():
                numbers = row(call, vector, dim).numbers
                yield {"embedding": numbers, "embeddingOption": option, **place}


def _expect_fitting(kind: str, asked: Any, usual: list[str]) -> None:
    """Refuse options that do not go with the kind of input, or with each other."""
    options = asked.get("embeddingOption", usual)
    if kind == "audio" and "visual" in asked.get("embeddingOption", ()):
        raise invalid("embeddingOption: audio has no visual.")
    if "fused_embedding" in asked.get("embeddingType", ()) and len(options) < 2:
        raise invalid("embeddingType: a fused embedding needs two options.")


def _clip(given: Input, option: str, place: Mapping[str, Any]) -> Float32:
    """Return the vector of what is heard or seen of a clip."""
    heard: Track = "sound" if option == "audio" else "sight"
    return given.track(heard, (place["startSec"], place["endSec"]))


def _fixed(segmentation: Any) -> float:
    chosen = segmentation or {}
    return float(chosen.get("fixed", {}).get("durationSec", 6))


# --- batches --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Batch:
    """What a batch came to: files to write, what to say of it, and what was embedded."""

    files: Mapping[str, bytes]
    told: Mapping[str, object]
    inputs: tuple[Answered, ...]


def batch(
    texts: Mapping[str, bytes], embed: Callable[[object], Answer], uri: str, fate: str
) -> Batch:
    """Embed every line of JSONL files; the lines come out in the opposite order."""
    files: dict[str, bytes] = {}
    inputs: list[Answered] = []
    failed = total = 0
    for name, text in texts.items():
        records = [_parsed(n, line) for n, line in enumerate(text.decode().splitlines()) if line]
        out = []
        for n, one in enumerate(records):
            told, embedded = _one(one, embed, fate == "job-partial" and n == len(records) - 1)
            out.append(told)
            inputs += embedded
            failed, total = failed + ("error" in told), total + 1
        out += out[:1] if fate == "job-duplicated" else []
        lines = "".join(json.dumps(one) + "\n" for one in reversed(out))
        files[f"{uri}/{name.split('/')[-1]}.out"] = lines.encode()
    counts = {"totalRecordCount": total, "processedRecordCount": total}
    counts |= {"successRecordCount": total - failed, "errorRecordCount": failed}
    files[f"{uri}/manifest.json.out"] = json.dumps(counts).encode()
    status = "PartiallyCompleted" if failed else "Completed"
    return Batch(files, {"status": status, **counts}, tuple(inputs))


def _parsed(n: int, line: str) -> dict[str, Any]:
    try:
        record = checked(json.loads(line), BATCH_LINE)
    except ValueError:
        raise invalid(f"Line {n + 1} of the input is not valid JSON.") from None
    return {"recordId": f"CALL{n:07d}", **record}


def _one(
    record: dict[str, Any], embed: Callable[[object], Answer], fails: bool
) -> tuple[dict[str, Any], tuple[Answered, ...]]:
    """Return an output line and what was embedded for it."""
    if fails:
        error = {"errorCode": 500, "errorMessage": "The record could not be processed."}
        return {**record, "error": error}, ()
    try:
        answer = embed(record["modelInput"])
    except Trouble as trouble:
        error = {"errorCode": 400, "errorMessage": trouble.message or "The record was refused."}
        return {**record, "error": error}, ()
    return {**record, "modelOutput": answer.tell(answer.rows)}, answer.inputs

"""What the versions of Marengo take, and what is sent to them: flat for 2.7, nested for 3.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from evalkit.core.items import Part
from evalkit.providers._parts import inline

Json = dict[str, object]
_SHORTEST = 4
"""The seconds of the shortest clip of a video where 2.7 is told nothing else; none are shorter."""


@dataclass(frozen=True, slots=True)
class Clips:
    """How audio and video are cut into clips and what of each is embedded.

    options: what is looked at or listened to. seconds: the length of all clips, shortest: of the
    shortest; 0 leaves it to the service. scope, fused: of 3.0 alone; one option is never fused.
    """

    options: tuple[str, ...]
    seconds: int = 0
    shortest: int = 0
    scope: Literal["clip", "asset"] = "clip"
    fused: bool = False

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the options of 3.0 that apply to audio or to video: a sound shows nothing."""
        return tuple(one for one in self.options if kind == "video" or one != "visual")


class Form(Protocol):
    """The bodies of one version."""

    def text(self, text: str, truncate: str) -> Json:
        """Return the body for a text; truncate: end or none."""

    def media(self, kind: str, source: Json, clips: Clips | None = None) -> Json:
        """Return the body for an image, or for audio or video with how it is cut."""

    def mix(self, parts: Sequence[Part]) -> Json:
        """Return the body for texts and images together."""


class Flat:
    """The bodies of 2.7, all fields on one level."""

    def text(self, text: str, truncate: str) -> Json:
        """Return the body for a text."""
        return {"inputType": "text", "inputText": text, "textTruncate": truncate}

    def media(self, kind: str, source: Json, clips: Clips | None = None) -> Json:
        """Return the body for one piece of media."""
        body: Json = {"inputType": kind, "mediaSource": source}
        if clips and clips.seconds:
            body["useFixedLengthSec"] = clips.seconds
        if clips and kind == "video":
            body["embeddingOption"] = list(clips.options)
            if shortest := clips.shortest or min(_SHORTEST, clips.seconds):
                body["minClipSec"] = shortest
        return body

    def mix(self, parts: Sequence[Part]) -> Json:
        """Refuse: 2.7 takes one part at a time."""
        raise TypeError("2.7 takes no mix")


class Nested:
    """The bodies of 3.0, the input in an object named like its type."""

    def text(self, text: str, truncate: str) -> Json:
        """Return the body for a text; 3.0 has no option that truncates."""
        return _nested("text", {"inputText": text})

    def media(self, kind: str, source: Json, clips: Clips | None = None) -> Json:
        """Return the body for one piece of media."""
        body: Json = {"mediaSource": source}
        if clips:
            body |= _segmentation(kind, clips)
            options = clips.of(kind)
            fused = clips.fused and len(options) > 1
            body["embeddingOption"] = list(options)
            body["embeddingType"] = ["fused_embedding" if fused else "separate_embedding"]
            body["embeddingScope"] = [clips.scope]
        return _nested(kind, body)

    def mix(self, parts: Sequence[Part]) -> Json:
        """Return the body for a text and an image, or for any other texts and images in order."""
        texts = [part for part in parts if isinstance(part, str)]
        images = [inline(part) for part in parts if not isinstance(part, str)]
        if len(texts) == len(images) == 1:
            source = {"base64String": images[0]}
            return _nested("text_image", {"inputText": texts[0], "mediaSource": source})
        names = [f"img{n + 1}" for n in range(len(images))]
        sources = [
            {"name": name, "mediaType": "image", "base64String": image}
            for name, image in zip(names, images, strict=True)
        ]
        left = iter(names)
        words = [part if isinstance(part, str) else f"<@{next(left)}>" for part in parts]
        return _nested("multi_input", {"inputText": " ".join(words), "mediaSources": sources})


def _nested(kind: str, inner: Json) -> Json:
    """Return a body of 3.0."""
    return {"inputType": kind, kind: inner}


def _segmentation(kind: str, clips: Clips) -> Json:
    """Return how 3.0 is to cut audio or video, nothing where that is left to it."""
    if clips.seconds:
        return {"segmentation": {"method": "fixed", "fixed": {"durationSec": clips.seconds}}}
    if clips.shortest and kind == "video":
        dynamic = {"minDurationSec": clips.shortest}
        return {"segmentation": {"method": "dynamic", "dynamic": dynamic}}
    return {}


def inline_source(part: Part) -> Json:
    """Return the bytes of media as a source."""
    return {"base64String": inline(part)}


def s3_source(uri: str, owner: str) -> Json:
    """Return an object in S3 as a source; owner: the account of the bucket, "" to leave it out."""
    return {"s3Location": {"uri": uri, **({"bucketOwner": owner} if owner else {})}}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a version is called, takes and gives.

    size: of its vectors. tokens: of a text. most_bytes, seconds: of audio and video in S3. options:
    what can be embedded of a video. areas: those of AWS with inference profiles, and their prefix.
    """

    model_id: str
    size: int
    tokens: int
    most_bytes: int
    seconds: float
    options: tuple[str, ...]
    areas: Mapping[str, str]
    form: Form


OFFERS = {
    "2.7": Offer(
        model_id="twelvelabs.marengo-embed-2-7-v1:0",
        size=1024,
        tokens=77,
        most_bytes=2_000_000_000,
        seconds=7200,
        options=("visual-text", "visual-image", "audio"),
        areas={"us": "us", "eu": "eu", "ap": "apac"},
        form=Flat(),
    ),
    "3.0": Offer(
        model_id="twelvelabs.marengo-embed-3-0-v1:0",
        size=512,
        tokens=500,
        most_bytes=6_000_000_000,
        seconds=14_400,
        options=("visual", "audio", "transcription"),
        areas={"us": "us", "eu": "eu"},
        form=Nested(),
    ),
}

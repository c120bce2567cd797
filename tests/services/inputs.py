"""One thing to embed, as a request carries it: checked against its format, and encoded."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal

from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page
from evalkit.media import video
from evalkit.media.audio import cut_sound
from evalkit.media.video import cut_video, sound_of, without_sound
from tests.services import vectors
from tests.services.files import Files
from tests.services.trouble import Trouble, invalid

FORBIDDEN = b"forbidden-marker"
"""The content filter refuses whatever holds these bytes."""

_MAGIC = {
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpeg": rb"\xff\xd8\xff",
    "gif": rb"GIF8[79]a",
    "webp": rb"RIFF....WEBP",
    "mp3": rb"ID3|\xff[\xe2-\xfb]",
    "wav": rb"RIFF....WAVE",
    "ogg": rb"OggS",
    "mp4": rb"....ftyp(?!qt  |3g)",
    "mov": rb"....(ftypqt  |moov|mdat|wide|free)",
    "3gp": rb"....ftyp3g",
    "mkv": rb"\x1aE\xdf\xa3.{0,80}matroska",
    "webm": rb"\x1aE\xdf\xa3.{0,80}webm",
    "flv": rb"FLV",
    "mpeg": rb"\x00\x00\x01[\xba\xb3]",
    "mpg": rb"\x00\x00\x01[\xba\xb3]",
    "wmv": rb"0&\xb2u",
    "pdf": rb"%PDF-",
}
_MIMES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "3gp": "video/3gpp",
    "flv": "video/x-flv",
    "mpg": "video/mpeg",
    "wmv": "video/x-ms-wmv",
    "pdf": "application/pdf",
}
Track = Literal["both", "sight", "sound"]
IMAGES = ("png", "jpeg", "gif", "webp")
AUDIOS = ("mp3", "wav", "ogg")
VIDEOS = ("mp4", "mov", "mkv", "webm", "flv", "mpeg", "mpg", "wmv", "3gp")


@dataclass(frozen=True)
class Input:
    """A text, or bytes of a kind (image, audio, video, document) and format.

    page: whether an image is read as a page of a document.
    """

    kind: str
    text: str = ""
    data: bytes = field(default=b"", repr=False)
    format: str = ""
    page: bool = False

    @property
    def mime(self) -> str:
        """The MIME type of the bytes."""
        return _MIMES.get(self.format, f"{self.kind}/{self.format}")

    @property
    def digest(self) -> str:
        """The digest that an item with the same content has."""
        return Item("input", self.text if self.kind == "text" else self._content).digest()

    @property
    def _content(self) -> Media | Page:
        media = Media(self.mime, data=self.data)
        return Page(media, 1) if self.page else media

    def vector(self) -> Float32:
        """Return the vector, float32 (3072,), after a look by the content filter."""
        refuse_forbidden(self)
        if self.kind == "text":
            return vectors.of_text(self.text)
        return self._of(self._content)

    def track(self, what: Track, span: tuple[float, float] | None = None) -> Float32:
        """Return the vector of what is seen or heard of sound or video, or of a part of that.

        The content filter does not look. Raises Trouble where nothing is.
        """
        try:
            return self._of(_track(self._cut(span), what))
        except DataError as e:
            raise invalid(f"The {self.kind} cannot be processed: {e}") from None

    def _cut(self, span: tuple[float, float] | None) -> Media:
        """Return the sound or video from one second to another, all of it without a span."""
        media = Media(self.mime, data=self.data)
        if span is None:
            return media
        return (cut_sound if self.kind == "audio" else cut_video)(media, *span)

    def _of(self, content: Media | Page) -> Float32:
        try:
            return vectors.of_media(content)
        except vectors.Unreadable as e:
            raise invalid(f"The {self.kind} cannot be read: {e}") from None


def _track(media: Media, what: Track) -> Media:
    """Return what is seen or heard of sound or video; sound has only what is heard."""
    if what == "both" or media.mime.startswith("audio/"):
        return media
    return without_sound(media) if what == "sight" else sound_of(media)


def refuse_forbidden(given: Input) -> None:
    """Raise Trouble for content that the filter refuses."""
    if FORBIDDEN in given.text.encode() or FORBIDDEN in given.data:
        raise Trouble("filtered")


def is_format(data: bytes, format_: str) -> bool:
    """Return whether bytes begin as files of a format do."""
    return re.match(_MAGIC[format_], data[:200], re.S) is not None


def media(kind: str, format_: str, data: bytes) -> Input:
    """Return bytes as an input; raises Trouble where they are not of the declared format."""
    if not is_format(data, format_):
        raise invalid(f"The {kind} bytes do not match the declared format '{format_}'.")
    return Input(kind, data=data, format=format_)


def of_base64(kind: str, text: str, formats: tuple[str, ...]) -> Input:
    """Return bytes of an undeclared format as an input of the first that fits."""
    data = base64.b64decode(text)
    found = next((name for name in formats if is_format(data, name)), None)
    if found is None:
        raise invalid(f"The {kind} format is not supported; expected one of {', '.join(formats)}.")
    return Input(kind, data=data, format=found)


def of_uri(uri: str, formats: tuple[str, ...], most: int | None = None) -> Input:
    """Return the picture of a data URI; raises Trouble where it is another than it says."""
    found = re.fullmatch(r"data:image/([a-z]+);base64,(.*)", uri, re.S)
    if found is None or found[1] not in formats:
        raise invalid("The image must be a data URI such as data:image/png;base64,...")
    try:
        data = base64.b64decode(found[2], validate=True)
    except ValueError:
        raise invalid("The image is not valid base64.") from None
    if most is not None and len(data) > most:
        raise invalid(f"image size of {len(data)} bytes exceeds the maximum of {most} bytes")
    return media("image", found[1], data)


def of_source(
    source: Mapping[str, Any], kind: str, format_: str, files: Files, region: str, most: int
) -> Input:
    """Return media given as {"bytes"} or {"s3Location": {"uri"}}; S3 objects have `most` bytes."""
    if "bytes" in source:
        return media(kind, format_, base64.b64decode(source["bytes"]))
    data = files.read(source["s3Location"]["uri"], region)
    if len(data) > most:
        raise invalid(f"The {kind} of {len(data)} bytes exceeds the maximum of {most} bytes.")
    return media(kind, format_, data)


def seconds(given: Input) -> float:
    """Return how long sound or video lasts; raises Trouble where it is neither."""
    import av

    try:
        with av.open(BytesIO(given.data), "r") as container:
            if container.duration is not None:
                return container.duration / av.time_base
            frames = container.decode(container.streams[0])
            return max((getattr(f, "time", None) or 0.0 for f in frames), default=0.0)
    except (av.FFmpegError, IndexError):
        raise invalid(f"The {given.kind} cannot be decoded.") from None


def has_sound(given: Input) -> bool:
    """Return whether a video has a sound track."""
    return video.has_sound(Media(given.mime, data=given.data))


def pixels(given: Input) -> tuple[int, int]:
    """Return width and height of a picture; raises Trouble where it is none."""
    from PIL import Image

    try:
        with Image.open(BytesIO(given.data)) as picture:
            return picture.size
    except OSError:
        raise invalid("The image cannot be read.") from None

"""Files of sound and pictures, opened: the one place where PyAV reads, and what it says is told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from evalkit.core.errors import DataError, Problem
from evalkit.core.extras import expect
from evalkit.core.items import Media
from evalkit.media.wholeness import stated_size

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

_FORMATS = "mov mp4 matroska webm avi flv asf mpeg mpegts mpegvideo wav w64 mp3 flac ogg aac aiff"
_OPTIONS = {"format_whitelist": ",".join(_FORMATS.split())}
"""Playlists and other formats that name further files are never opened."""

_AGAIN = "Store it again, or leave it out."

LONGEST = 86_400.0
"""Seconds: what says that it lasts longer than a day is refused, since a broken file may say so."""


def broken(media: Media, what: str, fix: str = _AGAIN) -> DataError:
    """Return the error for media that cannot be used; the file is named where there is one."""
    return DataError(Problem(str(media.path or ""), what, fix))


def file_of(media: Media) -> BinaryIO:
    """Return the encoded bytes as an open file, of which only what is needed is read.

    Raises DataError where there is no such file, or it may not be read, or is empty.
    """
    if media.data is not None or media.path is None:
        file: BinaryIO = io.BytesIO(media.read())
    else:
        try:
            file = media.path.open("rb")
        except OSError as e:
            raise broken(media, f"cannot be read ({e.strerror}).", "Restore the file.") from e
    if not file.read(1):
        file.close()
        raise broken(media, "it is empty: it holds 0 bytes.")
    file.seek(0)
    return file


def cut_short(media: Media, file: BinaryIO) -> DataError | None:
    """Return the error for a file that is shorter than it says itself, None for a whole one."""
    stated = stated_size(file)
    if stated is None:
        return None
    there = file.seek(0, 2)
    file.seek(0)
    return broken(media, f"it is cut short: {there:,} of its {stated:,} bytes are there.")


@contextmanager
def opened(media: Media) -> Iterator[InputContainer]:
    """Open audio or video with PyAV; whatever goes wrong inside becomes a DataError."""
    expect("av")
    import av

    with file_of(media) as file:
        short = cut_short(media, file)
        try:
            with av.open(file, "r", options=_OPTIONS) as container:
                if short is not None:
                    raise short
                refuse_endless(media, lasting(container))
                yield container
        except (av.FFmpegError, ValueError, OSError, IndexError) as e:
            what = "its bytes are no audio or video that can be read, or are cut short."
            raise broken(media, what) from e


def refuse_endless(media: Media, seconds: float | None) -> None:
    """Raise DataError for media that last longer than a day; None is not known."""
    if seconds is not None and seconds > LONGEST:
        what = f"it says that it lasts {seconds / 3600:,.0f} hours; at most 24 are read."
        raise broken(media, what, "Cut it into parts, or store it again.")


def sound_stream(media: Media, container: InputContainer) -> AudioStream:
    """Return the first sound of a container; raises DataError where none can be decoded."""
    if not container.streams.audio:
        raise broken(media, "it holds no sound.", "Use media with sound, or leave it out.")
    stream = container.streams.audio[0]
    _decodable(media, stream, "sound")
    return stream


def picture_stream(media: Media, container: InputContainer) -> VideoStream:
    """Return the first moving picture of a container; raises DataError where none is decodable."""
    if not container.streams.video:
        fix = "Store it as sound, .m4a or .wav for instance, or leave it out."
        raise broken(media, "it holds no moving picture.", fix)
    stream = container.streams.video[0]
    _decodable(media, stream, "picture")
    return stream


def _decodable(media: Media, stream: AudioStream | VideoStream, kind: str) -> None:
    """Raise DataError where a stream is in a coding that is not known."""
    if cast("object", stream.codec_context) is None:
        what = f"its {kind} is in a coding that is not known."
        raise broken(media, what, "Store it as H.264 and AAC in MP4, or leave it out.")


def beginning(container: InputContainer) -> float:
    """Return the time stamp, in seconds, at which a container begins."""
    return (container.start_time or 0) / 1_000_000


def lasting(container: InputContainer) -> float | None:
    """Return the seconds that a container states, None where it states none."""
    return container.duration / 1_000_000 if container.duration else None

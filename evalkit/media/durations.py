"""How long audio and video last, as their containers say or their packets add up to."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Media

if TYPE_CHECKING:
    from av.container import InputContainer

_FORMATS = "mov mp4 matroska webm avi flv asf mpeg mpegts mpegvideo wav w64 mp3 flac ogg aac aiff"
_OPTIONS = {"format_whitelist": ",".join(_FORMATS.split())}
"""Playlists and other formats that name further files are never opened."""


def seconds(media: Media) -> float | None:
    """Return how many seconds a piece of audio or video lasts.

    None where neither its container nor its packets tell. Raises DataError where the file cannot be
    read or its bytes are neither audio nor video.
    """
    with _opened(media) as file:
        import av

        try:
            with av.open(file, "r", options=_OPTIONS) as container:
                return _told(container) or _added_up(container)
        except (av.FFmpegError, ValueError, OSError, IndexError) as e:
            raise DataError(Problem(_name(media), *_UNREADABLE)) from e


_UNREADABLE = (
    "its bytes are no audio or video that can be read, or are cut short.",
    "Store it again, or leave it out.",
)


def _opened(media: Media) -> BinaryIO:
    """Return the encoded bytes as an open file, of which only what is needed is read."""
    if media.data is not None or media.path is None:
        return io.BytesIO(media.read())
    try:
        return media.path.open("rb")
    except OSError as e:
        raise DataError(
            Problem(str(media.path), f"cannot be read ({e.strerror}).", "Restore the file.")
        ) from e


def _name(media: Media) -> str:
    """Return the file for messages, "" for media in memory."""
    return str(media.path or "")


def _told(container: InputContainer) -> float | None:
    """Return the seconds that a container states, None where it states none."""
    return container.duration / 1_000_000 if container.duration else None


def _added_up(container: InputContainer) -> float | None:
    """Return the seconds from the first packet's beginning to the last one's end, or None."""
    begins: dict[int, Fraction] = {}
    ends: dict[int, Fraction] = {}
    for packet in container.demux():
        if not packet.size or packet.time_base is None:
            continue
        at = _time(packet.pts, packet.time_base, ends.get(packet.stream_index, Fraction(0)))
        begins.setdefault(packet.stream_index, at)
        until = at + Fraction(packet.duration or 0) * packet.time_base
        ends[packet.stream_index] = max(until, ends.get(packet.stream_index, until))
    if not ends:
        return None
    return float(max(ends.values()) - min(begins.values())) or None


def _time(pts: Any, base: Fraction, otherwise: Fraction) -> Fraction:
    """Return when a packet is shown; `otherwise` where it does not say."""
    return otherwise if pts is None else Fraction(pts) * base

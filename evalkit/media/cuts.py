"""Parts and tracks of recordings, made when they are read: many or long ones are never all held."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from evalkit.core.items import Media
from evalkit.media.audio import cut_sound
from evalkit.media.video import cut_video, sound_of, without_sound

KEPT = 128 << 20
"""Bytes of parts that were cut last, which are kept: each is read several times in a row."""

Keep = Literal["all", "sight", "sound"]
_Key = tuple["Cut", tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cut(Media):
    """A part of a recording as a file of its own, from `start` to `end` seconds: WAV or MP4.

    keep: everything, or of a whole film its pictures or its sound alone; start and end then play no
    part. It is made when it is read, and the same part gives the same bytes each time.
    """

    source: Media = field(default=Media(""), kw_only=True)
    start: float = field(default=0.0, kw_only=True)
    end: float = field(default=0.0, kw_only=True)
    keep: Keep = field(default="all", kw_only=True)

    def read(self) -> bytes:
        """Return the encoded bytes; raises DataError where the recording cannot be decoded."""
        return _LAST.read(self)


def cut(media: Media, start: float, end: float) -> Cut:
    """Return a part of sound or film, which is not cut yet."""
    film = media.mime.startswith("video/")
    return Cut("video/mp4" if film else "audio/wav", source=media, start=start, end=end)


def track(film: Media, keep: Literal["sight", "sound"]) -> Cut:
    """Return the pictures or the sound of a film, which are not taken out yet."""
    return Cut("video/mp4" if keep == "sight" else "audio/wav", source=film, keep=keep)


class _Last:
    """The parts that were cut last, as many as fit into a number of bytes."""

    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0
        self._parts: OrderedDict[_Key, bytes] = OrderedDict()
        self._lock = Lock()

    def read(self, part: Cut) -> bytes:
        """Return the bytes of a part, cut now where they are not there any more."""
        key = part, _state(part.source)
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        data = _made(part).read()
        self._keep(key, data)
        return data

    def _keep(self, key: _Key, data: bytes) -> None:
        """Keep the bytes of a part, and drop the ones not read for longest."""
        with self._lock:
            if key not in self._parts:
                self._parts[key] = data
                self.held += len(data)
            while self.held > self.most:
                self.held -= len(self._parts.popitem(last=False)[1])


def _made(part: Cut) -> Media:
    """Return a part as media of its own."""
    if part.keep != "all":
        return without_sound(part.source) if part.keep == "sight" else sound_of(part.source)
    make = cut_video if part.mime.startswith("video/") else cut_sound
    return make(part.source, part.start, part.end)


def _state(media: Media) -> tuple[int, int]:
    """Return what changes when a file does, zeros where there is none."""
    if media.path is None or media.data is not None:
        return 0, 0
    try:
        state = media.path.stat()
    except OSError:
        return 0, 0  # reading it says what is wrong
    return state.st_mtime_ns, state.st_size


_LAST = _Last(KEPT)

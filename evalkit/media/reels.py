"""The pictures of a video by the time at which they are seen, whatever its frame rate does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image

from evalkit.core.items import Media
from evalkit.media.containers import LONGEST, beginning, broken, lasting, opened, picture_stream
from evalkit.media.images import MAX_PIXELS

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_FAR = 5.0
"""Seconds ahead from which a jump is tried before decoding all that lies between."""
_SLACK = 1.0
"""Seconds after the end of the container from which time stamps are not believed."""
_INDEXED = ("mov", "matroska", "avi")
_RATE = 25.0
_TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180}
_TURNS[270] = Image.Transpose.ROTATE_270


@contextmanager
def reel(media: Media) -> Iterator[Reel]:
    """Open the pictures of a video; raises DataError where there are none that can be decoded."""
    with opened(media) as container:
        stream = picture_stream(media, container)
        context = stream.codec_context
        if context.width * context.height > MAX_PIXELS:
            size = f"its picture has {context.width} x {context.height} pixels"
            limit = f"at most {MAX_PIXELS // 1_000_000} megapixels are read."
            raise broken(media, f"{size}; {limit}", "Make it smaller or leave it out.")
        stream.thread_type = "AUTO"
        yield Reel(media, container, stream)


class Reel:
    """Frames of an open video, asked for in rising order of time; holds two of them at most."""

    def __init__(self, media: Media, container: InputContainer, stream: VideoStream) -> None:
        from av.video.reformatter import VideoReformatter

        self._media, self._container, self._stream = media, container, stream
        self._zero, self._until = beginning(container), (lasting(container) or LONGEST) + _SLACK
        self._shaper = VideoReformatter()  # one for all frames: to make it takes longer than to use
        self._jumps = container.format.name.startswith(_INDEXED)
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise broken(media, "its pictures are missing or cut short.")
        self._now: tuple[float, VideoFrame] = first
        self._next = next(self._frames, None)

    @property
    def following(self) -> float:
        """When the next frame is seen, in seconds; infinity after the last one."""
        return math.inf if self._next is None else self._next[0]

    @property
    def end(self) -> float:
        """When the present frame is seen no more, in seconds, as far as is known."""
        time, frame = self._now
        if self._next is not None:
            return self._next[0]
        lasts = _length(frame) or 1 / float(self._stream.average_rate or _RATE)
        return min(time + lasts, max(time, self._until))

    def at(self, time: float) -> VideoFrame:
        """Return the frame that is seen at a time, the first one before it and the last one after.

        time: seconds from the beginning, not before the time asked for last.
        """
        if self._jumps and time - self.following > _FAR:
            self._jump(time)
        while self._next is not None and self._next[0] <= time:
            self._now, self._next = self._next, next(self._frames, None)
        return self._now[1]

    def picture(self, frame: VideoFrame, height: int | None = None) -> Image.Image:
        """Return a frame as upright RGB.

        height: of the picture, its width in proportion; None keeps the size of the video. Raises
        DataError where that makes more than 50 megapixels.
        """
        turned = round(frame.rotation) % 360
        shape = _size(frame, height, turned in (90, 270))
        if shape[0] * shape[1] > MAX_PIXELS:
            size = f"its picture has {frame.width} x {frame.height} pixels"
            what = f"{size}, too narrow a strip to be scaled to a height of {shape[1]}."
            raise broken(self._media, what)
        pixels = self._shaper.reformat(frame, *shape, "rgb24").to_ndarray()
        image = Image.fromarray(pixels)
        return image.transpose(_TURNS[turned]) if turned in _TURNS else image

    def _jump(self, time: float) -> None:
        """Go on from the last frame before a time that needs no other; it may lie behind us."""
        was = self._now[0]
        self._container.seek(max(0, round((time + self._zero) * 1_000_000)))
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise broken(self._media, f"it is cut short: no picture at {time:.1f} s can be read.")
        self._jumps = first[0] > was
        self._now, self._next = first, next(self._frames, None)

    def _decoded(self) -> Iterator[tuple[float, VideoFrame]]:
        """Yield times and frames; without a time stamp that can be, at the usual distance."""
        step = 1 / float(self._stream.average_rate or _RATE)
        time = -step
        for frame in self._container.decode(self._stream):
            stamp = None if frame.pts is None else frame.time - self._zero
            time = time + step if stamp is None or stamp > self._until else stamp
            yield time, frame


def _length(frame: VideoFrame) -> float:
    """Return for how many seconds a frame says that it is seen, 0 where it does not say."""
    return float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0


def _size(frame: VideoFrame, height: int | None, lying: bool) -> tuple[int, int]:
    """Return the width and height at which a frame is read; `lying` ones are turned afterwards."""
    if height is None:
        return frame.width, frame.height
    if lying:
        return height, max(1, round(height * frame.height / frame.width))
    return max(1, round(height * frame.width / frame.height)), height

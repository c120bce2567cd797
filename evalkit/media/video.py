"""Video in and out: frames at chosen times, parts cut out of it, sound taken from it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evalkit.core.arrays import Float32
from evalkit.core.errors import UsageError
from evalkit.core.extras import expect
from evalkit.core.items import Media
from evalkit.media.audio import cut_sound
from evalkit.media.containers import broken, opened, picture_stream
from evalkit.media.durations import seconds
from evalkit.media.films import CRF, write_film
from evalkit.media.reels import Reel, reel
from evalkit.media.soundtracks import Soundtrack, soundtrack

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from PIL import Image

_MP4 = "video/mp4"
Shot = tuple[float, float, "VideoFrame"]
"""When a frame is seen, and seen no more, in seconds; and the frame, in a form of FFmpeg's."""
Pixels = npt.NDArray[np.uint8]
"""A frame as RGB, uint8 (height, width, 3)."""


def frames(
    media: Media,
    count: int,
    start: float = 0.0,
    end: float | None = None,
    height: int | None = None,
) -> list[Image.Image]:
    """Return RGB frames from the middles of `count` equal parts of the time from start to end.

    start, end: seconds; to the end where None. height: of the frames in pixels, their width in
    proportion; None keeps the size. What is seen at a time counts, whatever the frame rate does.
    Raises UsageError for a count or height below 1 and times that run backwards; DataError where
    there are no pictures, none so late, or they cannot be decoded or are cut short.
    """
    if count < 1 or (height is not None and height < 1):
        raise UsageError(f"{count} frames of {height} pixels: both must be 1 or more.")
    first, last = _stretch(media, start, end)
    step = (last - first) / count
    with reel(media) as film:
        times = (first + (n + 0.5) * step for n in range(count))
        return [film.picture(film.at(time), height) for time in times]


def frame_blocks(
    media: Media, per_second: float, height: int
) -> Iterator[tuple[float, Image.Image]]:
    """Yield (seconds, RGB frame) `per_second` times a second, from 0 to the end of the pictures.

    One frame is held at a time, so that a video of any length takes the same memory. Raises
    UsageError where a number is not above 0; DataError as `frames` does.
    """
    if per_second <= 0 or height < 1:
        raise UsageError(f"{per_second} frames a second of {height} pixels: both must be above 0.")
    with reel(media) as film:
        for number in itertools.count():
            time = number / per_second
            frame = film.at(time)
            if number and time >= film.end:
                return
            yield time, film.picture(frame, height)


def has_sound(media: Media) -> bool:
    """Return whether there is a sound in audio or video; raises DataError where it is neither."""
    with opened(media) as container:
        return bool(container.streams.audio)


def has_picture(media: Media) -> bool:
    """Return whether there are moving pictures in a file; raises DataError as `has_sound` does."""
    with opened(media) as container:
        return bool(container.streams.video)


def picture_count(media: Media) -> int:
    """Return how many pictures a video holds, by its packets: none is decoded.

    Raises DataError where there are no moving pictures.
    """
    with opened(media) as container:
        stream = picture_stream(media, container)
        return sum(1 for packet in container.demux(stream) if packet.size)


def cut_video(media: Media, start: float = 0.0, end: float | None = None) -> Media:
    """Return the part from `start` to `end` seconds as an MP4 of its own, with its sound.

    H.264 and AAC, of the same size and with the same frames at the same distances; more than two
    channels become one. The bytes are what a service would be sent, and the same each time. Raises
    DataError and UsageError as `frames` does.
    """
    first, last = _stretch(media, start, end)
    if not has_sound(media):
        return _silent(media, first, last)
    with soundtrack(media, first, last) as track, reel(media) as film:
        return Media(_MP4, data=write_film(_shots(film, first, last), _heard(track), track.rate))


def remade_video(
    media: Media,
    pictures: Callable[[Iterator[Shot]], Iterable[Shot]] | None = None,
    sound: Callable[[Iterator[Float32], int], Iterable[Float32]] | None = None,
    crf: int = CRF,
) -> Media:
    """Return a video with other pictures or another sound, as an MP4 of H.264 and AAC.

    pictures: makes new shots of those there are; sound: makes new blocks, float32 (n, channels) in
    -1..1, of those there are and their rate, and is left alone where there is no sound. crf: as
    `write_film` has it. Both are taken as they come, so that a video of any length needs the memory
    of the result alone. The same input gives the same bytes. Raises DataError as `frames` does.
    """
    last = _stretch(media, 0.0, None)[1]
    with reel(media) as film:
        seen = _shots(film, 0.0, last)
        shots = seen if pictures is None else pictures(seen)
        if not has_sound(media):
            return Media(_MP4, data=write_film(shots, crf=crf))
        with soundtrack(media, 0.0, last) as track:
            heard = _heard(track)
            blocks = heard if sound is None else sound(heard, track.rate)
            return Media(_MP4, data=write_film(shots, blocks, track.rate, crf))


def painted(shots: Iterable[Shot], paint: Callable[[float, Pixels], Pixels]) -> Iterator[Shot]:
    """Yield shots with other pixels: `paint` is given when a frame is seen, and its pixels.

    What it returns is uint8 (height, width, 3), of one size for all frames.
    """
    import av
    from av.video.reformatter import VideoReformatter

    shaper = VideoReformatter()
    for start, end, frame in shots:
        pixels: Pixels = np.asarray(shaper.reformat(frame, format="rgb24").to_ndarray(), np.uint8)
        new = np.ascontiguousarray(paint(start, pixels))
        yield start, end, av.VideoFrame.from_ndarray(new, "rgb24")


def without_sound(media: Media) -> Media:
    """Return the pictures of a video alone, as an MP4; raises DataError as `frames` does."""
    return _silent(media, *_stretch(media, 0.0, None))


def sound_of(media: Media) -> Media:
    """Return the sound of a video alone, as mono WAV; raises DataError where it has none."""
    return cut_sound(media)


def encode_video(
    frames: Iterable[Image.Image], per_second: float, samples: Float32 | None, rate: int
) -> bytes:
    """Return frames, and mono samples where there are some, as an MP4 of H.264 and AAC.

    frames: RGB, all of the first one's size. samples: float32 (n,) in -1..1, `rate` a second. The
    same input gives the same bytes. Raises UsageError where there is no frame.
    """
    shots = ((n / per_second, (n + 1) / per_second, _frame(i)) for n, i in enumerate(frames))
    return write_film(shots, None if samples is None else [samples[:, None]], rate)


def _stretch(media: Media, start: float, end: float | None) -> tuple[float, float]:
    """Return the times between which a video is wanted, the later one not after its end."""
    if start < 0 or (end is not None and end <= start):
        raise UsageError(f"{start} to {end} s is no stretch of time: it must run forwards from 0.")
    total = seconds(media)
    if total is None:
        raise broken(media, "how long it lasts cannot be told.")
    if start >= total:
        what = f"it has no picture from {start:.2f} s on: it lasts {total:.2f} s."
        raise broken(media, what, "Correct the times.")
    return start, total if end is None else min(end, total)


def _silent(media: Media, first: float, last: float) -> Media:
    """Return the pictures between two times as an MP4 without sound."""
    with reel(media) as film:
        return Media(_MP4, data=write_film(_shots(film, first, last)))


def _heard(track: Soundtrack) -> Iterator[Float32]:
    """Return the blocks of a sound, float32 (n, channels); more than two channels become one."""
    return track.blocks if track.channels < 3 else (b[:, None] for b in track.mono())


def _shots(film: Reel, first: float, last: float) -> Iterator[Shot]:
    """Yield each frame seen between two times, and from when to when, counted from the first."""
    time = first
    while time < last:
        frame = film.at(time)
        if round(frame.rotation) % 360:
            frame = _frame(film.picture(frame))
        until = min(film.following, last)
        yield time - first, until - first, frame
        time = until


def _frame(image: Image.Image) -> VideoFrame:
    """Return an image as a frame."""
    expect("av")
    import av

    return av.VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), "rgb24")

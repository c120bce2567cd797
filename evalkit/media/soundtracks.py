"""The sound of a file as it is stored: its own rate, its own channels, read piece by piece."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import UsageError
from evalkit.core.extras import expect
from evalkit.core.items import Media
from evalkit.media.containers import (
    beginning,
    broken,
    cut_short,
    file_of,
    lasting,
    opened,
    refuse_endless,
    sound_stream,
)

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from soundfile import SoundFile

_VALUES_AT_ONCE = 1 << 18
_JITTER = 0.05
"""Seconds by which time stamps may stray before a gap counts as one."""
_EXACT = ("mov", "matroska")
"""Containers that know how long they last; others estimate it."""
_RUN_UP = 0.5
"""Seconds decoded before a cut, since codings look back."""
_RATES = (20, 10_000_000)
"""Samples a second that any sound has; a broken header may say anything."""


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """Sound while its file is open: samples a second, channels, and float32 (n, channels) blocks.

    Full scale is -1..1, which floating-point files and lossy codings may pass.
    """

    rate: int
    channels: int
    blocks: Iterator[Float32]

    def mono(self) -> Iterator[Float32]:
        """Yield the mean of the channels, float32 (n,) a block."""
        share = np.full(self.channels, 1 / self.channels, np.float32)
        for block in self.blocks:
            yield block[:, 0] if self.channels == 1 else block @ share


@contextmanager
def soundtrack(media: Media, start: float = 0.0, end: float | None = None) -> Iterator[Soundtrack]:
    """Open the sound of audio or video from `start` to `end` seconds, to the end where None.

    WAV, FLAC, Ogg and MP3 are read by libsndfile, all else by FFmpeg. The sound of a video counts
    from the beginning of the whole and lasts as long, silent where there is none. Raises UsageError
    for times that run backwards; DataError where there is no sound, or none so late, or it cannot
    be decoded or is cut short.
    """
    if start < 0 or (end is not None and end <= start):
        raise UsageError(f"{start} to {end} s is no stretch of time: it must run forwards from 0.")
    with file_of(media) as file:
        short = cut_short(media, file)
        sound = None if media.mime.startswith("video/") else _sound_file(file)
        if sound is not None:
            with sound, _explained(media):
                if short is not None:
                    raise short
                _plausible(media, sound.samplerate)
                refuse_endless(media, sound.frames / sound.samplerate)
                yield Soundtrack(sound.samplerate, sound.channels, _read(media, sound, start, end))
            return
    with opened(media) as container:
        stream = sound_stream(media, container)
        if start > _RUN_UP:
            container.seek(round((start - _RUN_UP + beginning(container)) * 1_000_000))
        track = _Track(media, container, stream)
        _plausible(media, track.rate)
        yield Soundtrack(track.rate, track.channels, track.blocks(start, end))


def _plausible(media: Media, rate: int) -> None:
    """Raise DataError for a number of samples a second that no sound has."""
    low, high = _RATES
    if not low <= rate <= high:
        what = f"its sound has {rate:,} samples a second; {low:,} to {high:,} can be read."
        raise broken(media, what)


def _too_late(media: Media, start: float, lasts: float | None) -> Exception:
    """Return the error for a track that has ended at the start of what was asked for."""
    if not start:
        return broken(media, "its sound is empty: it holds no samples.")
    so_long = "" if lasts is None else f": it lasts {lasts:.2f} s"
    return broken(media, f"it has no sound from {start:.2f} s on{so_long}.", "Correct the times.")


# --- libsndfile ----------------------------------------------------------------------------------


def _sound_file(file: BinaryIO) -> SoundFile | None:
    """Return the file as libsndfile reads it, None where it does not know the format."""
    expect("soundfile")
    import soundfile

    try:
        return soundfile.SoundFile(file)
    except (soundfile.SoundFileError, TypeError):
        file.seek(0)
        return None


@contextmanager
def _explained(media: Media) -> Iterator[None]:
    """Turn errors of libsndfile into a DataError."""
    import soundfile

    try:
        yield
    except soundfile.SoundFileError as e:
        raise broken(media, "its sound is broken or cut short.") from e


def _read(media: Media, sound: SoundFile, start: float, end: float | None) -> Iterator[Float32]:
    """Yield what libsndfile reads between two times, float32 (n, channels)."""
    rate = sound.samplerate
    first = round(start * rate)
    last = sound.frames if end is None else min(round(end * rate), sound.frames)
    if first >= last:
        raise _too_late(media, start, sound.frames / rate)
    if first:
        sound.seek(first)
    rows = max(1, _VALUES_AT_ONCE // sound.channels)
    while first < last:
        block = sound.read(min(rows, last - first), dtype="float32", always_2d=True)
        if not len(block):
            told, there = sound.frames / rate, first / rate
            raise broken(media, f"it is cut short: {there:.1f} of its {told:.1f} s can be read.")
        first += len(block)
        yield _numbers(media, block)


# --- FFmpeg --------------------------------------------------------------------------------------


class _Track:
    """The decoded frames of one sound, laid on the time line of its container."""

    def __init__(self, media: Media, container: InputContainer, stream: AudioStream) -> None:
        frames = container.decode(stream)
        first = next(frames, None)
        self._media = media
        self._frames = frames if first is None else itertools.chain([first], frames)
        self._zero, self._lasts = beginning(container), lasting(container)
        self._exact = container.format.name.startswith(_EXACT)
        self._seen = bool(container.streams.video)
        # What is decoded counts: the stream's own rate may be half of it, as in HE-AAC.
        self.rate: int = stream.rate if first is None else first.sample_rate
        self.channels = len((stream if first is None else first).layout.channels)

    def blocks(self, start: float, end: float | None) -> Iterator[Float32]:
        """Yield float32 (n, channels) from one time to another, silence where there is none."""
        begin = place = round(start * self.rate)
        stop = self._stop(end)
        for at, samples in self._placed():
            gap = min(at, stop) - place
            for block in itertools.chain(self._silence(gap), [samples[max(0, place - at) :]]):
                kept = block[: max(0, stop - place)]
                place += len(kept)
                if len(kept):
                    yield kept
            if place >= stop:
                return
        rest = stop - place if self._seen and self._lasts is not None else 0
        if place + max(0, rest) == begin:
            raise _too_late(self._media, start, self._lasts)
        yield from self._silence(rest)

    def _stop(self, end: float | None) -> int:
        """Return the sample to stop at: the end of the container, without the coding's padding."""
        lasts = self._lasts if (self._exact or self._seen) and self._lasts else math.inf
        until = min(lasts, math.inf if end is None else end)
        return sys.maxsize if until == math.inf else round(until * self.rate)

    def _placed(self) -> Iterator[tuple[int, Float32]]:
        """Yield each frame as float32 (n, channels) with the sample at which it begins."""
        after: int | None = None
        for frame in self._frames:
            samples = self._samples(frame)
            at = self._at(frame, after)
            after = at + len(samples)
            yield at, samples

    def _silence(self, rows: int) -> Iterator[Float32]:
        """Yield so many rows of zeros, float32 (n, channels), a second at a time."""
        for done in range(0, rows, self.rate):
            yield np.zeros((min(self.rate, rows - done), self.channels), np.float32)

    def _at(self, frame: AudioFrame, after: int | None) -> int:
        """Return the sample at which a frame belongs; `after` is where the last one ended."""
        if frame.pts is None or frame.time is None:
            return after or 0
        at = round((frame.time - self._zero) * self.rate)
        if after is None:
            return at
        near = at - after <= _JITTER * self.rate
        beyond = self._lasts is None or at > (self._lasts + 1) * self.rate
        return after if near or beyond else at

    def _samples(self, frame: AudioFrame) -> Float32:
        """Return a frame as float32 (n, channels); where the channels change, their mean."""
        channels = len(frame.layout.channels)
        if frame.sample_rate != self.rate:
            raise broken(self._media, "its sound changes its sample rate on the way.")
        values = frame.to_ndarray()
        rows = values.T if frame.format.is_planar else values.reshape(-1, channels)
        samples = _numbers(self._media, _full_scale(rows))
        if channels != self.channels:
            samples = np.repeat(samples.mean(axis=1, keepdims=True), self.channels, axis=1)
        return samples


def _numbers(media: Media, block: Float32) -> Float32:
    """Return a block of samples; raises DataError where it holds NaN or infinity."""
    if not np.isfinite(block).all():
        raise broken(media, "its sound holds values that are no numbers.")
    return block


def _full_scale(values: np.ndarray) -> Float32:
    """Return samples of any type as float32 in -1..1."""
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    bits = 8 * values.dtype.itemsize
    centre = 2 ** (bits - 1) if values.dtype.kind == "u" else 0
    return ((values.astype(np.float64) - centre) / 2.0 ** (bits - 1)).astype(np.float32)

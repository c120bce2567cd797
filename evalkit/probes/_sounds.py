"""Recordings as samples that a probe works on, and back as recordings of the same kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalkit.core.arrays import Bool, Float32
from evalkit.core.items import Item, Media, Part
from evalkit.probes._parts import with_parts

Work = Callable[[Float32, int], Float32 | None]
"""Returns samples changed, from samples, float32 (n,) in -1..1, and how many there are a second;
None where they cannot be changed. What is louder than full scale is turned down as a whole."""

_FRAME = 0.02
"""Seconds of a frame in which sound is counted as active or not."""
_ACTIVE = 1e-3
"""A frame is active with this share of the power of the loudest one (30 dB below) ..."""
_SILENT = 1e-8
"""... and with more mean square than this (-80 dB of full scale)."""


def change_sounds(item: Item, work: Work) -> Item | None:
    """Return an item with its recordings worked on, None where it has none or none changes.

    A changed recording is WAV of 16 bits, mono (the mean of the channels), at its own rate. One
    without an active frame is silent and stays as it is, and so do videos. Raises DataError where
    a recording cannot be read.
    """
    parts = tuple(_changed(part, work) for part in item.parts)
    return with_parts(item, parts)


def is_recording(part: Part) -> bool:
    """Return whether a part is a piece of sound."""
    return isinstance(part, Media) and part.mime.startswith("audio/")


def recording(item: Item) -> Media | None:
    """Return the first recording among an item's parts, None where there is none."""
    found = (p for p in item.parts if isinstance(p, Media) and is_recording(p))
    return next(found, None)


def active(samples: Float32, rate: int) -> Bool:
    """Return which samples lie in an active frame, bool (n,).

    samples: float32 (n,). Frames are 20 ms long; one is active whose mean square is within 30 dB of
    the loudest frame's and above -80 dB of full scale.
    """
    size = max(1, round(_FRAME * rate))
    starts = np.arange(0, len(samples), size)
    if not len(starts):
        return np.zeros(0, bool)
    squares = np.add.reduceat(samples.astype(np.float64) ** 2, starts)
    power = squares / np.diff(np.append(starts, len(samples)))
    heard = (power >= _ACTIVE * power.max()) & (power > _SILENT)
    return np.repeat(heard, size)[: len(samples)]


def power(samples: Float32, rate: int) -> float:
    """Return the mean square of samples, float32 (n,), over active frames; 0 where none is."""
    heard = samples[active(samples, rate)].astype(np.float64)
    return float((heard**2).mean()) if len(heard) else 0.0


def _changed(part: Part, work: Work) -> Part:
    """Return a recording worked on; any other part, and what cannot be changed, as it is."""
    from evalkit.media.audio import encode_sound
    from evalkit.media.soundtracks import soundtrack

    if not isinstance(part, Media) or not is_recording(part):
        return part
    with soundtrack(part) as track:
        rate, samples = track.rate, np.concatenate(list(track.mono()))
    if not active(samples, rate).any():
        return part
    new = work(samples, rate)
    if new is None or np.array_equal(new, samples):
        return part
    return Media("audio/wav", data=encode_sound(_within_scale(new), rate, "audio/wav"))


def _within_scale(samples: Float32) -> Float32:
    """Return samples turned down to full scale where any of them passes it."""
    peak = float(np.abs(samples).max(initial=0))
    return samples if peak <= 1 else (samples / peak).astype(np.float32)

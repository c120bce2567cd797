"""Short-time spectra of a sound, in bands of integers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATE = 16_000
FRAME, HOP = 1024, 256
LONG_FRAME, LONG_HOP = 4096, 512
LOWEST = 69 - 28
"""The lowest semitone: 87 Hz, as a MIDI note."""
SEMITONES = 76
_AT_ONCE = 16
"""Frames that are turned at once, so that they stay near the processor."""
_STEP = 64
"""Levels are in this many steps an octave of power."""


def mel(samples: Floats, bands: int) -> Ints:
    """Levels (frames, bands) of mel bands, every 16 ms; samples (n,) of integers."""
    return levels(_banded(samples, FRAME, HOP, _mel_bands(bands)), FRAME)


def tones(samples: Floats) -> Ints:
    """Levels (frames, SEMITONES) of semitones from 87 Hz, every 32 ms; samples as above."""
    return levels(_banded(samples, LONG_FRAME, LONG_HOP, _semitone_bands()), LONG_FRAME)


def levels(sums: Floats, frame: int) -> Ints:
    """Logarithms of powers in steps, those below a floor raised to it."""
    floor = float(1 << 18) * frame / FRAME
    steps: Ints = np.rint(_STEP * np.log2(sums / floor + 1)).astype(np.int64)
    return steps


def _banded(samples: Floats, frame: int, hop: int, bands: Floats) -> Floats:
    """Power spectra in integers, summed over bands (frame / 2 + 1, b); (frames, b)."""
    if samples.size < frame:
        samples = np.pad(samples, (0, frame - samples.size))
    views = np.lib.stride_tricks.sliding_window_view(samples, frame)[::hop]
    sums = np.empty((len(views), bands.shape[1]))
    for start in range(0, len(views), _AT_ONCE):
        turned = np.fft.rfft(views[start : start + _AT_ONCE] * _window(frame), axis=1)
        power = np.rint((turned.real**2 + turned.imag**2) * 2.0**-36)
        sums[start : start + _AT_ONCE] = power @ bands
    return sums


@lru_cache(maxsize=2)
def _window(frame: int) -> Floats:
    return np.rint(4096 * np.hanning(frame))


@lru_cache(maxsize=1)
def _mel_bands(bands: int) -> Floats:
    """Triangles (FRAME / 2 + 1, bands) of integers between 50 and 7600 Hz."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (50, 7600))
    edges = 700 * (10 ** (np.linspace(low, high, bands + 2) / 2595) - 1)
    return _triangles(edges, FRAME)


@lru_cache(maxsize=1)
def _semitone_bands() -> Floats:
    """Triangles (LONG_FRAME / 2 + 1, SEMITONES) of integers."""
    notes = LOWEST + np.arange(-1, SEMITONES + 1)
    return _triangles(440 * 2 ** ((notes - 69) / 12), LONG_FRAME)


def _triangles(edges: Floats, frame: int) -> Floats:
    hertz = np.arange(frame // 2 + 1)[:, None] * RATE / frame
    below, top, above = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (hertz - below) / (top - below), (above - hertz) / (above - top)
    return np.asarray(np.rint(64 * np.clip(np.minimum(rise, fall), 0, 1)))

"""What shows at a glance how media differ: moments of a film, the tones of a sound over time."""

from __future__ import annotations

import numpy as np
from PIL import Image

from evalkit.core.arrays import Float32
from evalkit.core.items import Media
from evalkit.media.audio import RATE, read_sound
from evalkit.media.video import frames

_WINDOW = 512
"""Samples of one spectrum, at 16 kHz: 32 ms."""
_FLOOR = -90.0
"""Decibels below full scale from which a tone is drawn white."""
_DRAWN = 60.0
"""Seconds of a sound that are drawn."""
_GAP = 2
_LOUD, _QUIET = np.array([[8.0, 29.0, 88.0]]), np.array([[255.0, 255.0, 255.0]])


def film_strip(film: Media, width: int, count: int = 4) -> Image.Image:
    """Return pictures from the middles of `count` equal parts of a video, side by side, RGB.

    width: of the strip in pixels, at most. Raises DataError where the video cannot be read.
    """
    each = (width - _GAP * (count - 1)) // count
    shots = frames(film, count)
    height = max(1, round(each * shots[0].height / shots[0].width))
    strip = Image.new("RGB", (count * (each + _GAP) - _GAP, height), "white")
    for place, shot in enumerate(shots):
        strip.paste(
            shot.resize((each, height), Image.Resampling.LANCZOS), (place * (each + _GAP), 0)
        )
    return strip


def spectrogram(media: Media, size: tuple[int, int], seconds: float | None = None) -> Image.Image:
    """Return how loud each tone of audio or video is over time, RGB, darker where it is louder.

    Time goes to the right, tones go up from 0 to 8 kHz, white is 90 dB below full scale. size:
    width and height in pixels. seconds: how long the whole width stands for, the length of the
    sound where None; at most a minute is drawn. Raises DataError where it cannot be read.
    """
    samples = read_sound(media, RATE, 0.0, _DRAWN)
    whole = len(samples) if seconds is None else round(min(seconds, _DRAWN) * RATE)
    width, height = size
    shown = max(1, min(width, round(width * len(samples) / max(1, whole))))
    level = np.clip(_decibels(samples, shown) / -_FLOOR + 1, 0, 1)
    pixels = (_QUIET + level[..., None] * (_LOUD - _QUIET)).astype(np.uint8)
    drawn = Image.new("RGB", size, "white")
    tones = Image.fromarray(pixels).resize((shown, height), Image.Resampling.BILINEAR)
    drawn.paste(tones, (0, 0))
    return drawn


def _decibels(samples: Float32, columns: int) -> Float32:
    """Return decibels below full scale, highest tone first, float32 (257, columns)."""
    padded = np.pad(samples, (0, max(0, _WINDOW - len(samples))))
    starts = np.linspace(0, len(padded) - _WINDOW, columns).astype(int)
    windows = padded[starts[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(windows, axis=1)) * (4 / _WINDOW)
    return np.asarray(20 * np.log10(np.maximum(power, 1e-6)).T[::-1], np.float32)

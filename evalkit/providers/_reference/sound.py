"""What a sound is like, as numbers: its spectrum, how that changes, rhythm, pitches, landmarks.

A sound is heard in blocks; a long one is the mean of its blocks, each for as long as it lasts. The
power of a spectrum is rounded to integers at once, so that all sums after it are exact, and the
loudness of the recording does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import pitch
from .spectrum import HOP, RATE, Ints, mel

if TYPE_CHECKING:
    from collections.abc import Iterable

Floats = NDArray[np.float64]

BANDS = 40
_RHYTHM_LAGS = np.unique(np.rint(5 * 1.17 ** np.arange(21)).astype(np.int64))
"""Lags of the onset strength in hops: from .08 to 1.9 seconds."""
_MODULATIONS = 18
_SHORTEST = RATE // 50


@dataclass(slots=True)
class Heard:
    """What was heard so far: the sum of block features by their seconds, and counted landmarks."""

    seconds: float = 0.0
    total: Floats = field(default_factory=lambda: np.zeros(0))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(pitch.SLOTS, np.int64))

    def add(self, samples: NDArray[np.float32]) -> None:
        """Listen to a block of mono samples (n,) at 16 kHz; silence tells nothing."""
        loud = leveled(samples)
        if loud is None:
            return
        semitones = pitch.semitones(loud)
        facts = np.concatenate(groups(loud, semitones))
        weight = samples.size / RATE
        self.total = facts * weight + (self.total if self.total.size else 0.0)
        self.seconds += weight
        self.counts += np.bincount(pitch.landmarks(semitones), minlength=pitch.SLOTS)

    @property
    def features(self) -> Floats | None:
        """The mean features (f,), None where nothing was heard."""
        return self.total / self.seconds if self.seconds else None


def listen(blocks: Iterable[NDArray[np.float32]]) -> Heard:
    """What is heard in consecutive blocks of one recording."""
    heard = Heard()
    for block in blocks:
        heard.add(block)
    return heard


def leveled(samples: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Integer samples of a fixed mean power, None where they are silent or too few."""
    whole = np.rint(np.clip(samples.astype(np.float64), -1, 1) * 32767)
    power = float((whole * whole).sum())
    if whole.size < _SHORTEST or power < 4.0 * whole.size:
        return None
    return np.asarray(np.rint(whole * (2048 / np.sqrt(power / whole.size))))


def groups(loud: Floats, semitones: Ints) -> list[Floats]:
    """The feature groups of one block, each a float64 vector."""
    bands = mel(loud, BANDS)
    return [
        *_shape(bands),
        _changes(bands),
        _modulation(bands),
        _rhythm(bands),
        *pitch.groups(semitones),
    ]


def _shape(bands: Ints) -> tuple[Floats, Floats]:
    """Mean level of each band against the whole, and its spread, in octaves (40 and 120,)."""
    mean = bands.sum(0) / len(bands)
    around = bands - np.rint(mean).astype(np.int64)
    deviation = np.sqrt((around * around).sum(0) / len(bands))
    ordered = np.sort(bands, axis=0)
    low, middle, high = (ordered[(len(bands) - 1) * q // 20] for q in (2, 10, 18))
    spread = np.concatenate([deviation, high - middle, middle - low])
    return (mean - bands.sum() / bands.size) / 64, spread / 64


def _changes(bands: Ints) -> Floats:
    """Mean change of each band over one hop and over eight, in octaves (80,)."""
    sides = []
    for lag in (1, 8):
        steps = np.abs(bands[lag:] - bands[:-lag])
        sides.append(steps.sum(0) / (64.0 * max(1, len(steps))))
    return np.concatenate(sides)


def _modulation(bands: Ints) -> Floats:
    """How fast four regions of the spectrum swell and fade, .5 to 25 times a second (72,)."""
    shares = []
    for region in np.split(bands, 4, axis=1):
        level = region.sum(1)
        wave = (level - level.sum() // len(level)).astype(np.float64)
        turning = np.fft.rfft(wave, max(1024, len(wave)))
        power = np.rint((turning.real**2 + turning.imag**2) / 4096)
        edges = _modulation_edges(power.size)
        bins = [power[low:high].sum() for low, high in pairwise(edges)]
        shares.append(np.sqrt(np.array(bins) / (sum(bins) + 1000.0)))
    return np.concatenate(shares)


def _modulation_edges(size: int) -> list[int]:
    """Bounds of the modulation bins in a transform of `size` frequencies, each wider than none."""
    top = RATE / HOP / 2
    bounds = [round(0.5 * 50 ** (n / _MODULATIONS) / top * size) for n in range(_MODULATIONS + 1)]
    return [max(bound, bounds[0] + n) for n, bound in enumerate(bounds)]


def _rhythm(bands: Ints) -> Floats:
    """Onsets a second and how they repeat at each lag, in three regions."""
    rises = np.maximum(np.diff(bands, axis=0, prepend=bands[:1]), 0)
    return np.concatenate([_beats(rises[:, part].sum(1)) for part in _regions()])


def _beats(onsets: Ints) -> Floats:
    """Strength, crowding and repetition of one series of onsets."""
    mean = onsets.sum() // len(onsets)
    around = onsets - mean
    power = int((around * around).sum())
    repeats = [
        int((around[lag:] * around[:-lag]).sum()) / (power + 1.0) if lag < len(around) else 0.0
        for lag in _RHYTHM_LAGS.tolist()
    ]
    middle = onsets[1:-1]
    peaks = (middle > onsets[:-2]) & (middle >= onsets[2:]) & (middle > 2 * mean)
    often = int(peaks.sum()) * RATE / HOP / len(onsets)
    return np.array([mean / 256.0, np.sqrt(power / len(onsets)) / 1024, often / 8, *repeats])


@lru_cache(maxsize=1)
def _regions() -> tuple[slice, ...]:
    return slice(0, 10), slice(10, 24), slice(24, BANDS)

"""Recordings of the training world: an event, an instrument or a tune, poorly recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import senses
from .noises import NOISES, Wave, coloured
from .tunes import VOICES, phrase, tune

Floats = NDArray[np.float64]


def recording(seed: int, number: int) -> tuple[NDArray[np.float32], Floats]:
    """The `number`th recording (n,) at 16 kHz, and what it says, a target vector."""
    rng = np.random.default_rng([seed, number])
    seconds = float(rng.uniform(1.5, 4.5))
    sounds, genres = senses.BLOCKS[senses.SOUND], senses.BLOCKS[senses.GENRE]
    if number % 4 == 3:
        genre = genres[number // 4 % len(genres)]
        voices = [voice for voice in VOICES if voice in sounds]
        instrument = voices[int(rng.integers(len(voices)))]
        wave = tune(rng, genre, instrument, seconds + 1.5)
        said = senses.target(senses.GENRE, genre) + senses.target(senses.SOUND, instrument)
    else:
        name = sounds[(number - number // 4) % len(sounds)]
        wave = NOISES[name](rng, seconds) if name in NOISES else phrase(rng, name, seconds)
        said = senses.target(senses.SOUND, name)
    return _microphone(rng, wave), said


def _microphone(rng: np.random.Generator, wave: Wave) -> NDArray[np.float32]:
    """Gain, echo, a tilt of the spectrum, noise and sometimes hard limits."""
    wave = wave / (np.abs(wave).max() + 1e-9)
    if rng.random() < 0.5:
        late = int(rng.integers(300, 3000))
        wave = wave + rng.uniform(0, 0.4) * np.pad(wave, (late, 0))[: wave.size]
    if rng.random() < 0.5:
        wave = wave + rng.uniform(-0.5, 0.8) * np.pad(wave, (1, 0))[:-1]
    level = np.sqrt((wave * wave).mean())
    low = float(rng.uniform(50, 2000))
    noise = coloured(rng, wave.size, low, rng.uniform(low + 500, 7500))
    wave = wave + level * 10 ** rng.uniform(-3, -0.5) * noise
    wave = wave / (np.abs(wave).max() + 1e-9) * rng.uniform(0.15, 1.2)
    return np.clip(wave, -1, 1).astype(np.float32)

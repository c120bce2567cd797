"""Fits the maps to what is heard and seen to move, on generated texts, recordings and films."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from . import image, pitch, senses, sight, sound, text
from .film import film
from .fitting import Floats, feature_ridge, gains, text_ridge
from .hearing import recording
from .weights import Senses

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXTS, RECORDINGS, FILMS = 4000, 1000, 700
TEXT_SEED, SOUND_SEED, FILM_SEED = 61, 62, 63
TEXT_RIDGE, SOUND_RIDGE, SIGHT_RIDGE = 0.3, 0.15, 0.15

Map = tuple[Floats, Floats, Floats, Floats]


def fit_senses(rarity: NDArray[np.int64], scale: float = 1.0) -> Senses:
    """The weights fitted on `scale` times the usual world; rarity (SLOTS,) of text features."""
    text_map, text_gain = fit_texts(rarity, round(TEXTS * scale))
    heard, seen = fit_sounds(round(RECORDINGS * scale)), fit_films(round(FILMS * scale))
    return Senses(text_map, text_gain, *heard, *seen)


def fit_texts(rarity: NDArray[np.int64], count: int) -> tuple[Floats, Floats]:
    """The text map (s, SLOTS) in integers and its gains (s,)."""
    examples = senses.texts(random.Random(TEXT_SEED), count)
    found = [text.tokens(example.text) for example in examples]
    targets = np.array([example.target for example in examples])
    text_map, unit, estimates = text_ridge(found, rarity, targets, TEXT_RIDGE)
    return text_map, unit * _gains(estimates, targets)


def fit_sounds(count: int) -> Map:
    """Feature means and deviations (f,), the sound map (s, f) in integers and its gains (s,)."""
    rows, targets = [], []
    for number in range(count):
        samples, target = recording(SOUND_SEED, number)
        features = sound.listen([samples]).features
        if features is not None:
            rows.append(features)
            targets.append(target)
    loud = np.rint(np.sin(np.arange(16_000)) * 2048)
    sizes = [group.size for group in sound.groups(loud, pitch.semitones(loud))]
    return _mapped(np.array(rows), np.array(targets), sizes, SOUND_RIDGE)


def fit_films(count: int) -> Map:
    """Feature means and deviations (g,), the film map (s, g) in integers and its gains (s,)."""
    rows, targets, sizes = [], [], [0]
    for number in range(count):
        frames, target = film(FILM_SEED, number)
        seen = sight.Seen()
        seen.add(frames)
        rows.append(np.concatenate(seen.features))
        targets.append(target)
        if not number:
            groups = [*image.groups(frames[0]), *sight.groups(frames)]
            sizes = [group.size for group in groups]
    return _mapped(np.array(rows), np.array(targets), sizes, SIGHT_RIDGE)


def _mapped(raw: Floats, targets: Floats, sizes: list[int], ridge: float) -> Map:
    mean, deviation, whole, unit, estimates = feature_ridge(raw, targets, sizes, ridge)
    return mean, deviation, whole, unit * _gains(estimates, targets)


def _gains(estimates: Floats, targets: Floats) -> Floats:
    """Gains (s,); a block that nothing names counts for nothing."""
    named = np.zeros(targets.shape[1])
    for block in senses.slices():
        named[block] = float(np.abs(targets[:, block]).max(initial=0) > 0.5)
    return named * gains(estimates, targets, senses.slices(), senses.SHARES)

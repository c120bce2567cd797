"""Music of the training world: instruments by their partials, genres by rhythm and scale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .noises import Wave, coloured, lay, times
from .spectrum import RATE


class Voice(NamedTuple):
    """How an instrument sounds: strengths of its partials, attack, half-life, register."""

    partials: tuple[float, ...]
    attack: float
    half: float
    notes: tuple[int, int]
    vibrato: float = 0.0
    breath: float = 0.0
    stretch: float = 0.0


VOICES = {
    "flute": Voice((1, 0.3, 0.12, 0.04), 0.06, 5.0, (72, 88), 0.006, 0.05),
    "violin": Voice((1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.2), 0.08, 5.0, (60, 81), 0.012),
    "guitar": Voice((1, 0.7, 0.5, 0.35, 0.2, 0.12), 0.004, 0.35, (45, 69)),
    "trumpet": Voice((0.7, 0.9, 1, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2), 0.03, 5.0, (57, 77), 0.003),
    "piano": Voice((1, 0.5, 0.35, 0.2, 0.12, 0.06), 0.005, 0.5, (48, 79), 0, 0, 0.0006),
    "organ": Voice((1, 0.8, 0, 0.7, 0, 0, 0, 0.5), 0.02, 50.0, (48, 72)),
    "xylophone": Voice((1, 0, 0.5, 0, 0, 0.2), 0.002, 0.07, (69, 93), 0, 0.02),
    "synth": Voice((1, 0.6, 0.5, 0.4, 0.4, 0.3, 0.3, 0.2), 0.003, 0.2, (45, 69)),
}
_MAJOR, _MINOR, _BLUE = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 6, 7, 10)


class Style(NamedTuple):
    """How a genre goes: beats a bar and a minute, note lengths, scale and accompaniment."""

    beats: int
    tempo: tuple[int, int]
    lengths: tuple[float, ...]
    scale: tuple[int, ...]
    bass: tuple[float, ...] = ()
    chords: tuple[float, ...] = ()
    thumps: tuple[float, ...] = ()
    swing: float = 0.0


STYLES = {
    "waltz": Style(3, (130, 185), (1, 1, 0.5, 2), _MAJOR, (0,), (1, 2)),
    "march": Style(2, (100, 128), (0.5, 0.5, 1, 0.25), _MAJOR, (0,), (1,), (0, 0.5, 1)),
    "blues": Style(4, (70, 105), (0.5, 0.5, 1), _BLUE, (0, 1, 2, 3), (0,), (), 0.17),
    "techno": Style(
        4, (122, 145), (0.25, 0.25, 0.5), _MINOR, (0.5, 1.5, 2.5, 3.5), (), (0, 1, 2, 3)
    ),
    "lullaby": Style(3, (60, 84), (1, 1, 2), _MAJOR, (), (0,)),
    "reggae": Style(4, (70, 92), (0.5, 1, 0.5), _MINOR, (0, 1.5, 2), (0.5, 1.5, 2.5, 3.5), (2,)),
}


def note(rng: np.random.Generator, voice: Voice, midi: float, seconds: float) -> Wave:
    """One note of an instrument."""
    t = times(seconds + min(0.3, voice.half))
    hertz = 440 * 2 ** ((midi - 69) / 12)
    bend = np.ones(t.size)
    if voice.vibrato:
        bend += voice.vibrato * np.sin(2 * np.pi * 5.5 * t + rng.uniform(0, 6))
    phase = np.cumsum(hertz * bend) * 2 * np.pi / RATE
    total = np.zeros(t.size)
    for number, strength in enumerate(voice.partials, start=1):
        if strength and hertz * number < 7500:
            faster = number * (1 + voice.stretch * number**2)
            total += strength * np.sin(faster * phase) * 0.5 ** (t * (number - 1) / voice.half / 3)
    if voice.breath:
        total += voice.breath * coloured(rng, t.size, 1000, 6000)
    release = np.clip((t[-1] - t) / (0.04 if voice.half > 1 else 0.1), 0, 1)
    return np.asarray(total * np.minimum(t / voice.attack, 1) * 0.5 ** (t / voice.half) * release)


def phrase(rng: np.random.Generator, instrument: str, seconds: float) -> Wave:
    """Some notes of one instrument on a scale, freely."""
    voice = _varied(rng, VOICES[instrument])
    wave, at = np.zeros(times(seconds).size), rng.uniform(0, 0.2)
    scale, root = (_MAJOR, _MINOR, _BLUE)[rng.integers(3)], int(rng.integers(*voice.notes))
    beat, place = rng.uniform(0.2, 0.6), int(rng.integers(-2, 5))
    while at < seconds:
        length = beat * rng.choice((0.5, 1, 1, 2))
        lay(wave, at, note(rng, voice, _step(root, scale, place), length) * rng.uniform(0.6, 1))
        at, place = at + length, place + int(rng.integers(-2, 3))
    return wave


def tune(rng: np.random.Generator, genre: str, instrument: str, seconds: float) -> Wave:
    """A melody of a genre on an instrument, with its accompaniment; it repeats its bars."""
    style, voice = STYLES[genre], _varied(rng, VOICES[instrument])
    beat = 60 / rng.uniform(*style.tempo)
    root = int(rng.integers(*voice.notes))
    bars = [_bar(rng, style) for _ in range(3)]
    loud = rng.uniform(0.25, 0.7)
    wave = np.zeros(times(seconds).size)
    for number in range(int(seconds / (beat * style.beats)) + 1):
        start = number * beat * style.beats
        for at, length, place in bars[(0, 1, 0, 2)[number % 4]]:
            pitch = _step(root, style.scale, place)
            lay(wave, start + _swung(at, style) * beat, note(rng, voice, pitch, length * beat))
        _accompany(rng, wave, style, (start, beat, root - 12 + (0, 5, 0, 7)[number % 4], loud))
    return wave


def _accompany(
    rng: np.random.Generator, wave: Wave, style: Style, bar: tuple[float, float, int, float]
) -> None:
    """Lay bass, chords and drum of one bar, given as start, beat, root and loudness."""
    start, beat, root, loud = bar
    plucked = VOICES["guitar"]
    for at in style.bass:
        lay(wave, start + at * beat, note(rng, plucked, root - 5, beat * 0.8) * loud)
    for at in style.chords:
        for step in (0, 4 if style.scale == _MAJOR else 3, 7):
            chord = note(rng, plucked, root + 12 + step, beat * 0.3)
            lay(wave, start + at * beat, chord * loud / 2)
    for at in style.thumps:
        t = times(0.25)
        thump = np.sin(2 * np.pi * 70 * (t + 0.01 * (1 - 0.5 ** (t / 0.02)))) * 0.5 ** (t / 0.05)
        lay(wave, start + at * beat, thump * 3 * loud)


def _bar(rng: np.random.Generator, style: Style) -> list[tuple[float, float, int]]:
    """Notes of a bar: when and how long in beats, and which step of the scale."""
    notes, at, place = [], 0.0, int(rng.integers(0, 6))
    while at < style.beats:
        length = min(float(rng.choice(style.lengths)), style.beats - at)
        notes.append((at, length, place))
        at, place = at + length, place + int(rng.integers(-2, 3))
    return notes


def _swung(at: float, style: Style) -> float:
    return at + style.swing if at % 1 == 0.5 else at


def _step(root: float, scale: tuple[int, ...], place: int) -> float:
    return float(root + 12 * (place // len(scale)) + scale[place % len(scale)])


def _varied(rng: np.random.Generator, voice: Voice) -> Voice:
    partials = tuple(p * rng.uniform(0.6, 1.5) for p in voice.partials)
    return voice._replace(partials=partials, half=voice.half * rng.uniform(0.7, 1.4))

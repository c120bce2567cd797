"""Composes tracks in six genres and plays them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from .instruments import MAJOR, MINOR, VOICES, beat, play
from .synth import Rng, Wave, add, generator, silence

BLUES = (0, 3, 5, 6, 7, 10)
SCALES = {"major": MAJOR, "minor": MINOR, "blues": BLUES}
SOURCES = Path(__file__).resolve().parent.parent / "sources"


class Note(NamedTuple):
    """One note or stroke: when, how long (beats), which pitch, on what, how loud."""

    at: float
    length: float
    midi: int
    voice: str
    gain: float


@dataclass(frozen=True)
class Track:
    """What makes a melody: its genre, tempo, leading instrument and the seed of its notes."""

    genre: str
    bpm: int
    lead: str
    seed: str


@cache
def genres() -> dict[str, Any]:
    """Return how each genre is made, as the source file says."""
    loaded: dict[str, Any] = yaml.safe_load((SOURCES / "genres.yaml").read_text(encoding="utf-8"))
    return loaded


def _degree(scale: tuple[int, ...], root: int, step: int) -> int:
    """Return the pitch of a step of a scale that may leave the first octave."""
    return root + 12 * (step // len(scale)) + scale[step % len(scale)]


def _motif(rng: Rng, rhythms: list[list[float]]) -> list[tuple[float, int]]:
    """Return one bar of lengths and moves along the scale."""
    lengths = rhythms[int(rng.integers(len(rhythms)))]
    return [(length, int(rng.choice([-2, -1, -1, 0, 1, 1, 2, 3]))) for length in lengths]


def _lead(rng: Rng, track: Track, root: int, bars: int) -> list[Note]:
    """Return the melody: three motifs, repeated and varied, ending on the root."""
    spec = genres()[track.genre]
    scale, voice = SCALES[spec["scale"]], VOICES[track.lead]
    motifs = [_motif(rng, spec["rhythms"]) for _ in range(3)]
    form = rng.choice(3, bars, p=[0.45, 0.35, 0.2])
    start = int(rng.integers(2, 6))
    step, notes = start, []
    base = root + 12 * round((0.5 * (voice.low + voice.high) - 4 - root) / 12)
    for bar in range(bars):
        at = float(bar * spec["beats"])
        for length, move in motifs[form[bar]]:
            step = int(np.clip(step + move, -2, len(scale) + 3))
            if rng.uniform() > spec["rests"]:
                midi = _degree(scale, base, step)
                notes.append(Note(at, length * spec["legato"], midi, track.lead, 0.9))
            at += length
        if bar % 4 == 3:
            step = start
    return notes


def _backing(rng: Rng, track: Track, root: int, bars: int) -> list[Note]:
    """Return bass, chords and drums of every bar."""
    spec = genres()[track.genre]
    progression = spec["progressions"][int(rng.integers(len(spec["progressions"])))]
    comp = str(rng.choice(spec["chord_voices"]))
    notes = []
    for bar in range(bars):
        start, chord = bar * spec["beats"], root + progression[bar % len(progression)]
        for at, length in spec["chords"]:
            notes += [
                Note(start + at, length, 60 + (chord + third) % 12, comp, spec["chord_gain"])
                for third in spec["chord"]
            ]
        for at, length, shift in spec["bass"]:
            notes.append(Note(start + at, length, 36 + (chord + shift) % 12, "bass", 0.7))
        for at, stroke, gain in spec["drums"]:
            notes.append(Note(start + at, 0.0, 0, stroke, gain))
    return notes


def compose(track: Track, seconds: float) -> list[Note]:
    """Return the notes of a track that is at least as long as asked, by time."""
    rng, spec = generator("notes", track.seed), genres()[track.genre]
    root = int(rng.integers(0, 12))
    bars = int(seconds * track.bpm / 60 / spec["beats"]) + 1
    notes = _lead(rng, track, root, bars) + _backing(rng, track, root, bars)
    return sorted(notes)


def _swung(at: float, swing: float) -> float:
    """Return a time in beats with the second half of each beat played late."""
    whole, part = divmod(at, 1.0)
    return whole + (part + swing if abs(part - 0.5) < 0.01 else part)


def perform(track: Track, seconds: float) -> Wave:
    """Return the sound of a track."""
    spec, rng, out = genres()[track.genre], generator("touch", track.seed), silence(seconds)
    for note in compose(track, seconds):
        at = _swung(note.at, spec["swing"]) * 60 / track.bpm
        if note.voice in ("kick", "snare", "hat"):
            tone = beat(note.voice, rng)
        else:
            tone = play(note.voice, note.midi, max(0.06, note.length * 60 / track.bpm), rng)
        add(out, tone, at, note.gain * float(rng.uniform(0.9, 1.1)))
    return out

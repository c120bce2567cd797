"""Audio queries: pieces cut from recordings and spoilt, and pieces of nothing in the corpus."""

from dataclasses import dataclass

import numpy as np

from .catalogue import PLAN, SEED, Sound, ids, melody, sounds, take
from .files import render
from .instruments import SOLOISTS
from .melodies import genres
from .synth import RATE, Wave, band, generator, pink

DEGRADATIONS = ("none", "noise20", "noise15", "noise8", "lowpass", "quiet")
EXTRA = 18
"""How many tracks are asked for twice."""


@dataclass(frozen=True)
class Segment:
    """A piece of a recording: where it starts, how long it is, how it was spoilt."""

    key: str
    source: Sound
    start: float
    seconds: float
    degradation: str
    kind: str
    within: str = ""

    @property
    def end(self) -> float:
        """Return where the piece ends in its source."""
        return round(self.start + self.seconds, 2)


def _cut(source: Sound, number: int, kind: str, within: str = "") -> Segment:
    """Return a piece at a random place of a recording."""
    key = f"{kind}-{within}{source.key}-{number}"
    rng = generator(SEED, "segment", key)
    seconds = round(float(rng.uniform(2.0, min(4.0, source.seconds - 0.8))), 2)
    start = round(float(rng.uniform(0.2, source.seconds - seconds - 0.2)), 2)
    degradation = DEGRADATIONS[number % len(DEGRADATIONS)]
    return Segment(key, source, start, seconds, degradation, kind, within)


def segments() -> list[Segment]:
    """Return pieces of all tracks and of the music in the long recordings."""
    tracks = [s for s in sounds().values() if s.track and not s.copy_of]
    longs = [s for s in sounds().values() if s.parts]
    inside = [(part, s.key) for s in longs for part in s.parts if part.kind != "environment"]
    asked = [(track, "") for track in tracks + tracks[:EXTRA]] + inside
    return [_cut(source, n, "segment", within) for n, (source, within) in enumerate(asked)]


def strangers() -> list[Segment]:
    """Return pieces of tracks and solos that the corpus does not hold."""
    unheard = [
        melody(genre, f"unheard{n}", *PLAN[(2 * n) % 9], 8.0, 9.6)
        for n in range(5)
        for genre in genres()
    ]
    unheard += [take("instrument", name, "unheard", 3.5, 4.5) for name in SOLOISTS[:6]]
    return [_cut(source, number, "stranger") for number, source in enumerate(unheard)]


def spoil(samples: Wave, degradation: str, key: str) -> Wave:
    """Return samples after one kind of damage, peak at most one."""
    rng = generator(SEED, "damage", key)
    if degradation.startswith("noise"):
        loud = float(np.sqrt(np.mean(samples**2))) * 10 ** (-float(degradation[5:]) / 20)
        samples = samples + loud * pink(rng, len(samples) / RATE)
    elif degradation == "lowpass":
        samples = band(samples, 20, float(rng.uniform(1500, 2200)))
    elif degradation == "quiet":
        samples = samples * float(rng.uniform(0.12, 0.25))
    return samples / max(1.0, float(np.abs(samples).max()) / 0.95)


def record(segment: Segment) -> Wave:
    """Return the samples of an audio query."""
    whole = render(segment.source)
    first = round(segment.start * RATE)
    piece = whole[first : first + round(segment.seconds * RATE)]
    return spoil(piece, segment.degradation, segment.key)


def answers(segment: Segment) -> list[tuple[str, int, float, float]]:
    """Return item, grade, start and end of every place where a piece is found."""
    if segment.kind == "stranger":
        return []
    if segment.within:
        at = segment.source.at
        found = (ids()[segment.within], 3, at + segment.start, at + segment.end)
        return [(*found[:2], round(found[2], 2), round(found[3], 2))]
    rows = [(ids()[segment.source.key], 3, segment.start, segment.end)]
    for name, sound in sounds().items():
        start, end = segment.start - sound.trim, segment.end - sound.trim
        if sound.copy_of == segment.source.key and start >= 0 and end <= sound.seconds:
            rows.append((name, 2, round(start, 2), round(end, 2)))
    return rows

"""Decides what the corpus holds: solos, events, melodies, their copies and long recordings."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .events import EVENTS
from .instruments import SOLOISTS
from .melodies import Track, genres
from .synth import generator

SEED = 20_417
SOLOS, TAKES = 7, 5
SPEEDS = ("slow", "medium", "fast")
EDITS = ("gain", "noise", "reencode", "trim")
PLAN = ((0, 0), (0, 0), (1, 1), (1, 1), (2, 2), (2, 2), (0, 1), (1, 2), (2, 0))
"""Tempo and lead of the nine tracks of a genre, by their place in its lists."""
SOURCES = Path(__file__).resolve().parent.parent / "sources"


@dataclass(frozen=True)
class Sound:
    """One recording: a take, a track, an edited copy of a track, or a sequence of recordings.

    `seconds` is how long it is, `at` where it starts inside a longer one, `trim` how much an edit
    cut from the start.
    """

    key: str
    kind: str
    label: str
    seconds: float
    track: Track | None = None
    copy_of: str = ""
    edit: str = ""
    trim: float = 0.0
    at: float = 0.0
    parts: tuple["Sound", ...] = field(default=())


def _length(key: str, low: float, high: float) -> float:
    """Return a length in seconds that depends on the key, to a hundredth."""
    return round(float(generator(SEED, "length", key).uniform(low, high)), 2)


def take(kind: str, label: str, number: object, low: float, high: float) -> Sound:
    """Return one take of an instrument or event."""
    key = f"{kind}-{label}-{number}"
    return Sound(key, kind, label, _length(key, low, high))


def melody(genre: str, number: object, tempo: int, lead: int, low: float, high: float) -> Sound:
    """Return one track; its notes depend on its key."""
    key, spec = f"melody-{genre}-{number}", genres()[genre]
    track = Track(genre, spec["tempos"][tempo], spec["leads"][lead], f"{SEED}-{key}")
    return Sound(key, "melody", genre, _length(key, low, high), track)


def speed(track: Track) -> str:
    """Return whether a track is slow, medium or fast for its genre."""
    return SPEEDS[genres()[track.genre]["tempos"].index(track.bpm)]


def _copies(tracks: list[Sound]) -> list[Sound]:
    """Return four edited copies a genre, one a kind of edit."""
    found = []
    for place, genre in enumerate(genres()):
        mine = [track for track in tracks if track.label == genre]
        for number, source in enumerate(mine[:8:2]):
            edit = EDITS[(number + place) % 4]
            key = f"{source.key}-{edit}"
            trim = _length(key, 0.9, 2.2) if edit == "trim" else 0.0
            length = round(source.seconds - trim - (0.5 if trim else 0), 2)
            copy = Sound(key, "melody", genre, length, source.track, source.key, edit, trim)
            found.append(copy)
    return found


def _part(name: str, place: str) -> Sound:
    """Return what one entry of a long recording stands for."""
    if name in genres():
        draw = generator(SEED, "part", place, name)
        return melody(name, place, int(draw.integers(3)), int(draw.integers(3)), 8.0, 9.0)
    solo, _, label = name.rpartition(" ")
    return take("instrument" if solo else "environment", label, place, 5.5, 7.0)


def _long(number: int, names: list[str]) -> Sound:
    """Return a long recording and when each of its parts starts."""
    parts, at = [], 0.3
    for name in names:
        part = _part(name, f"long{number}")
        parts.append(Sound(**{**part.__dict__, "at": round(at, 2)}))
        at += part.seconds + _length(f"gap-{number}-{name}", 0.3, 0.8)
    return Sound(f"long-{number}", "long", "mixed", round(at, 2), parts=tuple(parts))


@cache
def sounds() -> dict[str, Sound]:
    """Return every recording of the corpus by its id, in the order of the ids."""
    names = yaml.safe_load((SOURCES / "longs.yaml").read_text(encoding="utf-8"))
    tracks = [
        melody(genre, number, tempo, lead, 8.0, 9.6)
        for genre in genres()
        for number, (tempo, lead) in enumerate(PLAN)
    ]
    made = [
        *(take("instrument", n, k, 3, 4) for n in SOLOISTS for k in range(SOLOS)),
        *(take("environment", n, k, 3, 4) for n in EVENTS for k in range(TAKES)),
        *tracks,
        *_copies(tracks),
        *(_long(number, sequence) for number, sequence in enumerate(names)),
    ]
    order = generator(SEED, "order").permutation(len(made))
    return {f"c{place:04d}": made[int(k)] for place, k in enumerate(order, 1)}


@cache
def ids() -> dict[str, str]:
    """Return the id of every recording by its key."""
    return {sound.key: name for name, sound in sounds().items()}


def tags(sound: Sound) -> dict[str, Any]:
    """Return what the corpus says of a recording."""
    unit = {"melody": "track", "long": "long"}.get(sound.kind, "clip")
    told = {"kind": sound.kind, "label": sound.label, "unit": unit}
    if sound.parts:
        told["holds"] = sorted({part.label for part in sound.parts})  # type: ignore[assignment]
    if sound.track:
        told |= {
            "genre": sound.track.genre,
            "tempo": str(sound.track.bpm),
            "speed": speed(sound.track),
            "lead": sound.track.lead,
        }
    return told

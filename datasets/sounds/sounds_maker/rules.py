"""Grades recordings for needs in words; the card states the same rules in prose."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from .catalogue import SOURCES, Sound, speed

LANGUAGES = ("en", "es", "de", "fr", "pt")
FAMILIES = (
    {"dog", "bird"},
    {"car_horn", "train", "siren", "helicopter"},
    {"rain", "waves", "fire"},
    {"bell", "clock"},
    {"flute", "trumpet"},
    {"violin", "guitar"},
    {"piano", "organ"},
    {"xylophone", "drum"},
)
CONFUSED = (
    {"bell", "xylophone"},
    {"rain", "applause"},
    {"fire", "applause"},
    {"helicopter", "drum"},
    {"car_horn", "organ"},
    {"siren", "trumpet"},
    {"bird", "flute"},
    {"waltz", "lullaby"},
    {"march", "techno"},
    {"blues", "reggae"},
)
Answer = tuple[int, float | None, float | None]


@dataclass(frozen=True)
class Intent:
    """A need: the labels that meet it, wishes about a melody, what came before, its wordings."""

    id: str
    labels: tuple[str, ...]
    wishes: tuple[tuple[str, str], ...]
    after: str
    ask: tuple[tuple[str, str], ...]

    @property
    def about(self) -> str:
        """Return what kind of need it is: moment, family, wish or class."""
        if self.after:
            return "moment"
        if len(self.labels) > 1:
            return "family"
        return "wish" if self.wishes else "class"


@cache
def intents() -> tuple[Intent, ...]:
    """Return the needs as the source file states them."""
    rows = yaml.safe_load((SOURCES / "queries.yaml").read_text(encoding="utf-8"))
    return tuple(_intent(f"n{number:03d}", row) for number, row in enumerate(rows, 1))


def _intent(name: str, row: dict[str, Any]) -> Intent:
    """Return one need of the source file."""
    labels = row["label"] if isinstance(row["label"], list) else [row["label"]]
    wishes = tuple((key, row[key]) for key in ("lead", "speed") if key in row)
    ask = tuple((code, row[code]) for code in LANGUAGES if code in row)
    return Intent(name, tuple(labels), wishes, row.get("after", ""), ask)


def _wishes_met(intent: Intent, sound: Sound) -> bool:
    """Tell whether a melody has the lead and the speed that were asked for."""
    if not intent.wishes:
        return True
    if sound.track is None:
        return False
    found = {"lead": sound.track.lead, "speed": speed(sound.track)}
    return all(found[key] == value for key, value in intent.wishes)


def _joined(pairs: tuple[set[str], ...], intent: Intent, label: str) -> bool:
    """Tell whether a label stands beside one of those asked for in a table."""
    return any(label in pair and pair & set(intent.labels) for pair in pairs)


def grade(intent: Intent, sound: Sound) -> int | None:
    """Return the grade of one recording without parts; None is not judged."""
    if sound.label in intent.labels:
        return 3 if _wishes_met(intent, sound) else 2
    if _joined(FAMILIES, intent, sound.label) and intent.about != "family":
        return 1
    if sound.track and sound.track.lead in intent.labels:
        return 1
    return 0 if _joined(CONFUSED, intent, sound.label) else None


def answer(intent: Intent, sound: Sound) -> Answer | None:
    """Return grade, start and end for any recording; None is not judged."""
    if sound.parts:
        return _moment(intent, sound) if intent.after else _inside(intent, sound)
    known = None if intent.after else grade(intent, sound)
    return None if known is None else (known, None, None)


def _inside(intent: Intent, sound: Sound) -> Answer | None:
    """Return the best part of a long recording, where it is of the class asked for."""
    graded = [(grade(intent, part) or 0, part) for part in sound.parts]
    best, part = max(graded, key=lambda pair: (pair[0], -pair[1].at))
    return (best, part.at, round(part.at + part.seconds, 2)) if best >= 2 else None


def _moment(intent: Intent, sound: Sound) -> Answer | None:
    """Return 3 where the part follows the other at once, 2 later on, 0 where it comes before."""
    places = {part.label: place for place, part in enumerate(sound.parts)}
    here = next((places[label] for label in intent.labels if label in places), None)
    if here is None:
        return None
    part, there = sound.parts[here], places.get(intent.after)
    span = (part.at, round(part.at + part.seconds, 2))
    if there is None:
        return (1, *span)
    return (0, None, None) if there > here else (3 if there == here - 1 else 2, *span)

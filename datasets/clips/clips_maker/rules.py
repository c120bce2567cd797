"""Grades clips for needs in words; the card states the same rules in prose."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from .catalogue import SOURCES, Clip, Scene

LANGUAGES = ("en", "es", "de", "fr", "pt")
CHANNELS, SIDES = ("sight", "sound"), ("background", "motion")
FAMILIES = (
    {"dog", "bird"},
    {"car_horn", "train", "siren", "helicopter"},
    {"rain", "waves"},
    {"bell", "clock"},
    {"drum", "piano"},
)
Answer = tuple[int, float | None, float | None]


@dataclass(frozen=True)
class Intent:
    """A need: what must be seen or heard, where and how it moves, what came before, its words."""

    id: str
    must: tuple[tuple[str, tuple[str, ...]], ...]
    side: tuple[tuple[str, str], ...]
    after: str
    ask: tuple[tuple[str, str], ...]

    @property
    def about(self) -> str:
        """Return moment, motion, background, both, sight or sound: what settles the need."""
        if self.after:
            return "moment"
        sides = dict(self.side)
        if sides:
            return "motion" if "motion" in sides else "background"
        return "both" if len(self.must) == 2 else self.must[0][0]


@cache
def intents() -> tuple[Intent, ...]:
    """Return the needs as the source file states them."""
    rows = yaml.safe_load((SOURCES / "queries.yaml").read_text(encoding="utf-8"))
    return tuple(_intent(f"n{number:03d}", row) for number, row in enumerate(rows, 1))


def _intent(name: str, row: dict[str, Any]) -> Intent:
    """Return one need of the source file; `event` stands for sight and sound."""
    if "event" in row:
        row = {"sight": row["event"], "sound": row["event"], **row}
    given = {c: row[c] if isinstance(row[c], list) else [row[c]] for c in CHANNELS if c in row}
    must = tuple((channel, tuple(values)) for channel, values in given.items())
    side = tuple((key, row[key]) for key in SIDES if key in row)
    ask = tuple((code, row[code]) for code in LANGUAGES if code in row)
    return Intent(name, must, side, row.get("after", ""), ask)


def _sibling(wanted: tuple[str, ...], value: str) -> bool:
    """Tell whether an event belongs to the family of one that is asked for."""
    return any(value in family and family & set(wanted) for family in FAMILIES)


def grade(intent: Intent, scene: Scene) -> int | None:
    """Return the grade of one scene; None is not judged."""
    met = [getattr(scene, channel) in wanted for channel, wanted in intent.must]
    sides = [getattr(scene, key) == value for key, value in intent.side]
    if not intent.must:
        return 3 if all(sides) else 2 if sides[0] and len(sides) > 1 else None
    if all(met):
        return 3 if all(sides) else 2
    if _near_miss(intent, scene, met):
        return 0
    akin = all(_sibling(wanted, getattr(scene, channel)) for channel, wanted in intent.must)
    return 1 if akin and all(sides) else None


def _near_miss(intent: Intent, scene: Scene, met: list[bool]) -> bool:
    """Tell whether only one channel is right, or the event is in the channel not asked for."""
    if len(met) == 2:
        return any(met)
    channel, wanted = intent.must[0]
    return getattr(scene, "sound" if channel == "sight" else "sight") in wanted


def answer(intent: Intent, clip: Clip) -> Answer | None:
    """Return grade, start and end for any clip; None is not judged."""
    if len(clip.scenes) > 1:
        return _moment(intent, clip) if intent.after else _inside(intent, clip)
    known = None if intent.after else grade(intent, clip.scenes[0])
    return None if known is None else (known, None, None)


def _span(scene: Scene) -> tuple[float, float]:
    """Return when a scene starts and ends."""
    return scene.at, round(scene.at + scene.seconds, 2)


def _inside(intent: Intent, clip: Clip) -> Answer | None:
    """Return the best scene of a long clip, the first among equals, from grade 2 up."""
    graded = [(grade(intent, scene) or 0, scene) for scene in clip.scenes]
    best, scene = max(graded, key=lambda pair: (pair[0], -pair[1].at))
    return (best, *_span(scene)) if best >= 2 else None


def _moment(intent: Intent, clip: Clip) -> Answer | None:
    """Return 3 right after the other event, 2 later on, 1 without it, 0 before it."""
    order = [scene.sight for scene in clip.scenes]
    wanted = intent.must[0][1][0]
    if wanted not in order:
        return None
    here = order.index(wanted)
    if intent.after not in order:
        return (1, *_span(clip.scenes[here]))
    there = order.index(intent.after)
    if there > here:
        return 0, None, None
    return (3 if there == here - 1 else 2, *_span(clip.scenes[here]))

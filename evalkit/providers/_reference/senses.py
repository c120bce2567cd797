"""Concepts of sound and motion picture, and the texts of the training world that name them.

These concepts follow those of things in a vector. Texts about things have none of them, and
pictures neither, so both keep the vectors that they would have without.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .attributes import FILLER
from .phrases import Text
from .phrases import texts as texts_of_things
from .sound_words import (
    MOTION_OF,
    SAYINGS,
    Names,
    events,
    genres,
    heard,
    instruments,
    motions,
    places,
)
from .vocabulary import LANGUAGES

if TYPE_CHECKING:
    import random

Floats = NDArray[np.float64]

SOUND, GENRE, SEEN, PLACE, MOTION = range(5)
BLOCKS: tuple[tuple[str, ...], ...] = (
    (*events(), *instruments()),
    tuple(genres()),
    tuple(events()),
    tuple(places()),
    tuple(motions()),
)
"""The names in each block: what sounds, the genre, what is seen, where, and how it moves."""
SIZE = sum(map(len, BLOCKS))
SHARES = (1.0, 1.0, 1.0, 0.7, 0.4)
"""Lengths of the blocks where they are stated, heard or seen."""

_ORDERS = (
    ("event",),
    ("event", "heard"),
    ("saying", "event", "place"),
    ("event", "place"),
    ("place", "saying", "event", "motion"),
    ("saying", "heard"),
    ("heard", "place"),
    ("instrument", "genre"),
    ("saying", "instrument"),
    ("genre", "saying", "instrument", "saying"),
    ("saying", "genre", "noise"),
    ("noise", "event", "saying"),
    ("filler", "saying", "noise"),
    ("event", "motion"),
    ("event", "other", "place"),
)
_THINGS = 0.4
"""Share of the texts that are about things and name nothing here."""


def slices() -> list[slice]:
    """The places of each block in a target vector."""
    ends = np.cumsum([0, *map(len, BLOCKS)]).tolist()
    return [slice(low, high) for low, high in pairwise(ends)]


def target(block: int, name: str) -> Floats:
    """A target vector (SIZE,) that names one concept: one-hot, centred within its block."""
    vector = np.zeros(SIZE)
    place = slices()[block]
    vector[place] = -1 / len(BLOCKS[block])
    vector[place.start + BLOCKS[block].index(name)] += 1
    return vector


def texts(rng: random.Random, count: int) -> list[Text]:
    """`count` texts: some about things, every name on its own, then phrases of several parts."""
    things = texts_of_things(rng, round(count * _THINGS))
    quiet = [Text(thing.text, np.zeros(SIZE)) for thing in things]
    names = _names()
    rng.shuffle(names)
    rest = (_phrase(rng) for _ in range(max(0, count - len(quiet) - len(names))))
    return [*quiet, *names, *rest][:count]


def event_target(name: str) -> Floats:
    """What the name of an event says: how it sounds and how it looks."""
    return target(SOUND, name) + target(SEEN, name)


def _names() -> list[Text]:
    found = [Text(word, np.zeros(SIZE)) for word in (*SAYINGS, *FILLER)]
    found += [Text(word, event_target(name)) for name, word in _each(events())]
    tables = ((SOUND, heard()), (SOUND, instruments()), (GENRE, genres()), (PLACE, places()))
    for block, table in (*tables, (MOTION, motions())):
        found += [Text(word, target(block, name)) for name, word in _each(table)]
    return found


def _each(table: Names) -> list[tuple[str, str]]:
    return [(name, word) for name, langs in table.items() for words in langs for word in words]


def _phrase(rng: random.Random) -> Text:
    language = rng.randrange(len(LANGUAGES))
    event = rng.choice(BLOCKS[SEEN])
    parts = [_part(rng, kind, language, event) for kind in rng.choice(_ORDERS)]
    parts = [part for part in parts if rng.random() < 0.9] or parts[:1]
    total = np.clip(np.sum([part.target for part in parts], axis=0), -1, 1)
    return Text(" ".join(part.text for part in parts), total)


_TABLES: dict[str, tuple[int, Names]] = {
    "instrument": (SOUND, instruments()),
    "genre": (GENRE, genres()),
    "place": (PLACE, places()),
}
_EVENTS, _HEARD, _MOTIONS = events(), heard(), motions()


def _part(rng: random.Random, kind: str, language: int, event: str) -> Text:
    """Words for one part of a phrase, and what they say."""
    if kind in _TABLES:
        block, table = _TABLES[kind]
        name = rng.choice(list(table))
        return Text(rng.choice(table[name][language]), target(block, name))
    if kind == "event":
        return Text(rng.choice(_EVENTS[event][language]), event_target(event))
    if kind == "heard":
        return Text(rng.choice(_HEARD[event][language]), target(SOUND, event))
    if kind == "other":
        other = rng.choice(BLOCKS[SEEN])
        return Text(rng.choice(_HEARD[other][language]), target(SOUND, other))
    if kind == "motion":
        motion = MOTION_OF[event]
        return Text(rng.choice(_MOTIONS[motion][language]), target(MOTION, motion))
    return Text(_idle(rng, kind), np.zeros(SIZE))


def _idle(rng: random.Random, kind: str) -> str:
    """Words that say nothing: common ones, or made up."""
    if kind == "noise":
        syllables = [rng.choice("bcdfglmnprstvz") + rng.choice("aeiou") for _ in range(3)]
        return "".join(syllables)[: rng.randrange(4, 7)]
    return rng.choice(SAYINGS if kind == "saying" else FILLER)

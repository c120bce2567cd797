"""Texts of the training world: short descriptions of things in five languages."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .attributes import FILLER, colours, details, patterns
from .surfaces import PALETTE, PATTERNS
from .vocabulary import LANGUAGES, kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORDERS = (
    ("colour", "pattern", "kind"),
    ("kind", "colour", "pattern"),
    ("kind", "pattern", "colour", "detail"),
    ("detail", "colour", "kind"),
    ("colour", "kind", "related"),
    ("kind", "detail", "related"),
    ("detail", "related", "colour"),
    ("filler", "kind", "colour", "filler", "detail"),
    ("pattern", "kind", "filler", "detail", "detail"),
    ("noise", "kind", "colour", "pattern", "noise"),
    ("kind", "noise", "filler", "noise"),
    ("filler", "noise", "detail", "filler"),
)


@dataclass(frozen=True, slots=True)
class Concepts:
    """The names of the concepts, in the order of a target vector."""

    kinds: tuple[str, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def shared(self) -> int:
        """How many concepts pictures and texts share; the rest is said in texts only."""
        return len(self.kinds) + len(self.colours) + len(self.patterns)

    def blocks(self) -> list[slice]:
        """The places of kinds, colours, patterns and details in a target vector."""
        ends = np.cumsum([0, *(len(b) for b in self._all())]).tolist()
        return [slice(low, high) for low, high in pairwise(ends)]

    def target(self, block: int, name: str) -> NDArray[np.float64]:
        """A target vector that names one concept: one-hot, centred within its block."""
        vector = np.zeros(self.blocks()[-1].stop)
        names = self._all()[block]
        place = self.blocks()[block]
        vector[place] = -1 / len(names) if block < 3 else 0.0
        vector[place.start + names.index(name)] += 1
        return vector

    def _all(self) -> tuple[tuple[str, ...], ...]:
        return self.kinds, self.colours, self.patterns, self.details


class Text(NamedTuple):
    """A training text and what it says, a target vector."""

    text: str
    target: NDArray[np.float64]


CONCEPTS = Concepts(tuple(sorted(kinds())), tuple(PALETTE), PATTERNS, tuple(details()))


def texts(rng: random.Random, count: int) -> list[Text]:
    """All names on their own, then phrases of several parts, `count` texts in all."""
    names = _names()
    rng.shuffle(names)
    rest = (_phrase(rng) for _ in range(max(0, count - len(names))))
    return [*names[:count], *rest]


def _names() -> list[Text]:
    tables = (
        {name: langs for name, (langs, _) in kinds().items()},
        colours(),
        patterns(),
        details(),
    )
    found = [
        Text(name, CONCEPTS.target(block, concept))
        for block, table in enumerate(tables)
        for concept, langs in table.items()
        for names in langs
        for name in names
    ]
    nothing = np.zeros(CONCEPTS.blocks()[-1].stop)
    return found + [Text(name, nothing) for name in FILLER]


def _phrase(rng: random.Random) -> Text:
    language = rng.randrange(len(LANGUAGES))
    subject = rng.choice(CONCEPTS.kinds)
    order = rng.choice(_ORDERS)
    parts = [_PARTS[part](rng, language, subject) for part in order if rng.random() < 0.88]
    parts = parts or [_kind(rng, language, subject)]
    total = np.clip(np.sum([part.target for part in parts], axis=0), -1, 1)
    return Text(" ".join(part.text for part in parts), total)


def _kind(rng: random.Random, language: int, subject: str) -> Text:
    return Text(rng.choice(kinds()[subject][0][language]), CONCEPTS.target(0, subject))


def _related(rng: random.Random, language: int, subject: str) -> Text:
    del language
    return Text(rng.choice(kinds()[subject][1]), 0.4 * CONCEPTS.target(0, subject))


def _attribute(
    block: int, table: dict[str, list[list[str]]]
) -> Callable[[random.Random, int, str], Text]:
    def draw(rng: random.Random, language: int, subject: str) -> Text:
        del subject
        name = rng.choice(list(table))
        return Text(rng.choice(table[name][language]), CONCEPTS.target(block, name))

    return draw


def _filler(rng: random.Random, language: int, subject: str) -> Text:
    del language, subject
    return Text(rng.choice(FILLER), np.zeros(CONCEPTS.blocks()[-1].stop))


def _noise(rng: random.Random, language: int, subject: str) -> Text:
    """A made-up word or a number, which says nothing."""
    del language, subject
    syllables = [rng.choice("bcdfglmnprstvz") + rng.choice("aeiou") for _ in range(3)]
    made_up = "".join(syllables)[: rng.randrange(4, 7)]
    return Text(
        rng.choice((made_up, made_up, f"{rng.randrange(1, 900)} cm")),
        np.zeros(CONCEPTS.blocks()[-1].stop),
    )


_PARTS = {
    "kind": _kind,
    "colour": _attribute(1, colours()),
    "pattern": _attribute(2, patterns()),
    "detail": _attribute(3, details()),
    "related": _related,
    "filler": _filler,
    "noise": _noise,
}

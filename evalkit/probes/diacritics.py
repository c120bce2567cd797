"""Letters without the marks that their language writes on them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import Edit, change_texts, fifths_of, in_case_of, slip_some

if TYPE_CHECKING:
    import numpy as np

_STROKES = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"}
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC")


@plugin("probes", "diacritics")
@dataclass(frozen=True, slots=True)
class Diacritics:
    """Drops the marks of 1 to 5 fifths of the letters that carry one, at least of one.

    Latin, Greek and Cyrillic letters, composed or not, lose their accents, dots, tildes and hooks;
    ß, æ, œ, ø, ł and đ become what people type for them. Other scripts stay: their marks are
    vowels. Levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Words that a mark tells apart, such as schon and schön."
    changes: ClassVar[float] = 0.2

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with fewer marks, or None where its text has none."""
        if check_severity("diacritics", severity) == 0:
            return item
        return change_texts(item, lambda text: _plainer(text, severity, ctx.rng))


def _plainer(text: str, severity: int, rng: np.random.Generator) -> str:
    """Return the text without the marks of as many fifths of its marked letters."""
    edits = _marked(text)
    return slip_some(text, edits, fifths_of(severity, len(edits)), rng)


def _marked(text: str) -> list[Edit]:
    """Return every letter with marks, those that follow it too, and the letter without."""
    found, start = [], 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.category(text[end]) == "Mn":
            end += 1
        letter = text[start:end]
        plain = _without_marks(letter)
        if plain != letter:
            found.append((start, end, plain))
        start = end
    return found


def _without_marks(letter: str) -> str:
    """Return a letter of the three alphabets without its marks, anything else as it is."""
    if letter.isascii():
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    stroke = _STROKES.get(base.lower())
    if stroke:
        return in_case_of(base, stroke)
    return base if unicodedata.name(base, "").startswith(_ALPHABETS) else letter

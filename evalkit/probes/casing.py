"""Letters in another case, as keyboards, headings and moods make them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts

if TYPE_CHECKING:
    import numpy as np

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@plugin("probes", "casing")
@dataclass(frozen=True, slots=True)
class Casing:
    """Writes each text in another case; the severities are kinds, not strengths.

    1: lower case. 2: CAPITALS. 3: A Capital For Each Word. 4: half of the letters, drawn by
    chance, in the other case. 5: aLtErNaTiNg. Scripts without case stay as they are. Levels of
    evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Words that case tells apart, such as US and us, or Polish, polish."
    changes: ClassVar[float] = 0.2
    ordered: ClassVar[bool] = False

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item in another case, or None where its text is in that case already."""
        if check_severity("casing", severity) == 0:
            return item
        return change_texts(item, lambda text: _recased(text, severity, ctx.rng))


def _recased(text: str, severity: int, rng: np.random.Generator) -> str:
    """Return a text in the case of a severity from 1 to 5."""
    if severity == 1:
        return text.lower()
    if severity == 2:
        return text.upper()
    if severity == 3:
        return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)
    return _half_turned(text, rng) if severity == 4 else _alternating(text)


def _cased(text: str) -> list[int]:
    """Return the places of the letters that have two cases, each of one sign."""
    return [
        place
        for place, sign in enumerate(text)
        if sign.swapcase() != sign and len(sign.swapcase()) == 1
    ]


def _half_turned(text: str, rng: np.random.Generator) -> str:
    """Return the text with half of its letters, rounded up, in the other case."""
    places, signs = _cased(text), list(text)
    for place in rng.permutation(len(places))[: -(-len(places) // 2)]:
        signs[places[place]] = signs[places[place]].swapcase()
    return "".join(signs)


def _alternating(text: str) -> str:
    """Return the text with every second letter a capital."""
    signs = list(text)
    for count, place in enumerate(_cased(text)):
        signs[place] = signs[place].upper() if count % 2 else signs[place].lower()
    return "".join(signs)

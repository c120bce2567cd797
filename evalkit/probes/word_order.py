"""Words in another order, as in a hurried search or a loose translation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import apply_edits, change_texts, fifths_of

if TYPE_CHECKING:
    import numpy as np

_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")


@plugin("probes", "word_order")
@dataclass(frozen=True, slots=True)
class WordOrder:
    """Moves 1 to 5 fifths of the words of each text, at least two, to one another's places.

    Spaces and punctuation stay where they are. Shuffled words are the ordering variation of
    Penha, Camara and Hauff, ECIR 2022; the shares are levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Who does what to whom, and which word a 'not' belongs to."
    changes: ClassVar[float] = 0.9

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item in another order, or None where no two words of its text differ."""
        if check_severity("word_order", severity) == 0:
            return item
        return change_texts(item, lambda text: _reordered(text, severity, ctx.rng))


def _reordered(text: str, severity: int, rng: np.random.Generator) -> str:
    """Return the text with as many fifths of its words moved, each to the next one's place."""
    words = list(_WORD.finditer(text))
    order = [int(place) for place in rng.permutation(len(words))]
    others = [place for place in order if words[place][0] != words[order[0]][0]]
    if not others:
        return text
    order.remove(others[0])
    order.insert(1, others[0])
    moved = order[: max(2, fifths_of(severity, len(words)))]
    edits = [
        (words[place].start(), words[place].end(), words[source][0])
        for place, source in zip(moved, [*moved[1:], moved[0]], strict=True)
    ]
    return apply_edits(text, edits)

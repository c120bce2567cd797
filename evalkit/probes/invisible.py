"""Characters that nobody sees: without width, turning the direction, or deleting."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts, check_choice

if TYPE_CHECKING:
    import numpy as np

_COUNTS = (0, 1, 2, 5, 10, 20)
_KINDS = ("zero_width", "bidi", "deletion")
_ZERO_WIDTH = "\u200b\u200c\u200d"
_REVERSED = "\u2066\u202e{}\u202c\u2069"
"""Shows letters from right to left, shut off from what is around them."""
_EMPTY_ISOLATE = "\u2066\u2069"
_BACKSPACE = "\b"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@plugin("probes", "invisible")
@dataclass(frozen=True, slots=True)
class Invisible:
    """Hides 1, 2, 5, 10 or 20 things in each text that leave its look as it was.

    kind: zero_width, one of ZWSP, ZWNJ and ZWJ; bidi, two neighbouring letters swapped and shown
    in their old order by an isolated override of the direction (a pair of empty controls where no
    two are left); deletion, a letter and the backspace that deletes it; any, one of the three by
    chance for each. Source: Boucher, Shumailov, Anderson and Papernot, Bad Characters, IEEE S&P
    2022.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing that a reader can see; scripts that join letters by ZWJ."
    changes: ClassVar[float] = 0.95

    kind: Literal["any", "zero_width", "bidi", "deletion"] = "any"

    def __post_init__(self) -> None:
        """Refuse an unknown kind."""
        check_choice("invisible", "kind", self.kind, ("any", *_KINDS))

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with hidden characters, or None where it has no text."""
        if check_severity("invisible", severity) == 0:
            return item
        kinds = _KINDS if self.kind == "any" else (self.kind,)
        return change_texts(item, lambda text: _hidden(text, kinds, _COUNTS[severity], ctx.rng))


def _hidden(text: str, kinds: tuple[str, ...], count: int, rng: np.random.Generator) -> str:
    """Return the text with `count` hidden things in it; a blank text stays."""
    if not text.strip():
        return text
    cells = list(text)
    for _ in range(count):
        kind = kinds[int(rng.integers(len(kinds)))]
        pairs = _pairs(cells) if kind == "bidi" else []
        if pairs:
            at = pairs[int(rng.integers(len(pairs)))]
            cells[at : at + 2] = [_REVERSED.format(cells[at + 1] + cells[at])]
        else:
            cells.insert(int(rng.integers(len(cells) + 1)), _inserted(kind, rng))
    return "".join(cells)


def _pairs(cells: list[str]) -> list[int]:
    """Return where two letters stand side by side that are not the same and run rightwards."""
    return [
        at
        for at, (one, other) in enumerate(pairwise(cells))
        if one != other and _runs_right(one) and _runs_right(other)
    ]


def _runs_right(cell: str) -> bool:
    """Return whether a cell is one letter that is written from left to right."""
    return cell.isalpha() and unicodedata.bidirectional(cell) == "L"


def _inserted(kind: str, rng: np.random.Generator) -> str:
    """Return something that is not seen between two signs."""
    if kind == "zero_width":
        return _ZERO_WIDTH[int(rng.integers(len(_ZERO_WIDTH)))]
    if kind == "bidi":
        return _EMPTY_ISOLATE
    return _LETTERS[int(rng.integers(len(_LETTERS)))] + _BACKSPACE

"""Slips of the finger: neighbouring keys, swaps, drops and doubles."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts

if TYPE_CHECKING:
    import numpy as np

_SHARES = (0.0, 0.02, 0.05, 0.10, 0.15, 0.25)
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@plugin("probes", "typos")
@dataclass(frozen=True, slots=True)
class Typos:
    """Mistypes 2, 5, 10, 15 or 25 % of the letters of each text, at least one.

    A slip is, with equal chance, a neighbouring key of a QWERTY keyboard (accented letters count
    as their base letter, other alphabets have none), a swap with the next letter, a missing
    letter, or a doubled one. Digits, signs and parts that are not text stay as they are.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Names and codes that one letter tells apart."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with typos, or None where its text has no letters."""
        if check_severity("typos", severity) == 0:
            return item
        return change_texts(item, lambda text: _mistype(text, _SHARES[severity], ctx.rng))


def _mistype(text: str, share: float, rng: np.random.Generator) -> str:
    """Return the text with a share of its letters mistyped; always another text if it has any."""
    letters = [place for place, sign in enumerate(text) if sign.isalpha()]
    if not letters:
        return text
    count = max(1, round(share * len(letters)))
    chosen = sorted(int(place) for place in rng.choice(letters, count, replace=False))
    signs, slips = list(text), frozenset(chosen)
    for place in chosen:
        _slip(signs, place, slips, len(letters), rng)
    mistyped = "".join(signs)
    first = chosen[0]
    return mistyped if mistyped != text else text[:first] + text[first] + text[first:]


def _slip(
    signs: list[str], place: int, chosen: Collection[int], letters: int, rng: np.random.Generator
) -> None:
    """Put one slip at a place of `signs`, of a kind that is possible there."""
    letter, after = signs[place], place + 1
    near = _neighbours(letter)
    kinds = ["double"]
    if near:
        kinds.append("neighbour")
    if letters > 1:
        kinds.append("drop")
    if _swappable(signs, place) and after not in chosen:
        kinds.append("swap")
    kind = kinds[int(rng.integers(len(kinds)))]
    if kind == "swap":
        signs[place], signs[after] = signs[after], letter
    elif kind == "neighbour":
        signs[place] = near[int(rng.integers(len(near)))]
    else:
        signs[place] = letter * 2 if kind == "double" else ""


def _swappable(signs: Sequence[str], place: int) -> bool:
    """Return whether the next sign is another letter."""
    return (
        place + 1 < len(signs) and signs[place + 1].isalpha() and signs[place + 1] != signs[place]
    )


def _neighbours(letter: str) -> str:
    """Return the keys around a letter, in its case; "" where a QWERTY keyboard does not have it."""
    base = unicodedata.normalize("NFD", letter)[0]
    near = _AROUND.get(base.lower(), "")
    return near.upper() if base.isupper() else near


def _around() -> dict[str, str]:
    """Return each key's neighbours; a row lies half a key to the right of the one above."""
    at = {key: (2 * x + y, y) for y, row in enumerate(_KEYS) for x, key in enumerate(row)}
    return {
        key: "".join(k for k, (u, v) in at.items() if k != key and abs(u - x) + abs(v - y) <= 2)
        for key, (x, y) in at.items()
    }


_AROUND = _around()

"""Reading errors of machines: what scanned print comes out as."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import Edit, change_texts, share_of, slip_some

if TYPE_CHECKING:
    import numpy as np

_SHARES = (0.0, 0.02, 0.05, 0.10, 0.15, 0.25)
_ALIKE = (
    "0 O o", "1 l I i", "5 S s", "8 B", "6 G b", "2 Z z", "9 g q", "e c", "a o", "h b", "t f",
    "u n", "v y", "D O", "E F", "R B", "C G", "rn m", "cl d", "vv w", "VV W", "nn m", "ii u",
    "li h", "ri n", "fi ﬁ", "fl ﬂ", "ff ﬀ", "J I", "T I", "П Л", "и н", "с е", "к н",
)  # fmt: skip
_LONG_WORD = re.compile(r"[^\W\d_]{8,}")


@plugin("probes", "ocr")
@dataclass(frozen=True, slots=True)
class Ocr:
    """Misreads 2, 5, 10, 15 or 25 signs per hundred letters and digits, at least one.

    A misreading is one of a shape that looks alike (0 and O, 1, l and I, 5 and S, 8 and B, e and
    c, rn and m, cl and d, the ligatures of f), an accent that is lost, or a word of at least
    eight letters that keeps the hyphen and the line break it had in print. Shares as for slips of
    the finger: levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Codes and numbers, where a digit becomes a letter or another digit."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item misread, or None where its text has no sign that is mistaken."""
        if check_severity("ocr", severity) == 0:
            return item
        return change_texts(item, lambda text: _misread(text, _SHARES[severity], ctx.rng))


def _misread(text: str, share: float, rng: np.random.Generator) -> str:
    """Return the text with a share of its letters and digits misread, as far as there are any."""
    signs = sum(sign.isalnum() for sign in text)
    return slip_some(text, _misreadings(text), share_of(share, signs), rng)


def _misreadings(text: str) -> list[Edit]:
    """Return every misreading that is possible in a text."""
    shapes = [
        (found.start(), found.end(), new)
        for shape, others in _MISTAKEN.items()
        for found in re.finditer(re.escape(shape), text)
        for new in others
    ]
    accents = [
        (place, place + 1, base)
        for place, sign in enumerate(text)
        if (base := unicodedata.normalize("NFD", sign)[0]) != sign and base.isalpha()
    ]
    middles = [(found.start() + found.end()) // 2 for found in _LONG_WORD.finditer(text)]
    return shapes + accents + [(at, at + 1, f"-\n{text[at]}") for at in middles]


def _mistaken() -> Mapping[str, tuple[str, ...]]:
    """Return what each shape is read as: every other one of its class."""
    classes = [row.split() for row in _ALIKE]
    shapes = dict.fromkeys(shape for one in classes for shape in one)
    return {
        shape: tuple(o for one in classes if shape in one for o in one if o != shape)
        for shape in shapes
    }


_MISTAKEN = _mistaken()

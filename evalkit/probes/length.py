"""Texts cut short, or padded with sentences that say nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._boilerplate import SENTENCES
from evalkit.probes._language import languages_of
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts, check_choice

if TYPE_CHECKING:
    import numpy as np

_KEPT = (1.0, 0.9, 0.75, 0.5, 0.25, 0.1)
_ADDED = (0, 1, 2, 5, 10, 20)
_HOWS = ("pad", "pad_before", "cut")


@plugin("probes", "length")
@dataclass(frozen=True, slots=True)
class Length:
    """Pads each text with boiler-plate, or cuts it short.

    how: pad, 1, 2, 5, 10 or 20 sentences after the text; pad_before, as many before it; cut, the
    first 90, 75, 50, 25 or 10 % of its words are left, at least one, and at least one is lost.
    The sentences are Spanish for Spanish texts, English for others. Padding and position show
    whether a model prefers what is short or early. Source: ColDeR, ACL 2025; levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "What stands in the part that is cut off; padding breaks nothing."
    changes: ClassVar[float] = 0.9

    how: Literal["pad", "pad_before", "cut"] = "pad"

    def __post_init__(self) -> None:
        """Refuse an unknown way."""
        check_choice("length", "how", self.how, _HOWS)

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item longer or shorter, or None where it has no text or one word to cut."""
        if check_severity("length", severity) == 0:
            return item
        if self.how == "cut":
            return change_texts(item, lambda text: _cut(text, _KEPT[severity]))
        return change_texts(item, lambda text: self._padded(text, item, severity, ctx.rng))

    def _padded(self, text: str, item: Item, severity: int, rng: np.random.Generator) -> str:
        """Return the text with boiler-plate before or after it; a blank one stays."""
        if not text.strip():
            return text
        sentences = SENTENCES["es" if "es" in languages_of(item, text) else "en"]
        drawn = rng.permutation(len(sentences))[: _ADDED[severity]]
        padding = " ".join(sentences[int(place)] for place in drawn)
        if self.how == "pad_before":
            return f"{padding} {text}"
        ended = re.search(r"[.!?…。][\"'”’)]*\s*$", text)
        return f"{text} {padding}" if ended else f"{text}. {padding}"


def _cut(text: str, share: float) -> str:
    """Return the first words of a text, a share of them; a single word stays."""
    ends = [word.end() for word in re.finditer(r"\S+", text)]
    if len(ends) < 2:
        return text
    kept = min(math.ceil(share * len(ends)), len(ends) - 1)
    return text[: ends[kept - 1]]

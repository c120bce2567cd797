"""Spaces and punctuation that went wrong on the way into a text field."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts, edit_some, share_of

if TYPE_CHECKING:
    import numpy as np

_GAP = re.compile(r"(?<=\S)[^\S\n]+(?=\S)")
_BETWEEN = re.compile(r"(?<=\w)[-–—/](?=\w)")
_KEPT = "%&@#"
_INSIDE = re.compile(r"(?<=\w\w)\w(?=\w)")


@plugin("probes", "spacing")
@dataclass(frozen=True, slots=True)
class Spacing:
    """Gets spaces or punctuation wrong; the severities are kinds, not strengths.

    1: every gap between words doubled. 2: every gap a tab. 3: a share of the gaps lost, so that
    words join. 4: as many gaps too many, inside words of four letters or more. 5: all punctuation
    left out but decimal points and % & @ #, a dash or slash between words leaving a gap. share:
    above 0, at most 1. Levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Words that a space tells apart, and what a comma or a dash parts."
    changes: ClassVar[float] = 0.15
    ordered: ClassVar[bool] = False

    share: float = 0.25

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if type(self.share) not in (int, float) or not 0 < self.share <= 1:
            raise UsageError(
                f"expected share of 'spacing' to be above 0 and at most 1, got {self.share!r}."
            )

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item spaced otherwise, or None where its text has no such place."""
        if check_severity("spacing", severity) == 0:
            return item
        return change_texts(item, lambda text: _respaced(text, severity, self.share, ctx.rng))


def _respaced(text: str, severity: int, share: float, rng: np.random.Generator) -> str:
    """Return a text with the wrong spaces, or without the signs, of a severity from 1 to 5."""
    if severity == 1:
        return _GAP.sub("  ", text)
    if severity == 2:
        return _GAP.sub("\t", text)
    if severity == 5:
        return _bare(text)
    gaps = [(gap.start(), gap.end(), "") for gap in _GAP.finditer(text)]
    inside = [(at.start(), at.end(), f" {at[0]}") for at in _INSIDE.finditer(text)]
    edits = gaps if severity == 3 else inside
    return edit_some(text, edits, share_of(share, len(gaps)), rng)


def _bare(text: str) -> str:
    """Return the text without punctuation; the text itself where nothing else would be left."""
    parted = _BETWEEN.sub(" ", text)
    places = range(len(parted))
    kept = "".join(parted[at] for at in places if not _is_mark(parted, at))
    return text if kept == text or not kept.strip() else re.sub(" {2,}", " ", kept).strip()


def _is_mark(text: str, place: int) -> bool:
    """Return whether a sign is punctuation, and neither a decimal point nor a sign of meaning."""
    sign = text[place]
    if sign in _KEPT or not unicodedata.category(sign).startswith("P"):
        return False
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return not (sign in ".,:" and len(around) == 2 and around.isdecimal())

"""The same characters in another Unicode form."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_BOLD = {
    ord(first) + step: bold + step
    for first, bold, count in (("A", 0x1D5D4, 26), ("a", 0x1D5EE, 26), ("0", 0x1D7EC, 10))
    for step in range(count)
}
_PRINT: Mapping[str, str] = {
    "ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "st": "ﬆ", "...": "…", " ": "\u00a0",
}  # fmt: skip


@plugin("probes", "unicode_form")
@dataclass(frozen=True, slots=True)
class UnicodeForm:
    """Writes each text in another Unicode form; the severities are kinds, not strengths.

    1: NFD, accents parted from their letters. 2: NFKD. 3: the full-width signs of East Asian
    keyboards. 4: the bold mathematical letters of social media. 5: the ligatures and no-break
    spaces of typeset pages. All have one NFKC form with the text. Source: Unicode Standard Annex
    15; the kinds are levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing by the standard; NFKD makes a plain 2 of a raised one."
    changes: ClassVar[float] = 0.2
    ordered: ClassVar[bool] = False

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item in another form, or None where its text is the same in that form."""
        if check_severity("unicode_form", severity) == 0:
            return item
        return change_texts(item, lambda text: _formed(text, severity))


def _formed(text: str, severity: int) -> str:
    """Return a text in the form of a severity from 1 to 5; a blank one stays."""
    if not text.strip():
        return text
    if severity == 1:
        return unicodedata.normalize("NFD", text)
    if severity == 2:
        return unicodedata.normalize("NFKD", text)
    if severity == 3:
        return text.translate(_WIDE)
    return text.translate(_BOLD) if severity == 4 else _typeset(text)


def _typeset(text: str) -> str:
    """Return the text as it leaves a typeset page: longest ligatures first, no-break spaces."""
    for signs, one in _PRINT.items():
        text = text.replace(signs, one)
    return text

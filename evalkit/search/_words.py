"""Words of a text as keyword search compares them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

from evalkit.core.items import Item

_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
"""Combining accents, Hebrew points and Arabic vowel signs; marks of other scripts are letters."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_UNSPACED += "\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Burmese, Khmer, kana, Han and Hangul: written without spaces, or with few."""


def item_words(item: Item) -> list[str]:
    """Return the words of all text in an item's content, in order; none where there is no text."""
    return words(" ".join(part for part in item.parts if isinstance(part, str)))


def words(text: str) -> list[str]:
    """Return the words of a text, in order.

    Case, accents and compatibility forms make no difference. Scripts written without spaces give
    each pair of neighbouring characters instead, a single one where it stands alone. There are no
    stop words and no stemming.
    """
    out: list[str] = []
    for found in _pattern().finditer(_plain(text)):
        out += _pairs(found[0]) if found.lastgroup == "unspaced" else [found[0]]
    return out


def _plain(text: str) -> str:
    """Return a text without differences of case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", apart))
    return unicodedata.normalize("NFC", bare)


def _pairs(run: str) -> list[str]:
    """Return each two neighbouring characters, or the only one."""
    return [a + b for a, b in pairwise(run)] or [run]


@cache
def _pattern() -> re.Pattern[str]:
    """Return what finds words: letters and digits with the marks that belong to them."""
    marks = "".join(
        chr(code)
        for code in range(0x300, 0x10000)
        if unicodedata.category(chr(code)) in ("Mn", "Mc")
    )
    return re.compile(f"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\\W_]|[{marks}])+")

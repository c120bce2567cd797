"""Fills the slots of authored text and chooses between authored versions of it."""

import random
import string
from collections.abc import Mapping, Sequence
from typing import Any

from .formulas import evaluate

ENCODING = "cp1252"
"""The characters of the standard PDF fonts, as WinAnsiEncoding has them."""
_MARKS = {"en": (",", "."), "de": (".", ","), "es": (".", ",")}


class Slots(string.Formatter):
    """Writes figures the way a language does; a slot is `{name}`, `{name:2}` or `{name:p}`.

    A digit sets the decimal places, `p` puts negative figures in brackets, `+` always shows a sign.
    """

    def __init__(self, language: str):
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one slot as text."""
        if isinstance(value, str):
            return value
        return number(value, self.language, format_spec)


def number(value: float, language: str, spec: str = "") -> str:
    """Return a figure in the manner of a language; floats have one decimal place by default."""
    digits = next((int(c) for c in spec if c.isdigit()), 0 if isinstance(value, int) else 1)
    thousands, point = _MARKS[language]
    text = f"{abs(value):,.{digits}f}"
    text = text.translate({ord(","): thousands, ord("."): point})
    negative = value < 0 and any(c not in "0,." for c in text)
    if "p" in spec:
        return f"({text})" if negative else text
    if "+" in spec:
        return f"{'-' if negative else '+'}{text}"
    return f"-{text}" if negative else text


def fill(text: str, facts: Mapping[str, Any], language: str) -> str:
    """Return the text with its slots filled; raises where a slot or a glyph is unknown."""
    while "{" in text:  # facts may have slots themselves
        text = Slots(language).vformat(text, (), facts)
    filled = " ".join(text.split())
    filled.encode(ENCODING)
    return filled


def choose(spec: Any, facts: Mapping[str, Any], seed: str) -> str:
    """Return the text of a spec: a text, versions of it to draw from, or one under a condition."""
    if isinstance(spec, str):
        return spec
    if isinstance(spec, Sequence):
        return choose(random.Random(f"{seed} {len(spec)}").choice(spec), facts, seed)
    taken = spec["then"] if evaluate(spec["when"], facts) else spec.get("else", "")
    return choose(taken, facts, seed)

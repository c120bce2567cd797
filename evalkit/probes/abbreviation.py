"""Abbreviations, units and numerals for whole words, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from evalkit.core.registry import plugin
from evalkit.probes._rewording import Rewording


@plugin("probes", "abbreviation")
@dataclass(frozen=True, slots=True)
class Abbreviation(Rewording):
    """Writes abbreviations, units and numbers out, or writes words short.

    Severity n replaces n fifths of the phrases that a text has and the pairs know, at least one,
    those that change the fewest signs first.
    to: long (30 cm becomes 30 centimetres, 12 twelve, approx. approximately) or short. pairs: a
    TSV file of one's own, with the columns language, short and long, where # stands for a number.
    Shipped are pairs in English and Spanish, written for evalkit.
    """

    kind: ClassVar[str] = "abbreviation"
    halves: ClassVar[tuple[str, str]] = ("short", "long")
    may_break: ClassVar[str] = (
        "Short forms with several readings, such as min. for minimum or minute."
    )
    changes: ClassVar[float] = 0.05

    to: Literal["short", "long"] = "long"
    pairs: Path | None = None

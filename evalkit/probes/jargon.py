"""The words of a trade for those of every day, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from evalkit.core.registry import plugin
from evalkit.probes._rewording import Rewording


@plugin("probes", "jargon")
@dataclass(frozen=True, slots=True)
class Jargon(Rewording):
    """Writes the words of a trade for lay words, or lay words for those of a trade.

    Severity n replaces n fifths of the phrases that a text has and the pairs know, at least one,
    those that change the fewest signs first.
    to: professional or lay. pairs: a TSV file of one's own, with the columns language, lay and
    professional. Shipped are pairs in English and Spanish, of medicine, law, finance, technology,
    trade and nature, written for evalkit.
    """

    kind: ClassVar[str] = "jargon"
    halves: ClassVar[tuple[str, str]] = ("lay", "professional")
    may_break: ClassVar[str] = "What the trade's word says more exactly than the lay one."
    changes: ClassVar[float] = 0.05

    to: Literal["lay", "professional"] = "professional"
    pairs: Path | None = None

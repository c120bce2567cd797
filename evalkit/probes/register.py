"""A formal tone for a casual one, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from evalkit.core.registry import plugin
from evalkit.probes._rewording import Rewording


@plugin("probes", "register")
@dataclass(frozen=True, slots=True)
class Register(Rewording):
    """Writes formal phrases for casual ones, or casual ones for formal ones.

    Severity n replaces n fifths of the phrases that a text has and the pairs know, at least one,
    those that change the fewest signs first.
    to: formal or casual. pairs: a TSV file of one's own, with the columns language, casual and
    formal. Shipped are pairs in English and Spanish, written for evalkit.
    """

    kind: ClassVar[str] = "register"
    halves: ClassVar[tuple[str, str]] = ("casual", "formal")
    may_break: ClassVar[str] = "Titles and quotations, whose wording is part of the name."
    changes: ClassVar[float] = 0.05

    to: Literal["casual", "formal"] = "formal"
    pairs: Path | None = None

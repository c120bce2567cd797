"""The English or Spanish of one side of the Atlantic for that of the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from evalkit.core.registry import plugin
from evalkit.probes._rewording import Rewording


@plugin("probes", "dialect")
@dataclass(frozen=True, slots=True)
class Dialect(Rewording):
    """Writes words as in America for those used in Europe, or the other way round.

    English: British and American. Spanish: of Spain and of Latin America, where one country's word
    stands for many. Severity n replaces n fifths of the phrases that a text has and the pairs
    know, at least one, those that change the fewest signs first. to: american or european. pairs:
    a TSV file of one's own, with the columns language, european and american. The shipped pairs
    are written for evalkit.
    """

    kind: ClassVar[str] = "dialect"
    halves: ClassVar[tuple[str, str]] = ("european", "american")
    may_break: ClassVar[str] = "Words that mean another thing on the other side, such as pants."
    changes: ClassVar[float] = 0.05

    to: Literal["european", "american"] = "american"
    pairs: Path | None = None

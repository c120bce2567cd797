"""Plays recordings faster or slower at the same pitch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import change_sounds
from evalkit.probes._stretching import stretched

_TEMPI = ((1.0, 1.0), (0.95, 1.05), (0.9, 1.1), (0.8, 1.25), (0.7, 1.4), (0.6, 1.6))


@plugin("probes", "tempo")
@dataclass(frozen=True, slots=True)
class Tempo:
    """Makes recordings 0.95 or 1.05, 0.9 or 1.1, 0.8 or 1.25, 0.7 or 1.4, 0.6 or 1.6 times as fast.

    Slower or faster by chance; the pitch stays (WSOLA, Verhelst and Roelands, 1993) and the length
    changes. Levels of evalkit: 0.8 to 1.25 is how far people differ from one another. Raises
    DataError where a recording cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Wishes for quick or slow music, and places named in seconds."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item faster or slower, or None where no recording is more than silent."""
        if check_severity("tempo", severity) == 0:
            return item
        tempo = _TEMPI[severity][int(ctx.rng.integers(2))]
        return change_sounds(item, lambda samples, rate: stretched(samples, rate, tempo))

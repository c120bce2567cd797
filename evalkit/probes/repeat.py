"""Asks the model again for the same input, to see what it answers alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity


@plugin("probes", "repeat")
@dataclass(frozen=True, slots=True)
class Repeat:
    """Leaves the input as it is and has it embedded once more: the floor of all other changes.

    Severities 1 to 5 are the first to fifth repetition; each is asked of the model and filed apart,
    so it is paid for. Whatever changes is the model's own chance, which no other probe can be
    steadier than.
    """

    modalities: ClassVar[frozenset[str]] = frozenset(
        {"text", "image", "audio", "video", "document"}
    )
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing: the input stays the same."
    changes: ClassVar[float] = 1.0
    ordered: ClassVar[bool] = False
    asks_again: ClassVar[bool] = True

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item itself."""
        check_severity("repeat", severity)
        return item

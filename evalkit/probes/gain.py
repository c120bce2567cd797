"""Turns recordings down, as if made from further away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import change_sounds

_DECIBELS = (0, 6, 12, 20, 30, 40)


@plugin("probes", "gain")
@dataclass(frozen=True, slots=True)
class Gain:
    """Makes recordings softer by 6, 12, 20, 30 or 40 dB.

    They stay 16 bits, so that at 40 dB the softest parts become coarse. Louder is another matter:
    `clipping`. Levels of evalkit: 6 dB are twice as far away. Raises DataError where a recording
    cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing a listener needs, who turns it up again."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item softer, or None where no recording of it is more than silent."""
        if check_severity("gain", severity) == 0:
            return item
        share = np.float32(10 ** (-_DECIBELS[severity] / 20))
        return change_sounds(item, lambda samples, rate: samples * share)

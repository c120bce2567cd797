"""Cuts off the peaks of recordings, as a microphone turned up too far does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import active, change_sounds

_SHARES = (0.0, 0.001, 0.01, 0.05, 0.10, 0.25)


@plugin("probes", "clipping")
@dataclass(frozen=True, slots=True)
class Clipping:
    """Clips 0.1, 1, 5, 10 or 25 % of the samples of active frames, at least one, at one height.

    The rest stays as it was, so that the level changes no more than the peaks demand. Frames last
    20 ms and are active within 30 dB of the loudest, so that pauses do not count. Levels of
    evalkit. Raises DataError where a recording cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "The timbre of instruments, from 10 % on."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item clipped, or None where no recording of it has peaks."""
        if check_severity("clipping", severity) == 0:
            return item
        return change_sounds(item, lambda x, rate: _clipped(x, rate, _SHARES[severity]))


def _clipped(samples: Float32, rate: int, share: float) -> Float32:
    """Return sound that stays below a height which a share of its active samples pass."""
    heights = np.sort(np.abs(samples[active(samples, rate)]))
    count = max(1, round(share * len(heights)))
    height = heights[max(0, len(heights) - 1 - count)]
    return np.clip(samples, -height, height)

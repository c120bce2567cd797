"""Takes the high frequencies out of recordings, as a narrow line does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import change_sounds

_RATES = (0, 8_000, 6_000, 4_000, 3_000, 2_000)


@plugin("probes", "band_limit")
@dataclass(frozen=True, slots=True)
class BandLimit:
    """Brings recordings down to 8000, 6000, 4000, 3000 or 2000 samples a second, and up again.

    What is left lies below half of that: 4, 3, 2, 1.5 or 1 kHz; the sampling rate and the length
    stay. 8000 is the telephone's; levels of evalkit. A recording that has no more samples a second
    stays as it is. Raises DataError where a recording cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Sounds that are high by nature: birds, bells, the letters s and f."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item without its highest frequencies, or None where there are none."""
        if check_severity("band_limit", severity) == 0:
            return item
        return change_sounds(item, lambda samples, rate: _limited(samples, rate, _RATES[severity]))


def _limited(samples: Float32, rate: int, down: int) -> Float32 | None:
    """Return sound at its own rate after it went through a lower one."""
    from evalkit.media.resampling import resampled

    if down >= rate:
        return None
    back = np.concatenate(list(resampled(resampled([samples], rate, down), down, rate)))
    return np.pad(back, (0, max(0, len(samples) - len(back))))[: len(samples)]

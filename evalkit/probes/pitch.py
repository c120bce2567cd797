"""Raises or lowers recordings at the same speed."""

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
from evalkit.probes._stretching import stretched

_SEMITONES = (0, 1, 2, 3, 4, 6)
_FINE = 10_000
"""Parts into which a sampling rate is divided to move a pitch."""


@plugin("probes", "pitch")
@dataclass(frozen=True, slots=True)
class Pitch:
    """Moves all frequencies by 1, 2, 3, 4 or 6 semitones, up or down by chance.

    Sound is first stretched (WSOLA, Verhelst and Roelands, 1993), then played faster, so that it
    keeps its length; resonances move along. It is no other person's voice: a result says little
    of age, sex or accent, for which real speakers are needed. Levels of evalkit. Raises DataError
    where a recording cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "The key of music, and sounds that are told by their pitch."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item higher or lower, or None where no recording is more than silent."""
        if check_severity("pitch", severity) == 0:
            return item
        way = 1 if ctx.rng.random() < 0.5 else -1
        ratio = 2 ** (way * _SEMITONES[severity] / 12)
        return change_sounds(item, lambda samples, rate: _moved(samples, rate, ratio))


def _moved(samples: Float32, rate: int, ratio: float) -> Float32:
    """Return sound with all frequencies times a ratio, of the same length."""
    from evalkit.media.resampling import resampled

    long = stretched(samples, rate, 1 / ratio)
    moved = np.concatenate(list(resampled([long], round(_FINE * ratio), _FINE)))[: len(samples)]
    return np.pad(moved, (0, len(samples) - len(moved)))

"""Makes recordings sound as if made in a room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import change_sounds, power

_RT60 = (0.0, 0.2, 0.4, 0.7, 1.0, 1.5)
_DECAY = 6.9078
"""Of amplitude: its logarithm falls by this much (60 dB) within RT60."""
_EVEN = 0.3
"""Seconds of reverberation at which the room is as loud as the direct sound."""


@plugin("probes", "reverberation")
@dataclass(frozen=True, slots=True)
class Reverberation:
    """Lets recordings ring for 0.2, 0.4, 0.7, 1.0 or 1.5 s (RT60, to 60 dB below).

    The room is a direct path and Gaussian noise that decays exponentially (J. A. Moorer, About this
    reverberation business, Computer Music Journal 3, 1979), drawn anew for every item. The power of
    the tail rises with its length, as in a room of given size, and is that of the direct sound at
    0.3 s, whatever the sampling rate: 1.8, -1.2, -3.7, -5.2 and -7 dB direct to reverberant. Sound
    keeps its length and its level over active frames. Levels of evalkit: from a living room to a
    church. Raises DataError where a recording cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Quick sequences, whose parts run into one another."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item in a room, or None where no recording of it is more than silent."""
        if check_severity("reverberation", severity) == 0:
            return item
        return change_sounds(item, lambda x, rate: _in_room(x, rate, _RT60[severity], ctx.rng))


def _in_room(samples: Float32, rate: int, rt60: float, rng: np.random.Generator) -> Float32:
    """Return sound with the echoes of a room, of the same length and level."""
    from scipy.signal import fftconvolve

    room = impulse_response(rate, rt60, rng)
    wet = np.asarray(fftconvolve(samples, room)[: len(samples)], np.float32)
    return wet * np.float32(np.sqrt(power(samples, rate) / power(wet, rate)))


def impulse_response(rate: int, rt60: float, rng: np.random.Generator) -> Float32:
    """Return what a room answers to a click, float32 (rate x rt60 + 1,): 1, then its tail."""
    time = np.arange(1, round(rate * rt60) + 1) / rate
    tail = rng.standard_normal(len(time)) * np.exp(-_DECAY * time / rt60)
    tail *= np.sqrt(rt60 / _EVEN / (tail**2).sum())
    return np.asarray(np.concatenate([[1.0], tail]), np.float32)

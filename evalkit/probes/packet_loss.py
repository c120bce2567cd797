"""Loses pieces of recordings, as a call over a bad network does."""

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

_SHARES = (0.0, 0.01, 0.03, 0.05, 0.10, 0.20)
_PACKET = 0.02


@plugin("probes", "packet_loss")
@dataclass(frozen=True, slots=True)
class PacketLoss:
    """Silences 1, 3, 5, 10 or 20 % of the packets of 20 ms that are not silent, at least one.

    Each by itself and by chance, without anything to hide the gap; the length stays. Voice over a
    network is called poor from 5 % on; levels of evalkit. Raises DataError where a recording cannot
    be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Events of a few hundredths of a second, such as a click."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with gaps, or None where no recording of it is more than silent."""
        if check_severity("packet_loss", severity) == 0:
            return item
        return change_sounds(item, lambda x, rate: _gaps(x, rate, _SHARES[severity], ctx.rng))


def _gaps(samples: Float32, rate: int, share: float, rng: np.random.Generator) -> Float32:
    """Return sound with a share of its audible packets silent."""
    size = max(1, round(_PACKET * rate))
    audible = np.flatnonzero(active(samples, rate)[::size])
    lost = rng.choice(audible, max(1, round(share * len(audible))), replace=False)
    out = samples.copy()
    for packet in lost:
        out[packet * size : (packet + 1) * size] = 0
    return out

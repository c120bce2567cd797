"""Sends recordings through a lossy coding of few bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import change_sounds

_KILOBITS = (0, 128, 64, 32, 24, 16)
_BITS = (0, 8, 7, 6, 5, 4)
_KINDS = ("mp3", "mulaw")
_TELEPHONE = 8_000
_MU = 255


@plugin("probes", "codec")
@dataclass(frozen=True, slots=True)
class Codec:
    """Codes recordings as MP3 of 128, 64, 32, 24 or 16 kbit/s, and decodes them again.

    kind: `mp3`, at a constant rate, mono; or `mulaw`, the telephone's logarithmic steps at 8 kHz
    (ITU-T G.711, the formula instead of its table), with 8, 7, 6, 5 or 4 bits a sample, of which 8
    are the standard. Sound keeps its length, place and sampling rate. Levels of evalkit. Raises
    UsageError for another kind, DataError where a recording cannot be read.
    """

    kind: Literal["mp3", "mulaw"] = "mp3"

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing a listener needs at 64 kbit/s; below, high and soft sounds."
    changes: ClassVar[float] = 0.95

    def __post_init__(self) -> None:
        """Refuse a kind that there is not."""
        if self.kind not in _KINDS:
            raise UsageError(f"kind: '{self.kind}' is no coding: mp3 and mulaw are.")

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item coded and decoded, or None where no recording is more than silent."""
        if check_severity("codec", severity) == 0:
            return item
        if self.kind == "mp3":
            return change_sounds(item, lambda x, rate: _mp3(x, rate, _KILOBITS[severity]))
        return change_sounds(item, lambda x, rate: _mulaw(x, rate, _BITS[severity]))


def _mp3(samples: Float32, rate: int, kilobits: int) -> Float32:
    """Return sound as it comes back from MP3."""
    from evalkit.media.audio import through_mp3

    return through_mp3(samples, rate, kilobits)


def _mulaw(samples: Float32, rate: int, bits: int) -> Float32:
    """Return sound as it comes back from a telephone with so many bits a sample."""
    from evalkit.media.resampling import resampled

    sent = np.concatenate(list(resampled([samples], rate, _TELEPHONE))).clip(-1, 1)
    steps = 2 ** (bits - 1)
    level = np.log1p(_MU * np.abs(sent)) / np.log1p(_MU)
    level = np.minimum((np.floor(level * steps) + 0.5) / steps, 1)
    heard = np.sign(sent) * np.expm1(level * np.log1p(_MU)) / _MU
    back = np.concatenate(list(resampled([heard.astype(np.float32)], _TELEPHONE, rate)))
    return np.pad(back, (0, max(0, len(samples) - len(back))))[: len(samples)]

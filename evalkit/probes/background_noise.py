"""Puts noise behind recordings: hiss, rumble, or other people talking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import change_sounds, power, recording

_DECIBELS = (0, 30, 20, 10, 5, 0)
_KINDS = ("white", "pink", "babble")
_TALKERS = (2, 5)
"""Babble is made of at least and at most so many recordings."""


@plugin("probes", "background_noise")
@dataclass(frozen=True, slots=True)
class BackgroundNoise:
    """Adds noise at a signal-to-noise ratio of 30, 20, 10, 5 or 0 dB.

    kind: `white`; `pink`, of equal power in every octave; or `babble`, two to five other recordings
    of the same side that are speech, which those are that carry the tag named by `speech`, all
    equally loud, from places drawn by chance, over and over. The ratio is of mean squares, of each
    over its own active frames (20 ms, within 30 dB of the loudest), so that pauses do not count.
    What would pass full scale is turned down as a whole. A silent recording stays as it is. The
    ratios are those that noise-robust recognition is tested at (Hirsch and Pearce, the Aurora
    framework, ISCA ASR 2000, has 20 to -5). Raises UsageError for another kind, DataError where a
    recording cannot be read.
    """

    kind: Literal["white", "pink", "babble"] = "pink"
    speech: str = "voice"

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Soft sounds, and recordings whose subject is noise, as of rain."
    changes: ClassVar[float] = 0.95

    def __post_init__(self) -> None:
        """Refuse a kind that there is not."""
        if self.kind not in _KINDS:
            raise UsageError(f"kind: '{self.kind}' is no noise: white, pink and babble are.")

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with noise, or None where no recording of it is more than silent.

        None, too, where babble is wanted and fewer than two recordings of speech are at hand.
        """
        if check_severity("background_noise", severity) == 0:
            return item
        talkers = self._talkers(item, ctx) if self.kind == "babble" else []
        if self.kind == "babble" and len(talkers) < _TALKERS[0]:
            return None

        def noisy(samples: Float32, rate: int) -> Float32 | None:
            if self.kind == "babble":
                noise = _babble(talkers, len(samples), rate, ctx.rng)
            else:
                noise = _coloured(len(samples), 0.5 if self.kind == "pink" else 0.0, ctx.rng)
            return mixed(samples, noise, rate, _DECIBELS[severity])

        return change_sounds(item, noisy)

    def _talkers(self, item: Item, ctx: ProbeContext) -> list[Media]:
        """Return recordings of speech of other items, up to five, in an order drawn by chance."""
        if recording(item) is None:
            return []
        found: list[Media] = []
        for place in ctx.rng.permutation(len(ctx.others)):
            other = ctx.others[int(place)]
            sound = recording(other)
            if sound is not None and other.id != item.id and other.tag(self.speech):
                found.append(sound)
            if len(found) == _TALKERS[1]:
                break
        return found


def mixed(samples: Float32, noise: Float32, rate: int, decibels: float) -> Float32 | None:
    """Return sound with noise that is so many decibels below it, None where either is silent.

    samples, noise: float32 (n,), `rate` a second. The noise is scaled by
    sqrt(P_s / (P_n x 10^(decibels / 10))), P the mean square over active frames.
    """
    loud, soft = power(samples, rate), power(noise, rate)
    if not loud or not soft:
        return None
    scale = np.float32(np.sqrt(loud / (soft * 10 ** (decibels / 10))))
    return samples + scale * noise


def _coloured(count: int, slope: float, rng: np.random.Generator) -> Float32:
    """Return noise whose amplitude falls with frequency to the power of a slope, (count,)."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    if slope:
        spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** slope
        spectrum[0] = 0
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / max(float(noise.std()), 1e-12) / 10, np.float32)


def _babble(talkers: list[Media], count: int, rate: int, rng: np.random.Generator) -> Float32:
    """Return recordings equally loud, each over and over from some place of it, (count,)."""
    from evalkit.media.audio import read_sound

    mix = np.zeros(count, np.float32)
    for talker in talkers:
        voice = read_sound(talker, rate)
        loud = np.sqrt(power(voice, rate))
        if loud:
            start = int(rng.integers(len(voice)))
            mix += np.take(voice, np.arange(start, start + count), mode="wrap") / np.float32(loud)
    return mix / np.float32(10)

"""Takes the sound of a video away, in part or whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import audible, changed_films, length
from evalkit.probes._severity import check_severity

_SILENT = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_FADE = 0.01
"""Seconds in which the sound goes and comes, so that nothing clicks."""


@plugin("probes", "mute")
@dataclass(frozen=True, slots=True)
class Mute:
    """Silences 20, 40, 60, 80 or 100 % of the sound of a video, in one stretch.

    The stretch begins by chance; the pictures stay, and so does a sound track, be it silent. A
    video without a sound, or with one that is nowhere above -60 dB of full scale, cannot be
    changed. Changed videos are MP4. Levels of evalkit. Raises DataError where a video cannot be
    read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Queries about what is heard."
    changes: ClassVar[float] = 0.9

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with less sound, or None where none of its videos can be heard."""
        if check_severity("mute", severity) == 0:
            return item
        return changed_films(item, lambda film: _muted(film, _SILENT[severity], ctx.rng))


def _muted(film: Media, share: float, rng: np.random.Generator) -> Media | None:
    """Return a video with a share of its sound silent, None where there is none to be heard."""
    from evalkit.media.video import remade_video

    if not audible(film):
        return None
    total = length(film)
    begin = float(rng.uniform(0, (1 - share) * total))
    end = begin + share * total

    def quiet(blocks: Iterable[Float32], rate: int) -> Iterator[Float32]:
        return _silenced(
            blocks, round(begin * rate), round(end * rate), max(1, round(_FADE * rate))
        )

    return remade_video(film, sound=quiet)


def _silenced(blocks: Iterable[Float32], begin: int, end: int, fade: int) -> Iterator[Float32]:
    """Yield the sound, silent between two samples, float32 (n, channels) a block.

    fade: the samples in which it goes before the first, and comes after the last.
    """
    place = 0
    for block in blocks:
        at = np.arange(place, place + len(block))
        gain = np.clip(np.maximum(begin - at, at - end) / fade, 0, 1)
        place += len(block)
        yield (block * gain[:, None]).astype(np.float32)

"""Lays the sound of another video over a video, until it is all that is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import audible, changed_films, films
from evalkit.probes._severity import check_severity

_OTHER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@plugin("probes", "sound_swap")
@dataclass(frozen=True, slots=True)
class SoundSwap:
    """Mixes 20, 40, 60, 80 or 100 % of another video's sound into the sound of a video.

    The other is one of the same side, by chance; its sound is mono, made as loud as the video's own
    (root mean square), and repeated or cut to its length. The rest is the video's own sound: at 5
    none is left. The pictures stay. A video that cannot be heard cannot be changed, nor can any
    where no other video can be heard. Changed videos are MP4. Levels of evalkit. Raises DataError
    where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Queries about what is heard."
    changes: ClassVar[float] = 0.9

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with another sound, or None where there is no sound to take or give."""
        if check_severity("sound_swap", severity) == 0:
            return item
        own = films(item)
        if not own:
            return None
        donor = ctx.donor(item, lambda other: _giver(other, own) is not None)
        giver = None if donor is None else _giver(donor, own)
        if giver is None:
            return None
        return changed_films(item, lambda film: _mixed(film, giver, _OTHER[severity]))


def _giver(other: Item, own: list[Media]) -> Media | None:
    """Return a video of another item that can be heard and is none of these, None without one.

    One that cannot be read gives nothing; where it is embedded itself, that is reported.
    """
    try:
        return next((film for film in films(other) if film not in own and audible(film)), None)
    except DataError:
        return None


def _mixed(film: Media, giver: Media, share: float) -> Media | None:
    """Return a video with a share of another one's sound, None where it cannot be heard itself."""
    from evalkit.media.video import remade_video

    if not audible(film):
        return None
    gain = share * _loudness(film) / _loudness(giver)

    def mix(blocks: Iterable[Float32], rate: int) -> Iterator[Float32]:
        for own, other in _like(blocks, _endless(giver, rate)):
            yield (1 - share) * own + gain * other

    return remade_video(film, sound=mix)


def _loudness(film: Media) -> float:
    """Return the root mean square of all samples of a sound that can be heard."""
    from evalkit.media.soundtracks import soundtrack

    energy, count = 0.0, 0
    with soundtrack(film) as track:
        for block in track.blocks:
            energy += float(np.square(block, dtype=np.float64).sum())
            count += block.size
    return float(np.sqrt(energy / count))


def _like(blocks: Iterable[Float32], other: Iterator[Float32]) -> Iterator[tuple[Float32, Float32]]:
    """Yield each block, float32 (n, channels), with the next n samples of the other, (n, 1)."""
    held = np.zeros(0, np.float32)
    for block in blocks:
        while len(held) < len(block):
            held = np.concatenate([held, next(other)])
        yield block, held[: len(block), None]
        held = held[len(block) :]


def _endless(film: Media, rate: int) -> Iterator[Float32]:
    """Yield the sound of a video over and over, float32 (n,) a block."""
    from evalkit.media.audio import sound_blocks

    while True:
        yield from sound_blocks(film, rate)

"""Puts a black, silent stretch before a video."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from evalkit.media.video import Shot

_SECONDS = (0, 1, 2, 3, 5, 8)
_A_SECOND = 10
"""Black pictures a second."""


@plugin("probes", "leading_black")
@dataclass(frozen=True, slots=True)
class LeadingBlack:
    """Puts 1, 2, 3, 5 or 8 seconds of black and silence before a video, which stays whole.

    Models that look at the first seconds, or at a few pictures, see less of it. Changed videos are
    MP4. Levels of evalkit. Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing that is seen or heard; only when."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with black before its videos, or None where it has none."""
        if check_severity("leading_black", severity) == 0:
            return item
        return changed_films(item, lambda film: _later(film, _SECONDS[severity]))


def _later(film: Media, wait: int) -> Media:
    """Return a video that begins after so many seconds of nothing."""
    from evalkit.media.video import remade_video

    return remade_video(
        film,
        lambda shots: _after_black(shots, wait),
        lambda blocks, rate: _after_silence(blocks, wait * rate),
    )


def _after_black(shots: Iterator[Shot], wait: int) -> Iterator[Shot]:
    """Yield black shots of a tenth of a second, then the shots, all of them later."""
    from evalkit.media.video import painted

    first = next(shots)  # there is one, or an error
    blank = [(n / _A_SECOND, (n + 1) / _A_SECOND, first[2]) for n in range(wait * _A_SECOND)]
    yield from painted(blank, lambda _, pixels: np.zeros_like(pixels))
    for start, end, frame in itertools.chain([first], shots):
        yield start + wait, end + wait, frame


def _after_silence(blocks: Iterable[Float32], samples: int) -> Iterator[Float32]:
    """Yield so many samples of silence, then the sound, float32 (n, channels) a block."""
    for number, block in enumerate(blocks):
        if number == 0:
            yield np.zeros((samples, block.shape[1]), np.float32)
        yield block

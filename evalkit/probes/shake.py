"""Shakes the camera of a video."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Int64
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films, length
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from evalkit.media.video import Pixels

_STEP = 8.0
"""Pixels that a picture of `_SIDE` is moved by at most, per severity."""
_SIDE = 224
_TURNS = 8.0
"""New directions a second: the tremor of a hand has 8 to 12 of them."""


@plugin("probes", "shake")
@dataclass(frozen=True, slots=True)
class Shake:
    """Moves the picture of a video to and fro by up to 8, 16, 24, 32 or 40 pixels of 224.

    The shorter side counts as 224. Eight times a second the camera makes for another place, by
    chance; what comes in at the edges is mirrored. Changed videos are MP4. The reach is that of
    "translate" in Schiappa et al., "Robustness Analysis of Video-Language Models Against Visual and
    Language Perturbations", NeurIPS 2022. Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "What is seen at the edges, and which way things move."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item shaken, or None where it has no video."""
        if check_severity("shake", severity) == 0:
            return item
        return changed_films(item, lambda film: _shaken(film, severity * _STEP / _SIDE, ctx.rng))


def _shaken(film: Media, reach: float, rng: np.random.Generator) -> Media:
    """Return a video moved by up to a share of its shorter side."""
    from evalkit.media.video import painted, remade_video

    places = rng.uniform(-1, 1, (2, math.ceil(length(film) * _TURNS) + 2))
    beats = np.arange(places.shape[1])

    def paint(time: float, pixels: Pixels) -> Pixels:
        far = max(1.0, reach * min(pixels.shape[:2]))
        down, across = (round(far * np.interp(time * _TURNS, beats, row)) for row in places)
        return _moved(pixels, down, across)

    return remade_video(film, lambda shots: painted(shots, paint))


def _moved(pixels: Pixels, down: int, across: int) -> Pixels:
    """Return pixels moved, mirrored at the edges, uint8 (height, width, 3)."""
    rows, columns = (
        _mirrored(np.arange(side) - by, side)
        for side, by in zip(pixels.shape[:2], (down, across), strict=True)
    )
    moved: Pixels = pixels[rows[:, None], columns]
    return moved


def _mirrored(places: Int64, side: int) -> Int64:
    """Return places along a side, int (n,), those beyond its ends mirrored at them."""
    turned = places % (2 * side)
    return np.where(turned < side, turned, 2 * side - 1 - turned)

"""Turns photos, as a hand that does not hold the camera level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from evalkit.core.arrays import Float64, Int64
from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    from PIL import Image

_SIDE = 1024
"""Photos are turned in squares of this many pixels a side."""


@plugin("probes", "rotation")
@dataclass(frozen=True, slots=True)
class Rotation(ImageProbe):
    """Turns photos about their middle by 5, 10, 20, 30 or 45 degrees, left or right by chance.

    They keep their size: corners are lost, and what comes in from outside is the photo mirrored at
    its border. Levels of evalkit.
    """

    word: ClassVar[str] = "rotation"
    may_break: ClassVar[str] = (
        "Writing, and things that are told by how they lie: a 6, an arrow, a level."
    )
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (5, 10, 20, 30, 45)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image turned."""
        return _turned(image, self.levels[severity - 1] * (1 if rng.random() < 0.5 else -1))


def _turned(image: Image.Image, degrees: float) -> Image.Image:
    """Return an RGB image turned to the left, mirrored beyond its border."""
    angle = np.deg2rad(degrees)
    back = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pixels = np.asarray(image.convert("RGBX")).view(np.uint32)[..., 0]
    out = image.copy()
    for top in range(0, image.height, _SIDE):
        for left in range(0, image.width, _SIDE):
            box = (left, top, min(left + _SIDE, image.width), min(top + _SIDE, image.height))
            out.paste(_part(pixels, back, box), box)
    return out


def _part(
    pixels: npt.NDArray[np.uint32], back: Float64, box: tuple[int, int, int, int]
) -> Image.Image:
    """Return a box of the turned image, for which `back` (2, 2) tells where a place comes from.

    Only what the box needs of the image and its mirror images is put together, so that an image of
    any shape takes little memory.
    """
    from PIL import Image

    left, top, right, bottom = box
    middle = np.array(pixels.shape[::-1]) / 2
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    sources = (corners - middle) @ back.T + middle
    first, last = np.floor(sources.min(axis=0)) - 1, np.ceil(sources.max(axis=0)) + 1
    columns, rows = map(_mirrored, first, last, pixels.shape[::-1])
    source = Image.fromarray(pixels[rows][:, columns, None].view(np.uint8), "RGBX")
    (a, b), (d, e) = back.tolist()
    c, f = (sources[0] - first).tolist()
    size, mapping = (right - left, bottom - top), (a, b, c, d, e, f)
    part = source.transform(size, Image.Transform.AFFINE, mapping, Image.Resampling.BILINEAR)
    return part.convert("RGB")


def _mirrored(first: float, last: float, side: int) -> Int64:
    """Return which of a row of pixels are seen from `first` up to `last`, mirrored at its ends."""
    within = np.arange(int(first), int(last)) % (2 * side)
    return np.where(within < side, within, 2 * side - 1 - within)

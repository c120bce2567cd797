"""Takes the colour out of images, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._images import IMAGE, SIDES, change_images
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_ROWS_AT_ONCE = 256
_GRAY_WITHIN = 2
"""Colours this near to their luminance stay as they are at severity 1, so they count as gray."""


@plugin("probes", "grayscale")
@dataclass(frozen=True, slots=True)
class Grayscale:
    """Blends images with their luminance (Rec. 601) by 0.2, 0.4, 0.6, 0.8 and 1.0.

    Changed images are PNG. An item whose images are gray already cannot be changed; of a mix, the
    other parts stay. Raises DataError where an image cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = IMAGE
    sides: ClassVar[frozenset[SideName]] = SIDES
    may_break: ClassVar[str] = "Queries that name a colour."
    changes: ClassVar[float] = 0.8

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with less colour, or None where no image of it has any."""
        if check_severity("grayscale", severity) == 0:
            return item
        return change_images(item, lambda image: _less_colour(image, severity))


def _less_colour(image: Image.Image, severity: int) -> Media | None:
    """Return an image as PNG with less colour, None where there is none to take."""
    from evalkit.media.images import encode_png

    blended = _blend(image, severity)
    return None if blended is None else Media("image/png", data=encode_png(blended))


def _blend(image: Image.Image, severity: int) -> Image.Image | None:
    """Return the image `severity` fifths of the way to gray, None where it is gray already."""
    from PIL import Image

    pixels = np.asarray(image)
    out = np.empty_like(pixels)
    furthest = 0
    for start in range(0, len(pixels), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        colour = pixels[rows].astype(np.int32)
        gray = _luminance(colour)[..., None]
        furthest = max(furthest, int(np.abs(gray - colour).max()))
        out[rows] = ((5 - severity) * colour + severity * gray + 2) // 5
    return Image.fromarray(out) if furthest > _GRAY_WITHIN else None


def _luminance(colour: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Return luminance, int32 (h, w) of 0 to 255, from RGB, int32 (h, w, 3), in whole numbers."""
    weights = np.array([299, 587, 114], np.int32)
    return ((colour @ weights + 500) // 1000).astype(np.int32)

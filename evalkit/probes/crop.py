"""Cuts photos down to a part, enlarged to their old size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "crop")
@dataclass(frozen=True, slots=True)
class Crop(ImageProbe):
    """Keeps 0.9, 0.75, 0.6, 0.5 or 0.35 of the area, anywhere by chance, at the old size.

    What is kept has the shape of the photo: both sides are 0.95, 0.87, 0.77, 0.71 or 0.59 of it.
    Levels of evalkit.
    """

    word: ClassVar[str] = "crop"
    may_break: ClassVar[str] = "What was asked for may be outside of what is left."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.9, 0.75, 0.6, 0.5, 0.35)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return a part of the image at its size."""
        from PIL.Image import Resampling

        share = math.sqrt(self.levels[severity - 1])
        width, height = (max(1, round(side * share)) for side in image.size)
        left = int(rng.integers(image.width - width + 1))
        top = int(rng.integers(image.height - height + 1))
        box = (left, top, left + width, top + height)
        return image.resize(image.size, Resampling.BICUBIC, box)

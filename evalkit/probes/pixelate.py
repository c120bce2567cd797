"""Shows photos in coarse pixels, as thumbnails that were blown up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe, scale

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "pixelate")
@dataclass(frozen=True, slots=True)
class Pixelate(ImageProbe):
    """Averages tiles of 1/0.6, 1/0.5, 1/0.4, 1/0.3 or 1/0.25 pixels a side at 224 px.

    So the shorter side is left with 134, 112, 90, 67 or 56 tiles; in photos of less than 224 px
    tiles keep their size. Levels of ImageNet-C (Hendrycks and Dietterich 2019).
    """

    word: ClassVar[str] = "pixelate"
    may_break: ClassVar[str] = "Small print, fine texture."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.6, 0.5, 0.4, 0.3, 0.25)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image in tiles."""
        from PIL.Image import Resampling

        share = self.levels[severity - 1] / max(1.0, scale(image))
        small = (max(1, int(image.width * share)), max(1, int(image.height * share)))
        return image.resize(small, Resampling.BOX).resize(image.size, Resampling.NEAREST)

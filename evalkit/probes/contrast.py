"""Takes the contrast out of photos, as haze and cheap lenses do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.registry import plugin
from evalkit.probes._images import TONES, ImageProbe, toned

if TYPE_CHECKING:
    from PIL import Image


@plugin("probes", "contrast")
@dataclass(frozen=True, slots=True)
class Contrast(ImageProbe):
    """Keeps 0.4, 0.3, 0.2, 0.1 or 0.05 of each tone's distance from the mean of its colour.

    Levels of ImageNet-C (Hendrycks and Dietterich 2019). A photo of one colour cannot be changed.
    """

    word: ClassVar[str] = "contrast"
    may_break: ClassVar[str] = "Queries that name a colour; pale patterns."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.4, 0.3, 0.2, 0.1, 0.05)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with less contrast."""
        keep = self.levels[severity - 1]
        means = np.asarray(image).mean(axis=(0, 1)) / 255
        return toned(image, *(mean + keep * (TONES - mean) for mean in means))

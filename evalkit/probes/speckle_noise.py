"""Adds noise to photos that is the stronger, the brighter a place is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.registry import plugin
from evalkit.probes._grain import with_noise
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    from PIL import Image


@plugin("probes", "speckle_noise")
@dataclass(frozen=True, slots=True)
class SpeckleNoise(ImageProbe):
    """Multiplies tones by 1 and Gaussian noise of deviation 0.15, 0.2, 0.35, 0.45 or 0.6.

    Each colour by itself; black stays black. Levels of ImageNet-C (Hendrycks and Dietterich 2019),
    for photos of 224 px: on larger ones a grain of noise is several pixels wide.
    """

    word: ClassVar[str] = "speckle_noise"
    may_break: ClassVar[str] = "Fine texture, small print."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.15, 0.2, 0.35, 0.45, 0.6)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with noise."""
        sigma = np.float32(self.levels[severity - 1])
        return with_noise(image, lambda t: rng.standard_normal(t.shape, np.float32) * sigma * t)

"""Adds the noise of electronics to photos, alike in the dark and in the light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.registry import plugin
from evalkit.probes._grain import with_noise
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    from PIL import Image


@plugin("probes", "gaussian_noise")
@dataclass(frozen=True, slots=True)
class GaussianNoise(ImageProbe):
    """Adds Gaussian noise of standard deviation 0.08, 0.12, 0.18, 0.26 or 0.38, white being 1.

    Each colour by itself. Levels of ImageNet-C (Hendrycks and Dietterich 2019), for
    photos of 224 px: on larger ones a grain of noise is several pixels wide.
    """

    word: ClassVar[str] = "gaussian_noise"
    may_break: ClassVar[str] = "Fine texture, small print."
    changes: ClassVar[float] = 1.0
    levels: ClassVar[tuple[float, ...]] = (0.08, 0.12, 0.18, 0.26, 0.38)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with noise."""
        sigma = np.float32(self.levels[severity - 1])
        return with_noise(image, lambda t: rng.standard_normal(t.shape, np.float32) * sigma)

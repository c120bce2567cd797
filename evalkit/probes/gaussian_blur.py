"""Makes photos soft all over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.registry import plugin
from evalkit.probes._convolution import convolved
from evalkit.probes._images import ImageProbe, scale

if TYPE_CHECKING:
    from PIL import Image


@plugin("probes", "gaussian_blur")
@dataclass(frozen=True, slots=True)
class GaussianBlur(ImageProbe):
    """Blurs with a Gaussian of standard deviation 1, 2, 3, 4 or 6 pixels at 224 px.

    Scaled with the shorter side. Levels of ImageNet-C (Hendrycks and Dietterich 2019).
    """

    word: ClassVar[str] = "gaussian_blur"
    may_break: ClassVar[str] = "Small print, fine texture."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (1, 2, 3, 4, 6)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image blurred."""
        kernel = _bell(self.levels[severity - 1] * scale(image))
        return convolved(image, kernel, (len(kernel) // 2, len(kernel) // 2))


def _bell(sigma: float) -> Float32:
    """Return a Gaussian cut off at four deviations, adding up to 1, float32 (n, n) with n odd."""
    reach = int(np.ceil(4 * sigma))
    along = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    along /= along.sum()
    bell: Float32 = np.outer(along, along).astype(np.float32)
    return bell

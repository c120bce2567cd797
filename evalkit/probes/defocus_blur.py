"""Puts photos out of focus: every point becomes a disk."""

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


@plugin("probes", "defocus_blur")
@dataclass(frozen=True, slots=True)
class DefocusBlur(ImageProbe):
    """Spreads every point over a disk of radius 3, 4, 6, 8 or 10 pixels at 224 px.

    The disk's own edge is softened by a Gaussian of 0.1 (severity 1) or 0.5 pixels. All of it is
    scaled with the shorter side. Levels of ImageNet-C (Hendrycks and Dietterich 2019).
    """

    word: ClassVar[str] = "defocus_blur"
    may_break: ClassVar[str] = "Small print, fine texture."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[tuple[float, float], ...]] = (
        (3, 0.1),
        (4, 0.5),
        (6, 0.5),
        (8, 0.5),
        (10, 0.5),
    )

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image out of focus."""
        radius, soft = (pixels * scale(image) for pixels in self.levels[severity - 1])
        kernel = _disk(radius, soft)
        return convolved(image, kernel, (len(kernel) // 2, len(kernel) // 2))


def _disk(radius: float, soft: float) -> Float32:
    """Return a disk with a soft edge, adding up to 1, float32 (n, n) with n odd; in pixels."""
    from scipy.ndimage import gaussian_filter

    reach = int(np.ceil(radius + 4 * soft)) + 1
    at = np.arange(-reach, reach + 1)
    inside = np.clip(radius + 0.5 - np.hypot(at[:, None], at), 0, 1)
    spread = gaussian_filter(inside, soft, mode="constant")
    disk: Float32 = (spread / spread.sum()).astype(np.float32)
    return disk

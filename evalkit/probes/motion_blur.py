"""Moves the camera while photos are taken."""

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


@plugin("probes", "motion_blur")
@dataclass(frozen=True, slots=True)
class MotionBlur(ImageProbe):
    """Smears photos along a line, within 45 degrees of level, by chance.

    Weights fall off to one side as a Gaussian of 3, 5, 8, 12 or 15 pixels at 224 px, cut off at 20,
    30, 30, 30 or 40 pixels (twice the published radius), scaled with the shorter side. Levels of
    ImageNet-C (Hendrycks and Dietterich 2019).
    """

    word: ClassVar[str] = "motion_blur"
    may_break: ClassVar[str] = "Small print, fine texture, which way a thing moves."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[tuple[float, float], ...]] = (
        (10, 3),
        (15, 5),
        (15, 8),
        (15, 12),
        (20, 15),
    )

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image smeared."""
        radius, sigma = (pixels * scale(image) for pixels in self.levels[severity - 1])
        kernel, origin = _trail(2 * radius, sigma, rng.uniform(-np.pi / 4, np.pi / 4))
        return convolved(image, kernel, origin)


def _trail(length: float, sigma: float, angle: float) -> tuple[Float32, tuple[int, int]]:
    """Return a line of falling weight, adding up to 1, and the row and column where it begins.

    length, sigma: in pixels. angle: in radians, positive downwards, of less than a right angle.
    """
    along = np.arange(0, length + 0.5, 0.5)
    weight = np.exp(-(along**2) / (2 * sigma**2))
    down, right = along * np.sin(angle), along * np.cos(angle)
    down -= min(0.0, np.floor(down.min()))
    kernel = np.zeros((int(down.max()) + 2, int(right.max()) + 2), np.float32)
    row, column = down.astype(int), right.astype(int)
    below, beside = down - row, right - column
    for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        part = (below if y else 1 - below) * (beside if x else 1 - beside)
        np.add.at(kernel, (row + y, column + x), weight * part)
    return kernel / kernel.sum(), (int(row[0]), 0)

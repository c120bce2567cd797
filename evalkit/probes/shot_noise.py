"""Adds the noise of light itself to photos: too few photons were counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._grain import photons, with_noise
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "shot_noise")
@dataclass(frozen=True, slots=True)
class ShotNoise(ImageProbe):
    """Draws every tone from a Poisson distribution with 60, 25, 12, 5 or 3 counts for white.

    Each colour by itself; black stays black. Levels of ImageNet-C (Hendrycks and Dietterich 2019),
    for photos of 224 px: on larger ones a grain of noise is several pixels wide.
    """

    word: ClassVar[str] = "shot_noise"
    may_break: ClassVar[str] = "Fine texture, small print."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (60, 25, 12, 5, 3)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with noise."""
        return with_noise(image, photons(self.levels[severity - 1], rng))

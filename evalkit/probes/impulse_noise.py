"""Sets single points of photos to their extremes, as faulty pixels and lost bits do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.registry import plugin
from evalkit.probes._grain import with_noise
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    from PIL import Image


@plugin("probes", "impulse_noise")
@dataclass(frozen=True, slots=True)
class ImpulseNoise(ImageProbe):
    """Sets 3, 6, 9, 17 or 27 % of all values to 0 or to 255, with equal chance.

    Each colour by itself, so that points are coloured. Levels of ImageNet-C (Hendrycks and
    Dietterich 2019), for photos of 224 px: on larger ones a point is several pixels wide.
    """

    word: ClassVar[str] = "impulse_noise"
    may_break: ClassVar[str] = "Fine texture, small print."
    changes: ClassVar[float] = 1.0
    levels: ClassVar[tuple[float, ...]] = (0.03, 0.06, 0.09, 0.17, 0.27)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with points."""
        return with_noise(image, lambda tones: _points(tones.shape, self.levels[severity - 1], rng))


def _points(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> Float32:
    """Return 1 at half of a share of all places, -1 at the other half, and 0 elsewhere."""
    drawn = rng.random(shape, np.float32)
    return (drawn < share / 2).astype(np.float32) - (drawn > 1 - share / 2)

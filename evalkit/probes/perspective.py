"""Takes photos from an angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    from PIL import Image


@plugin("probes", "perspective")
@dataclass(frozen=True, slots=True)
class Perspective(ImageProbe):
    """Moves corners inwards by up to 0.05, 0.1, 0.15, 0.2 or 0.3 of either side, each by chance.

    The one that moves most moves by all of it. What lies between the corners then fills the photo,
    as if the camera stood to one side; nothing is made up, some of the border is lost. Levels of
    evalkit.
    """

    word: ClassVar[str] = "perspective"
    may_break: ClassVar[str] = "Shapes, and what stands at the border."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.05, 0.1, 0.15, 0.2, 0.3)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image from an angle."""
        from PIL.Image import Resampling, Transform

        most = self.levels[severity - 1]
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
        drawn = rng.random((4, 2))
        seen = corners + most * (1 - 2 * corners) * drawn / drawn.max()
        mapping = _perspective(corners * image.size, seen * image.size)
        return image.transform(image.size, Transform.PERSPECTIVE, mapping, Resampling.BICUBIC)


def _perspective(places: Float64, sources: Float64) -> tuple[float, ...]:
    """Return (a, ..., h) of the mapping of four places (x, y) to their sources.

    It is ((a x + b y + c) / (g x + h y + 1), (d x + e y + f) / (g x + h y + 1)).
    """
    rows = []
    for (x, y), (u, v) in zip(places.tolist(), sources.tolist(), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return tuple(np.linalg.solve(np.array(rows, float), sources.ravel()).tolist())

"""Makes the colours of photos pale, or stronger than life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "saturate")
@dataclass(frozen=True, slots=True)
class Saturate(ImageProbe):
    """Multiplies saturation by 0.3, 0.1, 2, 5 or 20 and adds 0, 0, 0, 0.1 or 0.2, in HSV.

    Levels of ImageNet-C (Hendrycks and Dietterich 2019), whose first two levels take colour away
    and the others add it, so the effect need not grow. What is gray has no colour and stays gray.
    """

    word: ClassVar[str] = "saturate"
    may_break: ClassVar[str] = "Queries that name a colour."
    changes: ClassVar[float] = 0.8
    ordered: ClassVar[bool] = False
    levels: ClassVar[tuple[tuple[float, float], ...]] = (
        (0.3, 0),
        (0.1, 0),
        (2, 0),
        (5, 0.1),
        (20, 0.2),
    )

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with other saturation."""
        from PIL import Image

        times, plus = self.levels[severity - 1]
        table = [0, *(min(255, round(times * s + 255 * plus)) for s in range(1, 256))]
        hue, saturation, value = image.convert("HSV").split()
        return Image.merge("HSV", (hue, saturation.point(table), value)).convert("RGB")

"""Lets too much light into photos until what is bright burns out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._images import TONES, ImageProbe, toned

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "over_exposure")
@dataclass(frozen=True, slots=True)
class OverExposure(ImageProbe):
    """Multiplies tones by 1.2, 1.5, 2, 2.5 or 3; what gets lighter than white is white.

    Levels of evalkit. A photo of black and white alone cannot be changed.
    """

    word: ClassVar[str] = "over_exposure"
    may_break: ClassVar[str] = "Queries that name a colour; texture of pale things."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (1.2, 1.5, 2, 2.5, 3)

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image over-exposed."""
        return toned(image, TONES * self.levels[severity - 1])

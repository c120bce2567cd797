"""Darkens photos as dusk does, and lets the sensor guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._grain import photons, with_noise
from evalkit.probes._images import TONES, ImageProbe, toned

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "low_light")
@dataclass(frozen=True, slots=True)
class LowLight(ImageProbe):
    """Raises luminance to the power of 1.5, 2, 2.5, 3.5 or 5 and adds shot noise to what is left.

    Hue and saturation stay but for the noise: Poisson, with 250, 100, 50, 30 or 15 counts for
    white, as Schiappa et al. 2022 took for film. The powers are levels of evalkit. Black stays
    black, and white nearly white.
    """

    word: ClassVar[str] = "low_light"
    may_break: ClassVar[str] = "Queries that name a colour or the time of day."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[tuple[float, float], ...]] = (
        (1.5, 250),
        (2, 100),
        (2.5, 50),
        (3.5, 30),
        (5, 15),
    )

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image in low light."""
        from PIL import ImageChops

        power, counts = self.levels[severity - 1]
        shade = toned(image.convert("L").convert("RGB"), TONES ** (power - 1))
        return with_noise(ImageChops.multiply(image, shade), photons(counts, rng))

"""Gives photos the cast of warmer or colder light than they were balanced for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.probes._images import TONES, ImageProbe, toned

if TYPE_CHECKING:
    from PIL import Image

_BALANCED = 6500.0
_TO_LINEAR_RGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@plugin("probes", "colour_temperature")
@dataclass(frozen=True, slots=True)
class ColourTemperature(ImageProbe):
    """Shows photos as if the light were not the one that the camera was balanced for.

    towards: `warm`, balanced for 6500 K in the light of a black body of 5500, 4600, 3800, 3200 or
    2700 K (a light bulb); `cool`, the other way about; or `either` by chance. Levels of evalkit.
    Linear light is multiplied colour by colour, keeping the luminance of gray, and cut at white;
    black stays black. Raises UsageError for another direction. Sources: Kim et al. 2002 (colour of
    black bodies), IEC 61966-2-1 (sRGB).
    """

    towards: Literal["warm", "cool", "either"] = "either"

    word: ClassVar[str] = "colour_temperature"
    may_break: ClassVar[str] = "Queries that name a colour."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[int, ...]] = (5500, 4600, 3800, 3200, 2700)

    def __post_init__(self) -> None:
        """Refuse a direction that there is not."""
        if self.towards not in ("warm", "cool", "either"):
            raise UsageError(f"towards: '{self.towards}' is none of warm, cool and either.")

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image with a cast."""
        drawn = "warm" if rng.random() < 0.5 else "cool"
        way = drawn if self.towards == "either" else self.towards
        gains = _light(self.levels[severity - 1]) / _light(_BALANCED)
        gains = gains if way == "warm" else 1 / gains
        linear = np.where(TONES <= 0.04045, TONES / 12.92, ((TONES + 0.055) / 1.055) ** 2.4)
        return toned(image, *(_encoded(linear * gain) for gain in gains / (gains @ _LUMINANCE)))


def _encoded(linear: Float64) -> Float64:
    """Return linear light as tones of sRGB, white being 1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _light(kelvin: float) -> Float64:
    """Return red, green and blue light of a black body of 2222 to 25000 K, linear, float64 (3,)."""
    per = 1000.0 / kelvin
    if kelvin < 4000:
        x = np.polyval([-0.2661239, -0.2343589, 0.8776956, 0.179910], per)
        y = np.polyval([-0.9549476, -1.37418593, 2.09137015, -0.16748867], x)
    else:
        x = np.polyval([-3.0258469, 2.1070379, 0.2226347, 0.240390], per)
        y = np.polyval([3.0817580, -5.87338670, 3.75112997, -0.37001483], x)
    light: Float64 = _TO_LINEAR_RGB @ np.array([x / y, 1.0, (1 - x - y) / y])
    return light

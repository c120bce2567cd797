"""Noise on photos, of a grain that grows with them, so that a large photo is not spared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evalkit.core.arrays import Float32
from evalkit.probes._images import scale

if TYPE_CHECKING:
    from PIL import Image

Cells = npt.NDArray[np.int16]

_CELLS_AT_ONCE = 1 << 18

Deviation = Callable[[Float32], Float32]
"""Returns what noise adds to tones, from the tones: float32 (rows, columns, 3), white being 1."""


def grain(image: Image.Image) -> int:
    """Return the side of a grain of noise in pixels: 1 up to 335 px, 2 at 448, and so on."""
    return max(1, round(scale(image)))


def with_noise(image: Image.Image, deviation: Deviation) -> Image.Image:
    """Return an RGB image with noise, drawn for square grains of `grain` pixels.

    deviation: given the mean tones of the grains, a block of rows after the other, top to bottom.
    """
    from PIL import Image

    side = grain(image)
    pixels, cells = np.asarray(image), np.asarray(image.reduce(side))
    out = np.empty_like(pixels)
    step = max(1, _CELLS_AT_ONCE // cells.shape[1])
    for start in range(0, len(cells), step):
        tones = cells[start : start + step].astype(np.float32)
        tones /= 255
        added = np.rint(deviation(tones) * 255).astype(np.int16)
        rows = slice(start * side, (start + step) * side)
        out[rows] = np.clip(pixels[rows] + _enlarged(added, side, pixels[rows].shape), 0, 255)
    return Image.fromarray(out)


def photons(rate: float, rng: np.random.Generator) -> Deviation:
    """Return the noise of counting light: Poisson, with `rate` counts for white."""
    return lambda tones: (rng.poisson(tones * rate) / rate - tones).astype(np.float32)


def _enlarged(cells: Cells, side: int, shape: tuple[int, ...]) -> Cells:
    """Return cells as squares of a side, cut to a shape; the last ones may lie partly outside."""
    if side == 1:
        return cells
    return cells.repeat(side, axis=0)[: shape[0]].repeat(side, axis=1)[:, : shape[1]]

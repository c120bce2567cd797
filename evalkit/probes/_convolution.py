"""What the light of one point becomes on a photo: a kernel, applied to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Float32

if TYPE_CHECKING:
    from PIL import Image


def convolved(image: Image.Image, kernel: Float32, origin: tuple[int, int]) -> Image.Image:
    """Return an RGB image of which every pixel is the mean of those around it.

    kernel: their weights, float32 (rows, columns), which add up to 1. origin: row and column of
    the pixel itself among them. The image goes on beyond its border as it ends there. By Fourier
    transforms, one channel after the other, so that time hardly depends on the kernel.
    """
    from PIL import Image
    from scipy import fft

    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    above, left = origin
    padding = ((above, len(kernel) - 1 - above), (left, kernel.shape[1] - 1 - left))
    shape = [
        fft.next_fast_len(n + k - 1, real=True)
        for n, k in zip(pixels.shape, kernel.shape, strict=False)
    ]
    spectrum = fft.rfft2(kernel, shape).conj()
    out = np.empty_like(pixels)
    for channel in range(3):
        padded = np.pad(pixels[..., channel], padding, mode="edge").astype(np.float32)
        mixed = fft.irfft2(fft.rfft2(padded, shape) * spectrum, shape)[:height, :width]
        out[..., channel] = np.clip(np.rint(mixed), 0, 255)
    return Image.fromarray(out)

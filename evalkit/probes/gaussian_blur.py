"""Makes photos and pages soft all over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext
from evalkit.core.registry import plugin
from evalkit.probes._convolution import convolved
from evalkit.probes._images import IMAGE, ImageProbe, scale
from evalkit.probes._pages import DPI, change_pages, is_white

if TYPE_CHECKING:
    from PIL import Image

_PAGES = (0.0, 0.5, 1.0, 1.5, 2.5, 4.0)


@plugin("probes", "gaussian_blur")
@dataclass(frozen=True, slots=True)
class GaussianBlur(ImageProbe):
    """Blurs with a Gaussian of standard deviation 1, 2, 3, 4 or 6 pixels at 224 px.

    Scaled with the shorter side. Levels of ImageNet-C (Hendrycks and Dietterich 2019). Document
    pages: 0.5, 1, 1.5, 2.5 or 4 pixels at 200 dpi, levels of evalkit; a changed page is a picture
    without a text layer. Raises DataError where a document cannot be read.
    """

    word: ClassVar[str] = "gaussian_blur"
    modalities: ClassVar[frozenset[str]] = IMAGE | {"document"}
    may_break: ClassVar[str] = "Small print, fine texture."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (1, 2, 3, 4, 6)

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its images and pages blurred, or None where it has neither."""
        photos = ImageProbe.apply(self, item, severity, ctx)
        if photos is item:
            return item
        pages = change_pages(photos or item, lambda page, dpi: _soft(page, _PAGES[severity] * dpi))
        return pages or photos

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image blurred."""
        kernel = _bell(self.levels[severity - 1] * scale(image))
        return convolved(image, kernel, (len(kernel) // 2, len(kernel) // 2))


def _soft(page: Image.Image, sigma: float) -> Image.Image:
    """Return a page blurred by a deviation in pixels at 200 dpi, times its own dpi."""
    from PIL import ImageFilter

    return page if is_white(page) else page.filter(ImageFilter.GaussianBlur(sigma / DPI))


def _bell(sigma: float) -> Float32:
    """Return a Gaussian cut off at four deviations, adding up to 1, float32 (n, n) with n odd."""
    reach = int(np.ceil(4 * sigma))
    along = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    along /= along.sum()
    bell: Float32 = np.outer(along, along).astype(np.float32)
    return bell

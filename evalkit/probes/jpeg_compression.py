"""Stores photos as JPEG of low quality, as messengers and old web sites do."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext
from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe, alike, change_images
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "jpeg_compression")
@dataclass(frozen=True, slots=True)
class JpegCompression(ImageProbe):
    """Stores photos as JPEG of quality 25, 18, 15, 10 or 7, which is what is handed on.

    Levels of ImageNet-C (Hendrycks and Dietterich 2019), with libjpeg's tables and colours at half
    the size. Blocks are of 8 pixels, whatever the photo's size, so that large photos lose less.
    """

    word: ClassVar[str] = "jpeg_compression"
    may_break: ClassVar[str] = "Small print, fine texture."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[int, ...]] = (25, 18, 15, 10, 7)

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its images as JPEG, or None where none of them changes."""
        if check_severity(self.word, severity) == 0:
            return item
        return change_images(item, lambda image: self._stored(image, severity))

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image as it looks when stored."""
        from evalkit.media.images import open_rgb

        return open_rgb(_jpeg(image, self.levels[severity - 1]), "")

    def _stored(self, image: Image.Image, severity: int) -> Media | None:
        """Return the image as a file, None where that changes no pixel."""
        from evalkit.media.images import open_rgb

        data = _jpeg(image, self.levels[severity - 1])
        return None if alike(open_rgb(data, ""), image) else Media("image/jpeg", data=data)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    """Return an image as JPEG bytes of a quality of 1 to 95."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()

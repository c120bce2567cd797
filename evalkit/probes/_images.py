"""Photos that a probe redraws: each image of an item as RGB pixels, and back as a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Item, Media, Part
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.probes._parts import with_parts
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

IMAGE = frozenset({"image"})
SIDES: frozenset[SideName] = frozenset({"query", "corpus"})
TONES: Float64 = np.arange(256) / 255
"""The tones of a channel, 0 to 1, as `toned` takes them."""

_LEVELS_FOR = 224
"""The shorter side, in pixels, of the photos that published levels were set for."""
_LEAST_SCALE = 0.5


class ImageProbe:
    """A probe that redraws every image of an item by itself; changed images are PNG.

    levels: what severities 1 to 5 stand for. An item none of whose pixels change cannot be
    changed; of a mix, the other parts stay. Raises DataError where an image cannot be read.
    """

    __slots__ = ()

    word: ClassVar[str]
    modalities: ClassVar[frozenset[str]] = IMAGE
    sides: ClassVar[frozenset[SideName]] = SIDES

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its images redrawn, or None where none of them changes."""
        if check_severity(self.word, severity) == 0:
            return item
        return change_images(item, lambda old: as_png(old, self.redraw(old, severity, ctx.rng)))

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return an RGB image changed at a severity of 1 to 5; chance comes from `rng` alone."""
        raise NotImplementedError


def change_images(item: Item, change: Callable[[Image.Image], Media | None]) -> Item | None:
    """Return an item with its images changed, None where it has none or none of them changes.

    change: a new file for an upright RGB image, None where it stays as it is.
    """
    parts = tuple(_changed(part, item.id, change) for part in item.parts)
    return with_parts(item, parts)


def is_image(part: Part) -> bool:
    """Return whether a part of an item is an image."""
    return isinstance(part, Media) and part.mime.startswith("image/")


def _changed(part: Part, name: str, change: Callable[[Image.Image], Media | None]) -> Part:
    """Return a part changed; the part itself where it is no image or stays as it is."""
    from evalkit.media.images import open_rgb

    if not isinstance(part, Media) or not is_image(part):
        return part
    return change(open_rgb(part.read(), name)) or part


def as_png(old: Image.Image, new: Image.Image) -> Media | None:
    """Return the new image as PNG, None where it has the pixels of the old one."""
    from evalkit.media.images import encode_png

    return None if alike(old, new) else Media("image/png", data=encode_png(new))


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Return whether two RGB images have the same size and the same pixels."""
    return one.size == other.size and np.array_equal(np.asarray(one), np.asarray(other))


def scale(image: Image.Image) -> float:
    """Return by how much levels in pixels are to grow: the shorter side over 224, at least 0.5.

    A blur of less than half a pixel changes next to nothing, so photos of less than 112 px are
    treated as if they were that large.
    """
    return max(_LEAST_SCALE, min(image.size) / _LEVELS_FOR)


def toned(image: Image.Image, *curves: Float64) -> Image.Image:
    """Return an RGB image with its tones mapped.

    curves: for all channels or for each of the three, float64 (256,), what becomes of `TONES`;
    cut to 0 to 1.
    """
    each = curves if len(curves) == 3 else curves * 3
    return image.point(np.rint(np.clip(np.concatenate(each), 0, 1) * 255).astype(int).tolist())


def subject_mask(item: Item, size: tuple[int, int]) -> Image.Image | None:
    """Return an item's mask as L, white where its subject is; None where it has none.

    Raises DataError where it cannot be read or is not of the image's size (width, height).
    """
    from evalkit.media.images import media_image

    if item.mask is None:
        return None
    mask = media_image(item.mask).convert("L")
    if mask.size != size:
        seen = f"its mask has {mask.width} x {mask.height} pixels, its image {size[0]} x {size[1]}."
        fix = "Make a mask of the size of the image."
        raise DataError(Problem(f"item '{item.id}'", seen, fix))
    return mask

"""Shows the subject of photos before the background of other photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._images import IMAGE, SIDES, as_png, change_images, is_image, subject_mask
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.uint8]

_NO_MASK = "it has no mask that tells its subject from its background."
_ADD = "Add a 'mask' to the item, or leave the probe out."
_FAINT = 16
"""A mask as faint as this, of 255, shows background alone: masks may be JPEG, which rings."""
_GUESSED_AT = 128
"""The longer side in pixels at which the ground behind a donor's subject is guessed."""
_FAR = 0.001
"""The weight of the mean of the whole ground in that guess."""


@plugin("probes", "background_swap")
@dataclass(frozen=True, slots=True)
class BackgroundSwap:
    """Replaces 20, 40, 60, 80 or 100 % of the background by that of another item of the side.

    The two are blended, so that the effect grows; the subject, white in the item's mask, stays. The
    other item is drawn by chance among those with a mask; its own subject is painted over from
    around it, and what is left is cut and scaled to size. same, other: names of tags; the other
    item's values must be the same in the one and differ in the other. With the tag of content,
    `same` gives the backgrounds that go with it and `other` those that do not: the two sides of the
    background gap of ImageNet-9 (Xiao et al. 2020). Levels of evalkit.

    An item for which there is no other item stays as it is; of a mix, the other parts stay. Raises
    DataError for an image without a mask, one that cannot be read, and sizes that differ.
    """

    same: str = ""
    other: str = ""

    modalities: ClassVar[frozenset[str]] = IMAGE
    sides: ClassVar[frozenset[SideName]] = SIDES
    may_break: ClassVar[str] = "Queries that name the place, and things told by their surroundings."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.2, 0.4, 0.6, 0.8, 1.0)

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item before another background, or None where there is none."""
        if check_severity("background_swap", severity) == 0:
            return item
        if not any(map(is_image, item.parts)):
            return None
        if item.mask is None:
            raise DataError(Problem(f"item '{item.id}'", _NO_MASK, _ADD))
        donor = ctx.donor(item, lambda one: self._fits(item, one))
        if donor is None:
            return None
        ground, share = _ground(donor), self.levels[severity - 1]
        return change_images(item, lambda old: as_png(old, _before(old, item, ground, share)))

    def _fits(self, item: Item, donor: Item) -> bool:
        """Return whether an item has a background to lend, of the kind that is wanted.

        One that cannot be read has none: it is told of where the probe is to change itself.
        """
        from evalkit.media.images import item_image

        if donor.mask is None or not any(map(is_image, donor.parts)):
            return False
        if self.same and item.tag(self.same) != donor.tag(self.same):
            return False
        if self.other and item.tag(self.other) == donor.tag(self.other):
            return False
        try:
            mask = subject_mask(donor, item_image(donor).size)
        except DataError:
            return False
        return mask is not None and bool(np.asarray(mask).min() <= _FAINT)


def _before(image: Image.Image, item: Item, ground: Image.Image, share: float) -> Image.Image:
    """Return the subject of an item before its background and another one, blended."""
    from PIL import Image, ImageOps

    mask = subject_mask(item, image.size)
    if mask is None or np.asarray(mask).max() <= _FAINT:
        return image
    fitted = ImageOps.fit(ground, image.size, Image.Resampling.BICUBIC)
    return Image.composite(image, Image.blend(image, fitted, share), mask)


def _ground(donor: Item) -> Image.Image:
    """Return the background of an item, its subject painted over from around it."""
    from PIL import Image

    from evalkit.media.images import item_image

    image = item_image(donor)
    mask = subject_mask(donor, image.size)
    if mask is None:
        return image
    hole = _hole(mask)
    small = image.copy()
    small.thumbnail((_GUESSED_AT, _GUESSED_AT), reducing_gap=None)
    covered = np.asarray(hole.resize(small.size, Image.Resampling.BOX))[..., None]
    known = (covered == covered.min()).astype(np.float32)
    guess = Image.fromarray(_painted_over(np.asarray(small), known))
    return Image.composite(guess.resize(image.size, Image.Resampling.BICUBIC), image, hole)


def _painted_over(pixels: Pixels, known: Float32) -> Pixels:
    """Return the mean of what is known around each pixel, mostly beside it; uint8 (h, w, 3).

    pixels: uint8 (h, w, 3). known: 1 where they count, 0 elsewhere, float32 (h, w, 1). Far from
    what is known it is the mean of all that is. Horizons and walls go on sideways.
    """
    from scipy.ndimage import gaussian_filter

    around = (len(pixels) / 40, pixels.shape[1] / 6, 0)
    mean = (pixels * known).sum(axis=(0, 1)) / known.sum()
    seen = gaussian_filter(pixels * known, around) + _FAR * mean
    guess: Pixels = np.rint(seen / (gaussian_filter(known, around) + _FAR)).astype(np.uint8)
    return guess


def _hole(mask: Image.Image) -> Image.Image:
    """Return a mask (L) with all that is not background alone made white, the rest black."""
    return mask.point(lambda tone: 255 if tone > _FAINT else 0)

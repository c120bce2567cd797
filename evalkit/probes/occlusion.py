"""Hides a part of photos behind a plain board."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._images import IMAGE, SIDES, as_png, change_images, subject_mask
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_GRAY = (127, 127, 127)

Box = tuple[int, int, int, int]


@plugin("probes", "occlusion")
@dataclass(frozen=True, slots=True)
class Occlusion:
    """Covers 5, 10, 20, 30 or 45 % of photos with one gray rectangle.

    Its sides relate as the photo's, give or take a factor of 2, by chance. It lies anywhere, or,
    where the item has a mask, over the middle of its subject. After Cutout (DeVries and Taylor
    2017) and random erasing (Zhong et al. 2020); levels of evalkit. Of a mix, the other parts
    stay. Raises DataError where an image or its mask cannot be read, or their sizes differ.
    """

    modalities: ClassVar[frozenset[str]] = IMAGE
    sides: ClassVar[frozenset[SideName]] = SIDES
    may_break: ClassVar[str] = "What was asked for may be the part that is hidden."
    changes: ClassVar[float] = 0.95
    levels: ClassVar[tuple[float, ...]] = (0.05, 0.1, 0.2, 0.3, 0.45)

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with a part hidden, or None where it has no image that this changes."""
        if check_severity("occlusion", severity) == 0:
            return item
        share = self.levels[severity - 1]
        return change_images(item, lambda old: as_png(old, _covered(old, item, share, ctx.rng)))


def _covered(image: Image.Image, item: Item, share: float, rng: np.random.Generator) -> Image.Image:
    """Return an image with a share of its area covered."""
    size = _board(image.size, share, rng)
    mask = subject_mask(item, image.size)
    subject = None if mask is None else mask.point(lambda tone: 255 if tone > 127 else 0).getbbox()
    left, top = (
        int(rng.integers(whole - part + 1))
        if subject is None
        else _over(subject[at::2], part, whole)
        for at, (whole, part) in enumerate(zip(image.size, size, strict=True))
    )
    out = image.copy()
    out.paste(_GRAY, (left, top, left + size[0], top + size[1]))
    return out


def _board(whole: tuple[int, int], share: float, rng: np.random.Generator) -> tuple[int, int]:
    """Return width and height of a rectangle that covers a share of another one, within a row."""
    longer = math.sqrt(share * 2 ** rng.uniform(-1, 1))
    width = max(1, round(whole[0] * min(1.0, max(share, longer))))
    height = round(share * whole[0] * whole[1] / width)
    return width, min(whole[1], max(1, height))


def _over(subject: tuple[int, ...], part: int, whole: int) -> int:
    """Return where a board begins that lies over the middle of a subject (from, to), inside."""
    return min(max(0, (subject[0] + subject[1] - part) // 2), whole - part)

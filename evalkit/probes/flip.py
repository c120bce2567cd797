"""Mirrors and turns photos, as mirrors and lost orientation tags do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.registry import plugin
from evalkit.probes._images import ImageProbe

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


@plugin("probes", "flip")
@dataclass(frozen=True, slots=True)
class Flip(ImageProbe):
    """Mirrors photos (1 left to right, 2 top to bottom) or turns them (3 by half, 4 left, 5 right).

    The orientations 2, 4, 3, 8 and 6 of EXIF. The severities differ in kind, so the effect need not
    grow. No pixel is lost; a photo that is its own mirror image cannot be changed.
    """

    word: ClassVar[str] = "flip"
    may_break: ClassVar[str] = "Writing, left and right, and things that are told by how they lie."
    changes: ClassVar[float] = 0.95
    ordered: ClassVar[bool] = False
    levels: ClassVar[tuple[str, ...]] = (
        "FLIP_LEFT_RIGHT",
        "FLIP_TOP_BOTTOM",
        "ROTATE_180",
        "ROTATE_90",
        "ROTATE_270",
    )

    def redraw(self, image: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
        """Return the image mirrored or turned."""
        from PIL.Image import Transpose

        return image.transpose(Transpose[self.levels[severity - 1]])

"""Takes the detail out of a video, as where it was stored small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from evalkit.media.video import Pixels

_LINES = (720, 480, 360, 240, 180, 120)


@plugin("probes", "resolution")
@dataclass(frozen=True, slots=True)
class Resolution:
    """Scales videos down to 480, 360, 240, 180 or 120 of 720 lines, and up again to their size.

    Videos of other sizes are scaled by the same shares: 2/3, 1/2, 1/3, 1/4 and 1/6. Pixels are
    averaged on the way down, and interpolated (bicubic) on the way up, as players show small
    videos. Changed videos are MP4. Levels of evalkit. Raises DataError where a video cannot be
    read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Writing in the picture, and small or distant things."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with less detail, or None where it has no video."""
        if check_severity("resolution", severity) == 0:
            return item
        return changed_films(item, lambda film: _coarser(film, _LINES[severity] / _LINES[0]))


def _coarser(film: Media, share: float) -> Media:
    """Return a video that has a share of its lines left."""
    from PIL import Image

    from evalkit.media.video import painted, remade_video

    def paint(_: float, pixels: Pixels) -> Pixels:
        image = Image.fromarray(pixels)
        small = max(1, round(share * image.width)), max(1, round(share * image.height))
        image = image.resize(small, Image.Resampling.BILINEAR)
        return np.asarray(image.resize(pixels.shape[1::-1], Image.Resampling.BICUBIC))

    return remade_video(film, lambda shots: painted(shots, paint))

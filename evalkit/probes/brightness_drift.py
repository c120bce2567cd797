"""Lets the light of a video grow or fade from its beginning to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films, length
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from evalkit.media.video import Pixels

_STOPS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
_GAMMA = 2.2


@plugin("probes", "brightness_drift")
@dataclass(frozen=True, slots=True)
class BrightnessDrift:
    """Lets the exposure drift over a video by 0.5, 1, 1.5, 2 or 3 stops to either side of its own.

    A stop is a factor of 2 in light: at severity 2 a video begins with half the light and ends with
    double, or the other way round, by chance; in the middle it is as it was. Light is a pixel's
    value to the power of 2.2; what is too bright is cut off. Changed videos are MP4. Levels of
    evalkit. Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Day and night, and what is seen in the darkest or brightest part."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with drifting light, or None where it has no video."""
        if check_severity("brightness_drift", severity) == 0:
            return item
        stops = _STOPS[severity] * float(ctx.rng.choice((-1, 1)))
        return changed_films(item, lambda film: _drifting(film, stops))


def _drifting(film: Media, stops: float) -> Media:
    """Return a video whose light goes from `stops` below its own to as many above."""
    from evalkit.media.video import painted, remade_video

    total = length(film)
    values = np.arange(256, dtype=np.float64)

    def paint(time: float, pixels: Pixels) -> Pixels:
        gain = 2 ** (stops * (2 * time / total - 1) / _GAMMA)
        return np.clip(np.rint(values * gain), 0, 255).astype(np.uint8)[pixels]

    return remade_video(film, lambda shots: painted(shots, paint))

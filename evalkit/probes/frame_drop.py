"""Loses single pictures of a video by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films, held
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    import numpy as np

_LOST = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6)


@plugin("probes", "frame_drop")
@dataclass(frozen=True, slots=True)
class FrameDrop:
    """Loses 5, 10, 20, 40 or 60 % of the pictures of a video, at least one, here and there.

    The picture before stays in the place of a lost one, as players do it; the first is never lost,
    and the sound goes on. A video of one picture cannot be changed. Changed videos are MP4. Levels
    of evalkit. Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "What is seen in a single picture."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with pictures lost, or None where it has no video of two or more."""
        if check_severity("frame_drop", severity) == 0:
            return item
        return changed_films(item, lambda film: _dropped(film, _LOST[severity], ctx.rng))


def _dropped(film: Media, share: float, rng: np.random.Generator) -> Media | None:
    """Return a video without a share of its pictures, None where there is one alone."""
    from evalkit.media.video import picture_count, remade_video

    later = picture_count(film) - 1
    if later < 1:
        return None
    lost = frozenset((1 + rng.permutation(later)[: max(1, round(share * later))]).tolist())
    return remade_video(film, lambda shots: held(shots, lambda number, _: number in lost))

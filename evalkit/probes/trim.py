"""Cuts the beginning and the end off a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films, length
from evalkit.probes._severity import check_severity

_LEFT = (1.0, 0.9, 0.75, 0.6, 0.45, 0.3)


@plugin("probes", "trim")
@dataclass(frozen=True, slots=True)
class Trim:
    """Keeps the central 90, 75, 60, 45 or 30 % of a video, pictures and sound.

    Changed videos are MP4. Levels of evalkit. Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "What happens at the beginning or at the end."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with shorter videos, or None where it has none."""
        if check_severity("trim", severity) == 0:
            return item
        return changed_films(item, lambda film: _middle(film, _LEFT[severity]))


def _middle(film: Media, share: float) -> Media:
    """Return the central share of a video."""
    from evalkit.media.video import cut_video

    total = length(film)
    return cut_video(film, total * (1 - share) / 2, total * (1 + share) / 2)

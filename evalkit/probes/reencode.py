"""Encodes a video again, coarser each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films
from evalkit.probes._severity import check_severity

_CRF = (0, 23, 28, 35, 41, 47)


@plugin("probes", "reencode")
@dataclass(frozen=True, slots=True)
class Reencode:
    """Encodes videos again as H.264 with a rate factor (CRF) of 23, 28, 35, 41 or 47.

    23 is the encoder's own default and hardly seen; at 47 little but blocks of colour is left. The
    sound is encoded again as AAC of 64 kbit/s a channel. Changed videos are MP4. Levels of evalkit.
    Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Writing in the picture, and fine textures."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item encoded again, or None where it has no video."""
        from evalkit.media.video import remade_video

        if check_severity("reencode", severity) == 0:
            return item
        return changed_films(item, lambda film: remade_video(film, crf=_CRF[severity]))

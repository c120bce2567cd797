"""Shows fewer pictures a second, at even distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films, held, moves
from evalkit.probes._severity import check_severity

_EVERY = (1, 2, 4, 8, 16, 32)


@plugin("probes", "frame_rate")
@dataclass(frozen=True, slots=True)
class FrameRate:
    """Shows every 2nd, 4th, 8th, 16th or 32nd picture of a video alone, and holds it till the next.

    Of 24 pictures a second, 12, 6, 3, 1.5 or 0.75 are left. Length and sound stay. A video of one
    picture cannot be changed. Changed videos are MP4. The levels are those of "sampling" in
    Schiappa, Vyas, Palangi, Rawat and Vineet, "Robustness Analysis of Video-Language Models Against
    Visual and Language Perturbations", NeurIPS 2022. Raises DataError where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Quick movements, and what is seen for less than a second."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with fewer pictures, or None where it has no video of two or more."""
        if check_severity("frame_rate", severity) == 0:
            return item
        return changed_films(item, lambda film: _thinned(film, _EVERY[severity]))


def _thinned(film: Media, every: int) -> Media | None:
    """Return a video in which every so manieth picture is shown, None where there is one alone."""
    from evalkit.media.video import remade_video

    if not moves(film):
        return None
    return remade_video(film, lambda shots: held(shots, lambda number, _: number % every > 0))

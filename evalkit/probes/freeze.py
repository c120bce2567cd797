"""Lets the picture of a video stand still for a while, as where a connection stalls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._films import changed_films, held, length, moves
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    import numpy as np

_MOVING = (1.0, 0.4, 0.2, 0.1, 0.05, 0.0)


@plugin("probes", "freeze")
@dataclass(frozen=True, slots=True)
class Freeze:
    """Lets a video move for 40, 20, 10, 5 or 0 % of its length; else its picture stands still.

    It stands still in one stretch that begins by chance, at severity 5 with the first picture, and
    then goes on where it would be by then; the sound goes on all the time. A video of one picture
    cannot be changed. Changed videos are MP4. The shares are those of "freeze" in Schiappa et al.,
    "Robustness Analysis of Video-Language Models Against Visual and Language Perturbations",
    NeurIPS 2022, but for the last, which there is larger than the one before. Raises DataError
    where a video cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"video"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Movements, and what is seen only while the picture stands still."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with a stall, or None where it has no video of two or more pictures."""
        if check_severity("freeze", severity) == 0:
            return item
        return changed_films(item, lambda film: _stalled(film, _MOVING[severity], ctx.rng))


def _stalled(film: Media, moving: float, rng: np.random.Generator) -> Media | None:
    """Return a video that moves for a share of its length, None where there is one picture."""
    from evalkit.media.video import remade_video

    if not moves(film):
        return None
    total = length(film)
    begin = float(rng.uniform(0, moving * total))
    end = begin + (1 - moving) * total
    return remade_video(film, lambda shots: held(shots, lambda _, time: begin < time < end))

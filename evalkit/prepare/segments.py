"""A long recording is embedded in segments of some seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media, SideName
from evalkit.core.registry import plugin
from evalkit.core.systems import Piece
from evalkit.prepare._sides import SideChoice, chosen

_RECORDED = frozenset({"audio", "video"})


@plugin("prepare", "segments")
@dataclass(frozen=True, slots=True)
class Segments:
    """Embeds sound and film in segments; the best segment counts, or the mean of all.

    seconds: the length of a segment; overlap: how many seconds it shares with the one before it.
    Spans are seconds. What is not longer than one segment is embedded as it is, and so is
    everything that is neither sound nor film. Segments are encoded anew, WAV and MP4, one at a
    time: a recording of any length takes the memory of some of them.
    """

    seconds: float = 10.0
    overlap: float = 0.0
    combine: Literal["best", "mean"] = "best"
    side: SideChoice = "corpus"

    def __post_init__(self) -> None:
        """Refuse segments that would never end."""
        if not 0.1 <= self.seconds <= 3600 or not 0 <= self.overlap < self.seconds:
            raise UsageError(
                f"segments of {self.seconds:g} seconds cannot overlap by {self.overlap:g}; "
                "expected 0.1 to 3,600 seconds, and an overlap from 0 to less than that."
            )

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""
        return chosen(self.side)

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return the same modalities."""
        return modalities

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return the segments, cut when they are read; raises DataError for what is broken."""
        from evalkit.media.containers import broken
        from evalkit.media.cuts import cut
        from evalkit.media.durations import seconds
        from evalkit.media.segments import spans

        media = item.content
        if not isinstance(media, Media) or not item.modalities <= _RECORDED:
            return [Piece(item.content)]
        total = seconds(media)
        if total is None:
            what = "its length cannot be told, so it cannot be cut into segments."
            raise broken(media, what)
        if total <= self.seconds:
            return [Piece(media)]
        parts = [(cut(media, *span), span) for span in spans(total, self.seconds, self.overlap)]
        parts[0][0].read()  # which says what is wrong with a recording that cannot be decoded
        return [Piece(part, span) for part, span in parts]

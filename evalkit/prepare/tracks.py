"""Film is embedded by its pictures alone, its sound alone, or both as vectors of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.core.items import Item, Media, SideName
from evalkit.core.registry import plugin
from evalkit.core.systems import Piece
from evalkit.prepare._sides import SideChoice, chosen

_FILM = frozenset({"video"})
_BECOMES = {"sight": {"video"}, "sound": {"audio"}, "both": {"video", "audio"}}


@plugin("prepare", "tracks")
@dataclass(frozen=True, slots=True)
class Tracks:
    """Embeds the pictures and the sound of a film apart from each other.

    keep: `sight` (a film without sound), `sound` (audio, in WAV), or `both`, two pieces of which
    the better one counts, or the mean. A film without sound has its pictures alone under `both`,
    and is an item error under `sound`. Everything else stays as it is.
    """

    keep: Literal["sight", "sound", "both"] = "both"
    combine: Literal["best", "mean"] = "best"
    side: SideChoice = "corpus"

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""
        return chosen(self.side)

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return video, audio or both for a film."""
        return frozenset(_BECOMES[self.keep]) if modalities == _FILM else modalities

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return the tracks; raises DataError where the one that is kept is not there."""
        from evalkit.media.cuts import track
        from evalkit.media.video import has_sound

        film = item.content
        if not isinstance(film, Media) or item.modalities != _FILM:
            return [Piece(item.content)]
        sight, sound = track(film, "sight"), track(film, "sound")
        kept = {"sight": [sight], "sound": [sound]}.get(self.keep) or [sight]
        if self.keep == "both" and has_sound(film):
            kept.append(sound)
        for one in kept:
            one.read()  # which says what is wrong with it, or that it is not there
        return [Piece(one) for one in kept]

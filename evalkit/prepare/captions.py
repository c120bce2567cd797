"""Caption, then embed: a picture, sound or film is embedded as the text that describes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Item, SideName
from evalkit.core.registry import plugin
from evalkit.core.systems import Piece
from evalkit.prepare._sides import SideChoice, chosen

_SEEN_OR_HEARD = frozenset({"image", "audio", "video"})


@plugin("prepare", "captions")
@dataclass(frozen=True, slots=True)
class Captions:
    """Embeds the caption of an image, audio or video item in its place.

    tag: the tag of the item that holds its caption; several values are joined. Text and documents
    stay as they are, and so does a mix of parts.
    """

    tag: str = "caption"
    side: SideChoice = "corpus"
    combine: ClassVar[Literal["best", "mean"]] = "best"

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""
        return chosen(self.side)

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return text for an image, a sound or a film."""
        return frozenset({"text"}) if self._is_for(modalities) else modalities

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return the caption; raises DataError where the item carries none."""
        if not self._is_for(item.modalities):
            return [Piece(item.content)]
        text = " ".join(item.tag(self.tag)).strip()
        if not text:
            what = f"the item has no tag '{self.tag}', which would hold its caption."
            raise DataError(Problem("", what, "Add captions to the data set."))
        return [Piece(text)]

    def _is_for(self, modalities: frozenset[str]) -> bool:
        """Return whether an item is one piece of media that a caption can stand for."""
        return len(modalities) == 1 and modalities <= _SEEN_OR_HEARD

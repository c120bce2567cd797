"""A mix of parts, such as a photo and words, is embedded part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.core.items import Item, SideName
from evalkit.core.registry import plugin
from evalkit.core.systems import Piece
from evalkit.prepare._sides import SideChoice, chosen


@plugin("prepare", "parts")
@dataclass(frozen=True, slots=True)
class Parts:
    """Embeds the parts of a mixed item each for itself, for models that take one part at a time.

    combine: `mean` makes one vector of all (fusion of items); `best` keeps one vector a part, of
    which the best counts in a corpus, and which `parts_fusion` searches one by one for a query
    (fusion of scores). An item of one part stays as it is.
    """

    combine: Literal["best", "mean"] = "mean"
    side: SideChoice = "query"

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""
        return chosen(self.side)

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return the same modalities; nothing is mixed any more."""
        return modalities - {"mixed"}

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return a piece a part."""
        return [Piece(part) for part in item.parts]

"""A document is embedded page by page instead of as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.core.items import Item, Media, SideName
from evalkit.core.registry import plugin
from evalkit.core.systems import Piece
from evalkit.prepare._sides import SideChoice, chosen

_DOCUMENT = frozenset({"document"})


@plugin("prepare", "pages")
@dataclass(frozen=True, slots=True)
class Pages:
    """Embeds every page of a document for itself; the best page counts, or the mean of all.

    Spans are page numbers, from 1. A single page stays as it is, and so does everything else.
    """

    combine: Literal["best", "mean"] = "best"
    side: SideChoice = "corpus"

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""
        return chosen(self.side)

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return the same modalities: a page is a document too."""
        return modalities

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return the pages; raises DataError for a document that cannot be opened."""
        from evalkit.media.pages import pages

        document = item.content
        if item.modalities != _DOCUMENT or not isinstance(document, Media):
            return [Piece(item.content)]
        return [Piece(page, (page.page, page.page)) for page in pages(document)]

"""Long text is embedded in chunks: texts, and what the text layer of a document says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media, Page, SideName
from evalkit.core.registry import plugin
from evalkit.core.systems import Piece
from evalkit.prepare._sides import SideChoice, chosen

_WORD = re.compile(r"\S+")
_READABLE = frozenset({"text", "document"})


@plugin("prepare", "chunks")
@dataclass(frozen=True, slots=True)
class Chunks:
    """Embeds text in chunks of some words; the best chunk counts, or the mean of all.

    words: the length of a chunk; overlap: how many words it shares with the one before it. The
    text layer of a document or a page is read, page by page; spans are page numbers then, from 1,
    and characters in a text. Everything else stays as it is.
    """

    words: int = 120
    overlap: int = 20
    combine: Literal["best", "mean"] = "best"
    side: SideChoice = "corpus"

    def __post_init__(self) -> None:
        """Refuse chunks that would never end."""
        if self.words < 1 or not 0 <= self.overlap < self.words:
            raise UsageError(
                f"chunks of {self.words} words cannot overlap by {self.overlap}; "
                "expected 1 word or more, and an overlap from 0 to less than that."
            )

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""
        return chosen(self.side)

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return text for texts and documents."""
        return frozenset({"text"}) if self._is_for(modalities) else modalities

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return the chunks; raises DataError for a document without a text layer."""
        content = item.content
        if not self._is_for(item.modalities) or isinstance(content, tuple):
            return [Piece(content)]
        if isinstance(content, str):
            return list(self._cut(content)) or [Piece(content)]
        found = [
            Piece(chunk.content, (page.page, page.page))
            for page, text in _layer(content)
            for chunk in self._cut(text)
        ]
        if not found:
            raise _no_text(content)
        return found

    def _is_for(self, modalities: frozenset[str]) -> bool:
        """Return whether an item is a text or a document."""
        return len(modalities) == 1 and modalities <= _READABLE

    def _cut(self, text: str) -> Iterator[Piece]:
        """Yield the chunks of a text with their first and last character."""
        places = [match.span() for match in _WORD.finditer(text)]
        step = self.words - self.overlap
        for first in range(0, max(len(places) - self.overlap, 1), step):
            some = places[first : first + self.words]
            if some:
                start, end = some[0][0], some[-1][1]
                yield Piece(text[start:end], (start, end))


def _no_text(content: Media | Page) -> Exception:
    """Return the error for a document without a text layer."""
    from evalkit.media.containers import broken

    document = content.document if isinstance(content, Page) else content
    what = "it has no text layer to take chunks from."
    return broken(document, what, "Embed its pages as images.")


def _layer(content: Media | Page) -> Iterator[tuple[Page, str]]:
    """Yield the pages of a document, or the one page, with what its text layer says."""
    from evalkit.media.pages import page_text, pages

    for page in (content,) if isinstance(content, Page) else pages(content):
        yield page, page_text(page)

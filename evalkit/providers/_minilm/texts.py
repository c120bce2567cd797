"""A text as the tokens that the model reads, 256 at most; a longer one is cut, or is several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Encoding

LONGEST = 256
"""The most tokens of one text, its two marks included."""
START, END = 101, 102
"""The marks that stand before and after every text."""
_ROOM = LONGEST - 2


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is embedded at once: token ids with their marks, and which part of the text that is.

    span: from and to in characters, None for the whole text. truncated: whether the rest is lost.
    """

    ids: tuple[int, ...]
    span: tuple[float, float] | None = None
    truncated: bool = False


def whole_or_cut(encoding: Encoding) -> Tokens:
    """Return the tokens of a text, those beyond the longest left out."""
    ids = encoding.ids[:_ROOM]
    return Tokens((START, *ids, END), truncated=len(encoding.ids) > _ROOM)


def segments(encoding: Encoding) -> Iterator[Tokens]:
    """Yield a text in one piece where that is possible, else in pieces that end where words do."""
    ids, words, offsets = encoding.ids, encoding.word_ids, encoding.offsets
    if len(ids) <= _ROOM:
        yield whole_or_cut(encoding)
        return
    start = 0
    while start < len(ids):
        end = min(start + _ROOM, len(ids))
        while end < len(ids) and words[end] == words[end - 1] and end > start + 1:
            end -= 1
        span = (float(offsets[start][0]), float(offsets[end - 1][1]))
        yield Tokens((START, *ids[start:end], END), span)
        start = end

"""Reads the words on a page image, so that a page needs no text layer.

Lines are found by the white around them and made one size; a word is the chain of pieces of ink
that look most like letters; a word of the lexicon wins where it looks nearly as likely.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .page_ink import Marks, marks
from .page_lines import Box, Strip, strips
from .reading_cuts import Spans, spans, windows, words
from .reading_letters import SIGNS, load, sign
from .reading_lexicon import lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

Ints = NDArray[np.int64]

SURE = 300
"""The mean score, of 1000, below which a word is taken for a drawing."""
GIVEN_WAY = 70
"""What a word of the lexicon may be worse than the reading, in scores a letter."""
DIGITS, LETTERS = slice(1, 11), slice(11, len(SIGNS))
LONGEST = 3000
"""Columns of the longest line that is read at once."""


class Word(NamedTuple):
    """A word that was read, and its columns in the strip of its line."""

    text: str
    start: int
    end: int


class Line(NamedTuple):
    """The words of a line and its place on the page."""

    words: list[Word]
    box: Box


def page_words(image: Image.Image) -> list[str]:
    """The words on a page image of about 100 dpi, lower-case, in reading order."""
    return [word.text for line in page_lines(marks(image)) for word in line.words]


def page_lines(found: Marks) -> list[Line]:
    """The lines on a page of marks that hold words, in reading order."""
    read = (Line(_words(strip), strip.box) for strip in strips(found.letters))
    return [line for line in read if line.words]


def _words(strip: Strip) -> list[Word]:
    """The words of a line."""
    ink = strip.ink[:, :LONGEST]
    bounds = words(ink)
    found = [spans(ink, *one) for one in bounds]
    if not found:
        return []
    begin = np.concatenate([one.cuts[one.first] for one in found])
    end = np.concatenate([one.cuts[one.last] for one in found])
    scores = load()[0].scores(windows(ink, begin, end))
    ends = np.cumsum([one.first.size for one in found])[:-1]
    parts = zip(found, bounds, np.split(scores, ends), strict=True)
    return [
        Word(text, *bound) for one, bound, score in parts for text in _texts(_chain(one, score))
    ]


def _chain(found: Spans, scores: Ints) -> Ints:
    """The scores (l, signs) of the chain of pieces that covers a word best."""
    best = scores.max(1)
    width = (found.cuts[found.last] - found.cuts[found.first]) * best
    reach = [0] + [-1] * (found.cuts.size - 1)
    came = [0] * found.cuts.size
    for piece, (first, last, worth) in enumerate(
        zip(found.first.tolist(), found.last.tolist(), width.tolist(), strict=True)
    ):
        if reach[first] >= 0 and reach[first] + worth > reach[last]:
            reach[last], came[last] = reach[first] + worth, piece
    chain, at = [], found.cuts.size - 1
    while at > 0 and reach[at] >= 0:
        chain.append(came[at])
        at = int(found.first[came[at]])
    return scores[chain[::-1]]


def _texts(scores: Ints) -> Iterator[str]:
    """The texts in a chain of letters (l, signs): what lies between points, dashes and dirt."""
    blank = np.concatenate([[True], scores.argmax(1) == 0, [True]])
    for start, end in zip(*_runs(~blank), strict=True):
        part = scores[start - 1 : end - 1]
        if part.max(1).mean() >= SURE:
            yield _spelled(part).replace("ß", "ss")


def _runs(mask: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Where runs of a mask with false ends begin, and where they have ended."""
    edges = np.flatnonzero(np.diff(mask.view(np.int8))) + 1
    return edges[::2].tolist(), edges[1::2].tolist()


def _spelled(scores: Ints) -> str:
    """The number or the word in the scores (l, signs) of its letters."""
    best = scores[:, 1:].argmax(1) + 1
    numeric = 2 * int((best < LETTERS.start).sum()) > len(best)
    kind = DIGITS if numeric else LETTERS
    if len(best) > 2 or numeric:
        best = scores[:, kind].argmax(1) + kind.start
    if not numeric and len(best) > 2:
        best = _known(scores, best)
    return "".join(SIGNS[place] for place in best)


def _known(scores: Ints, best: Ints) -> Ints:
    """The word of the lexicon that is nearly as likely as the best signs (l,), or these."""
    known = _by_length().get(len(best))
    if known is None:
        return best
    rows = np.arange(len(best))
    worth = scores[rows, known].sum(1)
    first = int(worth.argmax())
    lost = int(scores[rows, best].sum()) - int(worth[first])
    return known[first] if lost <= GIVEN_WAY * len(best) else best


@cache
def _by_length() -> dict[int, Ints]:
    """The words of the lexicon as places of signs (words, length), by length."""
    table: dict[int, list[list[int]]] = {}
    for word in lexicon():
        places = [SIGNS.index(sign(letter)) for letter in word]
        table.setdefault(len(places), []).append(places)
    return {length: np.array(places) for length, places in table.items()}

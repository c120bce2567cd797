"""Reads the words on a page image, so that a page needs no text layer.

Lines are found by the white around them and made one size; a word is the chain of pieces of ink
that look most like letters, between cuts that look likely; a word of the lexicon wins where it
looks nearly as likely. All pieces of a page are compared together, which changes no score.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .page_ink import Marks, marks
from .page_lines import Box, Strip, strips
from .reading_cuts import Cuts, Spans, cuts, likely, windows, words
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
    found_lines = (_Written.of(strip) for strip in strips(found.letters))
    lines = [line for line in found_lines if line.bounds]
    if not lines:
        return []
    reader, inks = load()[0], [line.ink for line in lines]
    pieces = likely(inks, [line.cuts for line in lines], reader.cuts)
    looks = [line.windows(piece) for line, piece in zip(lines, pieces, strict=True)]
    ends = np.cumsum([one.first.size for one in pieces])[:-1]
    scores = np.split(reader.scores(np.concatenate(looks)), ends)
    read = (
        Line(line.words(piece, score), line.box)
        for line, piece, score in zip(lines, pieces, scores, strict=True)
    )
    return [line for line in read if line.words]


class _Written(NamedTuple):
    """A line to be read: its place, its ink (ROWS, w), the bounds of its words, and its cuts."""

    box: Box
    ink: NDArray[np.int16]
    bounds: list[tuple[int, int]]
    cuts: Cuts

    @classmethod
    def of(cls, strip: Strip) -> _Written:
        """A strip with its words bounded and cut."""
        ink = strip.ink[:, :LONGEST]
        bounds = words(ink)
        return cls(strip.box, ink, bounds, cuts(ink, bounds))

    def windows(self, pieces: Spans) -> NDArray[np.float32]:
        """The windows (n, ROWS * COLUMNS) of its pieces."""
        return windows(self.ink, self.cuts.places[pieces.first], self.cuts.places[pieces.last])

    def words(self, pieces: Spans, scores: Ints) -> list[Word]:
        """What its words say, by the scores (n, signs) of its pieces."""
        chains = list(_chains(self.cuts, pieces, scores))
        ends = list(itertools.accumulate(map(len, chains), initial=0))
        letters = _Letters.of(scores[list(itertools.chain.from_iterable(chains))])
        return [
            Word(text, *bound)
            for bound, one in zip(self.bounds, itertools.pairwise(ends), strict=True)
            for text in letters.texts(*one)
        ]


class _Letters(NamedTuple):
    """The letters of a line's chains: their scores (l, signs), and what follows from these."""

    scores: Ints
    top: list[int]
    """The best score of each."""
    blank: list[bool]
    """Whether each is most like a point, a dash or dirt."""
    sign: list[int]
    """The place of the best sign of each, blanks left out."""
    digit: list[int]
    letter: list[int]

    @classmethod
    def of(cls, scores: Ints) -> _Letters:
        """The letters with these scores (l, signs)."""
        top = scores.max(1)
        best = [
            scores[:, kind].argmax(1) + kind.start for kind in (slice(1, None), DIGITS, LETTERS)
        ]
        blank = top == scores[:, 0]
        return cls(scores, top.tolist(), blank.tolist(), *(one.tolist() for one in best))

    def texts(self, start: int, end: int) -> Iterator[str]:
        """The texts in a part of them: what lies between blanks, where it is sure enough."""
        for blank, places in itertools.groupby(range(start, end), self.blank.__getitem__):
            first, *rest = places
            part = slice(first, first + 1 + len(rest))
            if not blank and sum(self.top[part]) >= SURE * (1 + len(rest)):
                yield self._spelled(part).replace("ß", "ss")

    def _spelled(self, part: slice) -> str:
        """The number or the word in a part of them."""
        best = self.sign[part]
        numeric = 2 * sum(place < LETTERS.start for place in best) > len(best)
        if numeric:
            best = self.digit[part]
        elif len(best) > 2:
            best = _known(self.scores[part], self.letter[part])
        return "".join(SIGNS[place] for place in best)


def _chains(found: Cuts, pieces: Spans, scores: Ints) -> Iterator[list[int]]:
    """For each word of a line the chain of pieces, by number, that covers it best."""
    size = found.places.size
    begins = np.diff(found.word, prepend=-1) > 0
    reach = np.where(begins, 0, -1).tolist()
    came = [0] * size
    worths = (found.places[pieces.last] - found.places[pieces.first]) * scores.max(1)
    starts = pieces.first.tolist()
    each = zip(starts, pieces.last.tolist(), worths.tolist(), strict=True)
    for piece, (first, last, worth) in enumerate(each):
        if reach[first] >= 0 and reach[first] + worth > reach[last]:
            reach[last], came[last] = reach[first] + worth, piece
    heads = [*np.flatnonzero(begins).tolist(), size]
    for head, after in itertools.pairwise(heads):
        chain, at = [], after - 1
        while at > head and reach[at] >= 0:
            chain.append(came[at])
            at = starts[came[at]]
        yield chain[::-1]


def _known(scores: Ints, best: list[int]) -> list[int]:
    """The word of the lexicon that is nearly as likely as the best letters (l,), or these."""
    known = _by_length().get(len(best))
    if known is None:
        return best
    rows = np.arange(len(best))
    worth = scores[rows, known].sum(1)
    first = int(worth.argmax())
    lost = int(scores[rows, best].sum()) - int(worth[first])
    likely: list[int] = known[first].tolist()
    return likely if lost <= GIVEN_WAY * len(best) else best


@cache
def _by_length() -> dict[int, Ints]:
    """The words of the lexicon as places of signs (words, length), by length."""
    table: dict[int, list[list[int]]] = {}
    for word in lexicon():
        places = [SIGNS.index(sign(letter)) for letter in word]
        table.setdefault(len(places), []).append(places)
    return {length: np.array(places) for length, places in table.items()}

"""Fits the reader of letters: `python -m evalkit.providers._reference.reading_fit`.

Ridge regression, in closed form, from comparisons of a piece of ink with pairs of training pieces
to the glyph it is. Pieces that are no letter, halves and pairs of letters, belong to no glyph.
Before that, in the same way, from what lies beside a cut to whether two letters meet there.
"""

from __future__ import annotations

import argparse
import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reading_cuts import Cuts, Ink, beside, cuts, spans, windows, words
from .reading_letters import FOLDER, FULL, GLYPHS, LEVELS, Comparisons, Reader, save
from .reading_lexicon import lexicon
from .reading_world import FONTS, SIZES, Placed, lines, placed, render

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

PAGES, LINES = 192, 24
LETTER_COMPARISONS, CUT_COMPARISONS = 1024, 128
DRAWN = 3
"""As many comparisons are drawn for each that is kept."""
AT_ONCE = 128
"""Comparisons that are given up between two solutions."""
SEED = 61
RIDGE = 3e-5
NONE = -1
OTHERS = 0.2
"""Share of the pieces that are no letter which is learned from."""
NO_LETTER, NO_CUT = 0.5, 1.0
"""What an example of no class counts."""
NEAR = 2.5
"""Columns between a cut and the true edge of a letter at most."""

_LOG = logging.getLogger(__name__)


class Pieces(NamedTuple):
    """Windows (n, window) of ink, uint8, and the class of each, NONE for none (n,)."""

    windows: NDArray[np.uint8]
    classes: NDArray[np.int64]


class Known(NamedTuple):
    """A written line: its ink (ROWS, w), its cuts, its text and the columns between its letters."""

    ink: Ink
    cuts: Cuts
    text: str
    edges: Floats


def fit(
    pages: int = PAGES, letters: int = LETTER_COMPARISONS, others: int = CUT_COMPARISONS
) -> Reader:
    """The reader fitted on a number of pages, with so many comparisons for letters and cuts."""
    written = world(pages)
    return Reader(
        solve(pieces(written), letters, len(GLYPHS), NO_LETTER),
        solve(parted(written), others, 1, NO_CUT),
    )


def world(pages: int) -> list[Known]:
    """The lines of pages in all fonts and sizes, some blurred and speckled."""
    found = []
    for number in range(pages):
        rng = random.Random(SEED << 32 | number)
        text = [_word(rng) for _ in range(300)]
        font, size = FONTS[number % len(FONTS)], rng.choice(SIZES)
        written = lines(rng, text, font, size, LINES)
        page = render(written, rng.choice((0, 0, 0, 1, 2)), number)
        found += [_known(one) for one in placed(written, page)]
    return found


def _known(line: Placed) -> Known:
    """A line with its cuts, and its edges where these are."""
    ink = line.strip.ink
    found = cuts(ink, words(ink))
    return Known(ink, found, line.text, _aligned(np.array(line.edges), found.places))


def _word(rng: random.Random) -> str:
    """A word of the lexicon in one of three cases, a number, or letters at random."""
    kind = rng.random()
    if kind < 0.62:
        word = rng.choice(lexicon())
        return rng.choice((word, word, word.title(), word.upper())) + rng.choice(("", "", ",", "."))
    if kind < 0.8:
        form = rng.choice(("{:,}", "{}", "{}.5%", "${:,}", "({:,})", "{}-K", "{}:", "{}/{}"))
        return form.format(int(10 ** rng.uniform(0, 6)), rng.randrange(2, 99))
    if kind < 0.97:
        letters = GLYPHS[:26] if rng.random() < 0.6 else GLYPHS[26:62]
        return "".join(rng.choices(letters, k=rng.randint(2, 9)))
    return "".join(rng.choices(GLYPHS[62:], k=rng.randint(1, 4)))


def parted(written: Sequence[Known]) -> Pieces:
    """What lies beside the cuts inside words: class 0 where two letters meet."""
    rows, classes = [], []
    for line in written:
        inner = np.flatnonzero(line.cuts.inner)
        rows.append(beside(line.ink, line.cuts.places[inner]).astype(np.uint8))
        nearest, close = _nearest(line)
        classes.append(np.where(np.isin(inner, nearest[close]), 0, NONE))
    return Pieces(np.concatenate(rows), np.concatenate(classes))


def pieces(written: Sequence[Known]) -> Pieces:
    """The letters of lines and some of the pieces between other cuts, and the glyph of each."""
    rng = random.Random(SEED)
    rows, classes = [], []
    for line in written:
        glyphs = _glyphs(line)
        every = np.ones(line.cuts.places.size, dtype=np.bool_)
        span = spans(line.cuts, every, ~every)
        pairs = zip(span.first.tolist(), span.last.tolist(), strict=True)
        named = np.array([glyphs.get(pair, NONE) for pair in pairs], dtype=np.int64)
        kept = [k for k, glyph in enumerate(named) if glyph != NONE or rng.random() < OTHERS]
        bounds = line.cuts.places[span.first[kept]], line.cuts.places[span.last[kept]]
        rows.append(windows(line.ink, *bounds).astype(np.uint8))
        classes.append(named[kept])
    return Pieces(np.concatenate(rows), np.concatenate(classes))


def _aligned(edges: Floats, cuts: NDArray[np.int64]) -> Floats:
    """The edges (n,) moved together to lie nearest to cuts (c,), as slanted letters need it."""
    moves = np.arange(-8, 9) / 2
    apart = [np.abs(edges[:, None] + move - cuts).min(1).mean() for move in moves]
    moved: Floats = edges + moves[int(np.argmin(apart))]
    return moved


def _nearest(line: Known) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The cut nearest to each edge of a line, and whether it is near."""
    apart = np.abs(line.edges[:, None] - line.cuts.places)
    return apart.argmin(1), apart.min(1) <= NEAR


def _glyphs(line: Known) -> dict[tuple[int, int], int]:
    """The glyph between two cuts of a line, for the letters that begin and end at cuts."""
    nearest, close = _nearest(line)
    known = {}
    for place, letter in enumerate(line.text):
        first, last = nearest[place : place + 2].tolist()
        if letter in GLYPHS and close[place : place + 2].all() and first < last:
            known[first, last] = GLYPHS.index(letter)
    return known


def solve(known: Pieces, comparisons: int, classes: int, none: float) -> Comparisons:
    """The comparisons that tell known pieces apart best, and the map from them to classes.

    none: what an example of no class counts.
    """
    found = _comparisons(known, DRAWN * comparisons)
    products, targets = _sums(found, known, classes, none)
    ridge = RIDGE * np.trace(products) / len(products)
    kept, solved = _fewer(products + ridge * np.eye(len(products)), targets, comparisons)
    unit = np.maximum(np.abs(solved).max(0), 1e-6) / 127
    integers = np.rint(solved / unit).astype(np.float32)
    worth = (unit * FULL / LEVELS).astype(np.float32)
    chosen = found.compare[:, kept], found.start[kept], found.gain[kept]
    return Comparisons(*chosen, integers, worth)


def _sums(found: Comparisons, known: Pieces, classes: int, none: float) -> tuple[Floats, Floats]:
    """The weighted products of comparisons with each other (h, h) and with classes (h, c)."""
    size = found.gain.size
    weight = _weights(known.classes, classes, none)
    products, targets = np.zeros((size, size)), np.zeros((size, classes))
    for start in range(0, known.classes.size, 4096):
        part = slice(start, start + 4096)
        hidden = found.hidden(known.windows[part].astype(np.float32)) / np.float32(LEVELS)
        right = known.classes[part, None] == np.arange(classes)
        weighted = hidden * weight[part, None]
        products += weighted.T @ hidden
        targets += weighted.T @ right.astype(np.float32)
    return products, targets


def _fewer(products: Floats, targets: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """The `count` comparisons to keep, and the solution (count, classes) with these alone.

    Those are given up whose loss costs least, which a ridge regression tells of each: the square
    of its part of the solution by its place in the inverse (Hassibi and Stork, "Second order
    derivatives for network pruning: optimal brain surgeon", 1992).
    """
    kept = np.arange(len(products))
    while True:
        inverse = np.linalg.inv(products[np.ix_(kept, kept)])
        solved: Floats = inverse @ targets[kept]
        surplus = min(kept.size - count, AT_ONCE)
        if not surplus:
            return kept, solved
        cost = (solved * solved).sum(1) / np.diag(inverse)
        kept = np.delete(kept, np.argsort(cost, kind="stable")[:surplus])


def _comparisons(known: Pieces, count: int) -> Comparisons:
    """Comparisons of random pairs of pieces of different classes, the map left empty."""
    rng = random.Random(SEED)
    columns: list[Floats] = []
    starts: list[float] = []
    gains: list[float] = []
    while len(columns) < count:
        one, other = (rng.randrange(known.classes.size) for _ in range(2))
        if known.classes[one] == known.classes[other]:
            continue
        high, low = (known.windows[place].astype(np.float64) for place in (one, other))
        column = np.rint(7 * (high - low) / max(1.0, np.abs(high - low).max()))
        foot, top = column @ low, column @ high
        columns.append(column)
        starts.append(round(foot + (top - foot) * rng.uniform(0, 0.6)))
        gains.append(LEVELS / max(1.0, top - foot))
    empty = np.zeros(0, np.float32)
    parts = (np.transpose(columns), starts, gains)
    compare, start, gain = (np.array(part, dtype=np.float32) for part in parts)
    return Comparisons(compare, start, gain, empty, empty)


def _weights(of: NDArray[np.int64], classes: int, none: float) -> NDArray[np.float32]:
    """Weights (n,) of pieces: rare classes count more, pieces of none less."""
    seen = np.maximum(np.bincount(of[of != NONE], minlength=classes), 40)
    scale = np.sqrt(np.median(seen) / seen)
    return np.where(of == NONE, none, scale[of]).astype(np.float32)


def main() -> None:
    """Fit and write the reader beside this file or into another folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write into")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    folder = parser.parse_args().out
    _LOG.info("%s", save(fit(), folder))


if __name__ == "__main__":
    main()

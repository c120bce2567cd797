"""Fits the reader of letters: `python -m evalkit.providers._reference.reading_fit`.

Ridge regression, in closed form, from comparisons of a piece of ink with pairs of training pieces
to the glyph it is. Pieces that are no letter, halves and pairs of letters, belong to no glyph.
"""

from __future__ import annotations

import argparse
import logging
import random
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reading_cuts import Spans, spans, windows, words
from .reading_letters import FOLDER, FULL, GLYPHS, LEVELS, Letters, save
from .reading_lexicon import lexicon
from .reading_world import FONTS, SIZES, Placed, lines, placed, render

Floats = NDArray[np.float64]

PAGES, LINES, COMPARISONS = 192, 24, 2048
SEED = 61
RIDGE = 3e-5
NONE = -1
OTHERS = 0.2
"""Share of the pieces that are no letter which is learned from."""
NEAR = 2.5
"""Columns between a cut and the true edge of a letter at most."""

_LOG = logging.getLogger(__name__)


class Pieces(NamedTuple):
    """Windows (n, window) of ink, uint8, and the glyph of each, NONE for no letter (n,)."""

    windows: NDArray[np.uint8]
    glyphs: NDArray[np.int64]


def fit(pages: int = PAGES, comparisons: int = COMPARISONS) -> Letters:
    """The reader fitted on a number of pages."""
    return solve(world(pages), comparisons)


def world(pages: int) -> Pieces:
    """The pieces of pages in all fonts and sizes, some blurred and speckled."""
    found = []
    for number in range(pages):
        rng = random.Random(SEED << 32 | number)
        text = [_word(rng) for _ in range(300)]
        font, size = FONTS[number % len(FONTS)], rng.choice(SIZES)
        written = lines(rng, text, font, size, LINES)
        page = render(written, rng.choice((0, 0, 0, 1, 2)), number)
        found += [pieces(rng, one) for one in placed(written, page)]
    return Pieces(
        np.concatenate([one.windows for one in found]),
        np.concatenate([one.glyphs for one in found]),
    )


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


def pieces(rng: random.Random, line: Placed) -> Pieces:
    """The letters of a line and some of the pieces between other cuts."""
    ink = line.strip.ink
    found = [spans(ink, *word) for word in words(ink)]
    edges = _aligned(np.array(line.edges), np.concatenate([one.cuts for one in found]))
    rows, glyphs = [], []
    for span in found:
        known = _known(span, edges, line.text)
        pairs = zip(span.first.tolist(), span.last.tolist(), strict=True)
        named = np.array([known.get(pair, NONE) for pair in pairs], dtype=np.int64)
        kept = [k for k, glyph in enumerate(named) if glyph != NONE or rng.random() < OTHERS]
        bounds = span.cuts[span.first[kept]], span.cuts[span.last[kept]]
        rows.append(windows(ink, *bounds).astype(np.uint8))
        glyphs.append(named[kept])
    return Pieces(np.concatenate(rows), np.concatenate(glyphs))


def _aligned(edges: Floats, cuts: NDArray[np.int64]) -> Floats:
    """The edges (n,) moved together to lie nearest to cuts (c,), as slanted letters need it."""
    moves = np.arange(-8, 9) / 2
    apart = [np.abs(edges[:, None] + move - cuts).min(1).mean() for move in moves]
    moved: Floats = edges + moves[int(np.argmin(apart))]
    return moved


def _known(span: Spans, edges: Floats, text: str) -> dict[tuple[int, int], int]:
    """The glyph between two cuts of a word, for the letters that begin and end at cuts."""
    nearest = np.abs(edges[:, None] - span.cuts).argmin(1)
    close = np.abs(edges - span.cuts[nearest]) <= NEAR
    known = {}
    for place, letter in enumerate(text):
        first, last = nearest[place : place + 2].tolist()
        if letter in GLYPHS and close[place : place + 2].all() and first < last:
            known[first, last] = GLYPHS.index(letter)
    return known


def solve(known: Pieces, comparisons: int) -> Letters:
    """The comparisons drawn from known pieces and the map that they need."""
    letters = _comparisons(known, comparisons)
    count, size = known.glyphs.size, letters.gain.size
    weight = _weights(known.glyphs)
    products, targets = np.zeros((size, size)), np.zeros((size, len(GLYPHS)))
    for start in range(0, count, 4096):
        part = slice(start, start + 4096)
        hidden = letters.hidden(known.windows[part].astype(np.float32)) / np.float32(LEVELS)
        right = known.glyphs[part, None] == np.arange(len(GLYPHS))
        weighted = hidden * weight[part, None]
        products += weighted.T @ hidden
        targets += weighted.T @ right.astype(np.float32)
    ridge = RIDGE * np.trace(products) / size
    solved = np.linalg.solve(products + ridge * np.eye(size), targets)
    unit = np.maximum(np.abs(solved).max(0), 1e-6) / 127
    integers = np.rint(solved / unit).astype(np.float32)
    worth = (unit * FULL / LEVELS).astype(np.float32)
    return Letters(letters.compare, letters.start, letters.gain, integers, worth)


def _comparisons(known: Pieces, count: int) -> Letters:
    """Comparisons of random pairs of pieces with different glyphs, the map left empty."""
    rng = random.Random(SEED)
    columns: list[Floats] = []
    starts: list[float] = []
    gains: list[float] = []
    while len(columns) < count:
        one, other = (rng.randrange(known.glyphs.size) for _ in range(2))
        if known.glyphs[one] == known.glyphs[other]:
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
    return Letters(compare, start, gain, empty, empty)


def _weights(glyphs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Weights (n,) of pieces: rare glyphs count more, pieces that are no letter less."""
    seen = np.maximum(np.bincount(glyphs[glyphs != NONE], minlength=len(GLYPHS)), 40)
    scale = np.sqrt(np.median(seen) / seen)
    return np.where(glyphs == NONE, 0.5, scale[glyphs]).astype(np.float32)


def main() -> None:
    """Fit and write the reader beside this file or into another folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write into")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    folder = parser.parse_args().out
    _LOG.info("%s", save(fit(), folder))


if __name__ == "__main__":
    main()

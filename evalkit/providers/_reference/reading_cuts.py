"""Where words and letters may begin and end in a line, and what lies between two such places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .page_lines import ROWS, TALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .reading_letters import Comparisons

Ink = NDArray[np.int16]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WIDEST = 18
"""Columns of the widest letter."""
NARROW = 6
"""Columns of ink between white that are one letter at most."""
COLUMNS = 18
"""Columns of a window; wider letters lose their ends."""
BESIDE = 7
"""Columns on either side of a cut that are looked at."""
DUST = 12
"""Ink of a column, of 15 * ROWS, that does not join two letters."""
NARROW_GAP, USUAL_GAP, WIDE_GAP = 3.0, 3.5, 7.0
"""White columns: fewer never part two words, more always do."""
DOUBTFUL, CERTAIN = 250, 800
"""Cuts of a lower value, of 1000, part no letters; those of a higher one always do."""


class Cuts(NamedTuple):
    """The cuts of a strip in rising order: the ends of its words, and where its ink is low."""

    places: Ints
    """Columns (c,)."""
    word: Ints
    """The word that each cut belongs to, counted from 0 (c,)."""
    opens: Ints
    """The run of ink that begins at each cut or goes on there, by its number (c,)."""
    closes: Ints
    """The run of ink that each cut ends (c,)."""

    @property
    def inner(self) -> Bools:
        """The cuts that are no end of a word (c,)."""
        same = self.word[1:] == self.word[:-1]
        inner: Bools = np.concatenate([[False], same]) & np.concatenate([same, [False]])
        return inner


class Spans(NamedTuple):
    """The pieces of a strip that may be letters: their first and last cut, in rising order (n,)."""

    first: Ints
    last: Ints


def words(ink: Ink) -> list[tuple[int, int]]:
    """The columns of each word of a strip (ROWS, w): first, and one after the last."""
    starts, ends = _runs(ink.sum(0, dtype=np.int64) > DUST)
    if not starts.size:
        return []
    gaps = starts[1:] - ends[:-1]
    parted = np.flatnonzero(gaps >= _word_gap(gaps))
    first = starts[np.concatenate([[0], parted + 1])]
    last = ends[np.concatenate([parted, [ends.size - 1]])]
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _runs(mask: Bools) -> tuple[Ints, Ints]:
    """Where the runs of a mask (w,) begin, and where they have ended."""
    edges = np.flatnonzero(np.diff(mask.view(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


def _word_gap(gaps: Ints) -> float:
    """The width from which a gap parts words: between the two means of a line's gaps."""
    between = np.minimum(gaps, TALL).astype(np.float64)
    limit = USUAL_GAP
    for _ in range(8):
        wide = between > limit
        if not wide.any():
            break
        low = between[~wide].mean() if not wide.all() else 1.0
        before, limit = limit, min(max((low + between[wide].mean()) / 2, NARROW_GAP), WIDE_GAP)
        if limit == before:
            break
    return limit


def cuts(ink: Ink, bounds: list[tuple[int, int]]) -> Cuts:
    """The cuts of a strip (ROWS, w) that has these words."""
    mass = ink.sum(0, dtype=np.int64)
    ends = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    level = np.zeros(mass.size + 1, dtype=np.int64)
    np.add.at(level, ends.ravel(), np.tile([1, -1], len(ends)))
    filled = (mass > 0) & (np.cumsum(level[:-1]) > 0)
    low = np.zeros(mass.size, dtype=np.bool_)
    low[1:-1] = (mass[1:-1] <= mass[:-2]) & (mass[1:-1] < mass[2:]) & (mass[1:-1] < 15 * 8)
    inside = np.cumsum(level[:-1]) > 0
    inside[ends[:, 0]] = inside[ends[:, 1] - 1] = False
    places = np.concatenate([np.flatnonzero(low & inside & ~_narrow(filled)), ends.ravel()])
    places.sort()
    begun = np.cumsum(np.diff(filled.view(np.int8), prepend=0, append=0) > 0)
    after = np.minimum(places, mass.size - 1)
    opens = begun[np.minimum(places + ~filled[after], mass.size)]
    word = np.searchsorted(ends[:, 0], places, side="right") - 1
    return Cuts(places, word, opens, begun[np.maximum(places - 1, 0)])


def _narrow(filled: Bools) -> Bools:
    """The columns (w,) inside runs of ink that are too narrow to be two letters."""
    starts, ends = _runs(filled)
    change = np.zeros(filled.size + 1, dtype=np.int64)
    slim = ends - starts <= NARROW
    change[starts[slim]] += 1
    change[ends[slim]] -= 1
    return np.asarray(np.cumsum(change[:-1]) > 0)


def beside(ink: Ink, places: Ints) -> NDArray[np.float32]:
    """The ink (ROWS, w) on both sides of columns (n,); (n, 2 * BESIDE * ROWS), 0 to 15."""
    wide = np.pad(ink, ((0, 0), (BESIDE, BESIDE))).T
    found = wide[places[:, None] + np.arange(2 * BESIDE)]
    flat: NDArray[np.float32] = found.reshape(len(places), -1).astype(np.float32)
    return flat


def spans(found: Cuts, kept: Bools, sure: Bools) -> Spans:
    """The possible letters between the cuts that are kept (c,), none across a sure one (c,)."""
    chosen = np.flatnonzero(kept)
    passed = np.cumsum(sure)
    firsts, lasts = [], []
    for step in range(1, WIDEST + 1):
        first, last = chosen[:-step], chosen[step:]
        near = found.places[last] - found.places[first] <= WIDEST
        whole = found.opens[first] == found.closes[last]
        one = found.word[first] == found.word[last]
        good = near & whole & one & (passed[last - 1] <= passed[first])
        firsts.append(first[good])
        lasts.append(last[good])
        if not near.any():
            break
    begin, end = np.concatenate(firsts), np.concatenate(lasts)
    order = np.lexsort((end, begin))
    return Spans(begin[order], end[order])


def likely(inks: Sequence[Ink], found: Sequence[Cuts], judge: Comparisons) -> list[Spans]:
    """The possible letters of each strip of a page between the cuts that look likely."""
    looks = [beside(ink, one.places) for ink, one in zip(inks, found, strict=True)]
    values = judge.values(np.concatenate(looks))[:, 0]
    bounds = np.cumsum([one.places.size for one in found])[:-1]
    return [
        spans(one, ~one.inner | (value >= DOUBTFUL), one.inner & (value > CERTAIN))
        for one, value in zip(found, np.split(values, bounds), strict=True)
    ]


def windows(ink: Ink, begin: Ints, end: Ints) -> NDArray[np.float32]:
    """The ink from column `begin` to `end`, centred in a window; (n, ROWS * COLUMNS), 0 to 15."""
    wide = np.pad(ink, ((0, 0), (COLUMNS, COLUMNS))).T
    filled = np.flatnonzero(wide.any(1))
    left = filled[np.minimum(np.searchsorted(filled, begin + COLUMNS), filled.size - 1)]
    right = filled[np.maximum(np.searchsorted(filled, end + COLUMNS) - 1, 0)] + 1
    start = (left + right - COLUMNS) // 2
    places = start[:, None] + np.arange(COLUMNS)
    inside = (places >= left[:, None]) & (places < right[:, None])
    found = wide[places.clip(0, len(wide) - 1)] * inside[:, :, None]
    flat: NDArray[np.float32] = found.reshape(len(begin), COLUMNS * ROWS).astype(np.float32)
    return flat

"""Where words and letters may begin and end in a line, and what lies between two such places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .page_lines import ROWS, TALL

Ink = NDArray[np.int16]

WIDEST = 18
"""Columns of the widest letter."""
NARROW = 6
"""Columns of ink between white that are one letter at most."""
COLUMNS = 18
"""Columns of a window; wider letters lose their ends."""
DUST = 12
"""Ink of a column, of 15 * ROWS, that does not join two letters."""
NARROW_GAP, USUAL_GAP, WIDE_GAP = 3.0, 3.5, 7.0
"""White columns: fewer never part two words, more always do."""


class Spans(NamedTuple):
    """The pieces of a word that may be letters: first and last cut (n,), and all cuts (c,)."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    cuts: NDArray[np.int64]


def words(ink: Ink) -> list[tuple[int, int]]:
    """The columns of each word of a strip (ROWS, w): first, and one after the last."""
    clear = ink.sum(0, dtype=np.int64) > DUST
    edges = np.flatnonzero(np.diff(np.concatenate([[0], clear.view(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if not starts.size:
        return []
    gaps = starts[1:] - ends[:-1]
    parted = np.flatnonzero(gaps >= _word_gap(gaps))
    first = starts[np.concatenate([[0], parted + 1])]
    last = ends[np.concatenate([parted, [ends.size - 1]])]
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _word_gap(gaps: NDArray[np.int64]) -> float:
    """The width from which a gap parts words: between the two means of a line's gaps."""
    between = np.minimum(gaps, TALL).astype(np.float64)
    limit = USUAL_GAP
    for _ in range(8):
        wide = between > limit
        if not wide.any():
            break
        low = between[~wide].mean() if not wide.all() else 1.0
        limit = min(max((low + between[wide].mean()) / 2, NARROW_GAP), WIDE_GAP)
    return limit


def spans(ink: Ink, start: int, end: int) -> Spans:
    """The possible letters of the word in columns `start` to `end` of a strip (ROWS, w)."""
    mass = ink[:, start:end].sum(0, dtype=np.int64)
    beside = np.concatenate([mass[:1], mass, mass[-1:]])
    low = (mass <= beside[:-2]) & (mass < beside[2:]) & (mass < 15 * 8)
    low[:1] = False
    low &= ~_within_narrow(mass)
    cuts = np.concatenate([[0], np.flatnonzero(low), [end - start]])
    filled = np.concatenate([[0], mass > 0, [0]]).astype(np.int8)
    group = np.cumsum(np.diff(filled) > 0)
    opens = group[np.minimum(cuts + (mass == 0)[cuts.clip(0, mass.size - 1)], mass.size)]
    closes = group[np.maximum(cuts - 1, 0)]
    width = cuts[None, :] - cuts[:, None]
    whole = opens[:, None] == closes[None, :]
    first, last = np.nonzero((width > 0) & (width <= WIDEST) & whole)
    return Spans(first, last, cuts + start)


def _within_narrow(mass: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The columns (w,) inside ink that is too narrow to be two letters, its ends apart."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mass > 0, [0]]).astype(np.int8)))
    inside = np.zeros(mass.size, dtype=np.bool_)
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start <= NARROW:
            inside[start:end] = True
    return inside


def windows(ink: Ink, begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float32]:
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

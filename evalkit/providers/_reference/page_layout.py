"""What a page shows beside words: tables and charts, told by fills, rules and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .page_ink import Bools, Marks
    from .reading import Line

CELL = 6
"""Side in pixels of the cells that a fill is made of."""
LONG = 110
"""Pixels of a rule that may be an axis or part a table."""
PAPER = 232
"""A fill is darker than this."""
APART = 25
"""White between two columns of a table, in columns of a strip."""


class Fill(NamedTuple):
    """An even area in cells: its rectangle, ends excluded, and its area."""

    top: int
    bottom: int
    left: int
    right: int
    area: int

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left


def layout(grey: NDArray[np.int16], found: Marks, lines: list[Line]) -> list[str]:
    """Names for what is drawn on a page: pie, bar or line chart, and table."""
    fills, (across, down) = _fills(grey), _rules(found.drawn)
    table = _rows_of_columns(lines) >= 3
    if any(map(_is_round, fills)):
        return ["pie chart", *["table"] * table]
    if _are_bars(fills):
        return ["bar chart", *["table"] * table]
    if across and down and not table:
        return ["line chart"]
    return ["table"] * (table or len(across) >= 3)


def _fills(grey: NDArray[np.int16]) -> list[Fill]:
    """The even areas of a page (h, w) that are darker than paper."""
    from scipy import ndimage

    rows, columns = grey.shape[0] // CELL, grey.shape[1] // CELL
    bands = grey[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns * CELL)
    high = bands.max(1).reshape(rows, columns, CELL).max(2)
    low = bands.min(1).reshape(rows, columns, CELL).min(2)
    labels, _ = ndimage.label((high - low <= 12) & (high < PAPER))
    found = []
    fills = ndimage.find_objects(labels) if labels.size else []
    for number, (down, across) in enumerate(fills, start=1):
        area = int((labels[down, across] == number).sum())
        found.append(Fill(down.start, down.stop, across.start, across.stop, area))
    return found


def _is_round(fill: Fill) -> bool:
    """Whether a fill is large and as a disc, or a large part of one, fills its square."""
    high, wide = fill.sides
    share = fill.area / (high * wide)
    return min(high, wide) >= 9 and max(high, wide) < 1.5 * min(high, wide) and 0.5 < share < 0.88


def _are_bars(fills: list[Fill]) -> bool:
    """Whether three full rectangles of different lengths begin on one line."""
    full = [one for one in fills if one.area >= 0.85 * one.sides[0] * one.sides[1]]
    upright = [(one.bottom, one.sides[0]) for one in full if one.sides[0] >= 2]
    lying = [(one.left, one.sides[1]) for one in full if one.sides[1] >= 2]
    return any(_from_one_line(bars) for bars in (upright, lying))


def _from_one_line(bars: list[tuple[int, int]]) -> bool:
    """Whether three of (start, length) share their start but not their length."""
    groups = [{length for at, length in bars if abs(at - start) <= 1} for start, _ in bars]
    return any(len(lengths) >= 3 for lengths in groups)


def _rules(drawn: Bools) -> tuple[list[int], list[int]]:
    """The rows with a long rule across, and the columns with a long rule down, each once."""
    both = []
    for side in (drawn, drawn.T):
        places = np.flatnonzero(side.sum(1) >= LONG).tolist()
        both.append([p for k, p in enumerate(places) if not k or p > places[k - 1] + 3])
    return both[0], both[1]


def _rows_of_columns(lines: list[Line]) -> int:
    """How many lines have a wide gap and a number after it."""
    return sum(
        any(
            after.start - before.end > APART and after.text[:1].isdigit()
            for before, after in zip(line.words, line.words[1:], strict=False)
        )
        for line in lines
    )

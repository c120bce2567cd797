"""Lines of a page in reading order: cut at white gaps, columns before rows, then made one size."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .page_ink import Bools, Ints

TALL = 12
"""Height of a capital letter in a strip."""
ABOVE, ROWS = 15, 20
"""Rows of a strip above the foot of the letters, and all rows."""
COLUMN_GAP, COLUMN_WIDTH, COLUMN_HEIGHT = 15, 130, 40
"""Columns, in pixels: the white between them, how wide and how high they are at least."""
ROW_GAP = 8
SLANTS = (0, 2, 3, 4)
"""How far the tops of letters may lean to the right, in columns of a strip."""
_LEAN = 5
"""Columns that a row is moved at most."""
LOWEST, HIGHEST = 4, 90
"""Heights of a line in pixels."""


class Box(NamedTuple):
    """A rectangle of a page in pixels, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int


class Strip(NamedTuple):
    """A line made one size: ink 0 to 15 (ROWS, width), and its place on the page."""

    ink: NDArray[np.int16]
    box: Box
    foot: int
    """The row of the page on which the letters stand."""
    tall: int
    """The height of its tall letters on the page, in pixels; TALL in the strip."""
    slant: int
    """How far the tops of its letters leaned to the right, in columns."""


def strips(letters: Ints) -> list[Strip]:
    """The lines of a page of marks (h, w)."""
    dark = letters > 0
    height, width = dark.shape
    boxes = [line for block in _blocks(dark, Box(0, height, 0, width)) for line in block]
    found = (_strip(letters, box) for box in boxes)
    return [strip for strip in found if strip is not None]


def _blocks(dark: Bools, box: Box) -> Iterator[list[Box]]:
    """The lines of each block inside a box: cut at the widest gap until there is none."""
    trimmed = _trimmed(dark, box)
    if trimmed is None:
        return
    for part in _columns(dark, trimmed) or _rows(dark, trimmed):
        if part == trimmed:
            yield _lines(dark, trimmed)
        else:
            yield from _blocks(dark, part)


def _trimmed(dark: Bools, box: Box) -> Box | None:
    """The box without the white around its marks, if there are any."""
    part = dark[box.top : box.bottom, box.left : box.right]
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    if not rows.size:
        return None
    top, left = box.top + int(rows[0]), box.left + int(columns[0])
    return Box(top, box.top + int(rows[-1]) + 1, left, box.left + int(columns[-1]) + 1)


def _columns(dark: Bools, box: Box) -> list[Box]:
    """Two columns, cut at the widest white that leaves both wide enough; empty if there is none."""
    if box.bottom - box.top < COLUMN_HEIGHT:
        return []
    filled = np.logical_or.reduce(dark[box.top : box.bottom, box.left : box.right], axis=0)
    gaps = [
        (end - start, box.left + (start + end) // 2)
        for start, end in _white(filled)
        if end - start >= COLUMN_GAP and min(start, filled.size - end) >= COLUMN_WIDTH
    ]
    if not gaps:
        return []
    middle = max(gaps)[1]
    return [box._replace(right=middle), box._replace(left=middle)]


def _rows(dark: Bools, box: Box) -> list[Box]:
    """Two parts, cut at the highest white; the box itself if there is none."""
    filled = np.logical_or.reduce(dark[box.top : box.bottom, box.left : box.right], axis=1)
    gaps = [(end - start, -start, end) for start, end in _white(filled) if end - start >= ROW_GAP]
    if not gaps:
        return [box]
    _, start, end = max(gaps)
    middle = box.top + (end - start) // 2
    return [box._replace(bottom=middle), box._replace(top=middle)]


def _white(filled: Bools) -> list[tuple[int, int]]:
    """The runs that are not filled, between filled ends."""
    edges = np.flatnonzero(np.diff(filled.view(np.int8)))
    return [(int(a) + 1, int(b) + 1) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def _lines(dark: Bools, block: Box) -> list[Box]:
    """The lines of a block: rows with marks, dots joined to their letters, high ones divided."""
    part = dark[block.top : block.bottom, block.left : block.right]
    white = _white(np.logical_or.reduce(part, axis=1))
    starts = [0, *(end for _, end in white)]
    ends = [*(start for start, _ in white), part.shape[0]]
    bands: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if bands and start - bands[-1][1] <= 2 and bands[-1][1] - bands[-1][0] <= 4:
            bands[-1] = (bands[-1][0], end)
        else:
            bands.append((start, end))
    middle = sorted(end - start for start, end in bands)[len(bands) // 2]
    divided = (cut for band in bands for cut in _divided(part, *band, middle))
    boxes = (block._replace(top=block.top + a, bottom=block.top + b) for a, b in divided)
    trimmed = (_trimmed(dark, box) for box in boxes)
    return [box for box in trimmed if box and LOWEST <= box.bottom - box.top <= HIGHEST]


def _divided(part: Bools, start: int, end: int, usual: int) -> Iterator[tuple[int, int]]:
    """A band cut where it is thinnest if it is as high as several lines."""
    count = (end - start + usual // 3) // max(1, usual)
    if count < 2 or usual < LOWEST + 2:
        yield start, end
        return
    profile = part[start:end].sum(1)
    cuts = [start]
    for step in range(1, count):
        around = step * (end - start) // count
        low = max(0, around - usual // 4)
        cuts.append(start + low + int(profile[low : around + usual // 4 + 1].argmin()))
    yield from zip(cuts, [*cuts[1:], end], strict=True)


def _strip(letters: Ints, box: Box) -> Strip | None:
    """The line in a box, scaled so that its tall letters are TALL high."""
    from PIL import Image

    part = letters[box.top : box.bottom, box.left : box.right]
    foot, tall = _metrics(part > 0)
    if tall < LOWEST:
        return None
    pad = 2 * tall
    wide = Image.fromarray(np.pad(_clear(part), ((pad, pad), (0, 0))))
    top = pad + foot - ABOVE * tall / TALL
    area = (0, top, part.shape[1], top + ROWS * tall / TALL)
    width = max(1, -(-part.shape[1] * TALL // tall))
    scaled = wide.resize((width, ROWS), Image.Resampling.BILINEAR, box=area)
    upright, slant = _upright(np.asarray(scaled, dtype=np.int16) >> 4)
    return Strip(upright, box, box.top + foot, tall, slant)


def _clear(part: Ints) -> NDArray[np.uint8]:
    """Marks (h, w) made stronger, so that nine tenths of them lie below full ink."""
    often = np.bincount(part.ravel(), minlength=256)[1:]
    reached = np.cumsum(often)
    strong = int(np.searchsorted(reached, reached[-1] * 9 // 10, side="right")) + 1
    table = np.minimum(np.arange(256) * 255 // max(48, strong), 255).astype(np.uint8)
    return np.asarray(table[part])


def _upright(ink: NDArray[np.int16]) -> tuple[NDArray[np.int16], int]:
    """A strip (ROWS, w) with slanted letters set upright: the slant that leaves most white."""
    width = ink.shape[1] + 2 * SLANTS[-1]
    wide = np.zeros((ROWS, width + 2 * _LEAN), dtype=np.int16)
    wide[:, SLANTS[-1] + _LEAN : ink.shape[1] + SLANTS[-1] + _LEAN] = ink
    best, found, slant = -1, ink, 0
    for lean in SLANTS:
        turned = np.empty((ROWS, width), dtype=np.int16)
        for row, shift in enumerate(_shifts(lean)):
            turned[row] = wide[row, _LEAN - shift : _LEAN - shift + width]
        mass = turned.sum(0, dtype=np.int64)
        score = int(mass @ mass) * (103 if lean == 0 else 100)
        if score > best:
            best, found, slant = score, turned, lean
    return found, slant


@cache
def _shifts(lean: int) -> tuple[int, ...]:
    """How far to the right each row is moved to set a slant upright."""
    return tuple((row - ABOVE) * lean // TALL for row in range(ROWS))


def _metrics(dark: Bools) -> tuple[int, int]:
    """The row below the letters' feet, and the height of the tall ones above it."""
    filled = np.concatenate([[0], dark.any(0).view(np.int8), [0]])
    starts = np.flatnonzero(np.diff(filled) == 1)
    full = dark.shape[0]
    lowest = np.where(filled[1:-1] > 0, full - dark[::-1].argmax(0), 0)
    feet = np.maximum.reduceat(lowest, starts)
    standing = feet[feet > max(4, full * 2 // 5)]
    foot = int(np.bincount(standing).argmax()) if standing.size else full
    above = dark[:foot]
    highest = np.where(above.any(0), above.argmax(0), full)
    tops = np.sort(np.minimum.reduceat(highest, starts))
    tops = tops[tops < foot]
    if not tops.size:
        return foot, foot
    return foot, foot - int(tops[min(tops.size - 1, tops.size // 6)])

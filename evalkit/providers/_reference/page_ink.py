"""The marks on a page: how far each pixel is from the paper around it, rules and fills apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

Ints = NDArray[np.int16]
Bools = NDArray[np.bool_]

BLOCK = 8
"""Side of the blocks, in pixels, for which the paper is looked for."""
FAINT = 40
"""Marks weaker than this, of 255, are dirt."""
RULE_ACROSS, RULE_DOWN = 60, 44
"""Runs of marks, in pixels, too long for a letter."""


class Marks(NamedTuple):
    """Marks that may be letters, 0 to 255 (h, w), and the places of rules, frames and fills."""

    letters: Ints
    drawn: Bools


def marks(image: Image.Image) -> Marks:
    """The marks of a page of any mode, all by integer arithmetic."""
    grey = np.asarray(image.convert("L"))
    ink = _paper(grey)
    np.abs(np.subtract(grey, ink, out=ink), out=ink)
    dark = ink > FAINT
    across = _long_runs(dark, RULE_ACROSS)
    down = _long_runs(dark.T, RULE_DOWN).T
    drawn = _thicker(across) | _thicker(down.T).T
    ink *= dark & ~drawn
    return Marks(ink, drawn)


def _paper(grey: NDArray[np.uint8]) -> Ints:
    """The brightness around each pixel: the extreme nearest a block's bright quarter, smoothed."""
    from PIL import Image, ImageFilter

    height, width = grey.shape
    wide = np.pad(grey, ((0, -height % BLOCK), (0, -width % BLOCK)), mode="edge")
    rows, columns = wide.shape[0] // BLOCK, wide.shape[1] // BLOCK
    blocks = wide.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(rows, columns, -1)
    bright = BLOCK * BLOCK * 3 // 4
    blocks.partition((0, bright, BLOCK * BLOCK - 1), axis=2)
    low, level, high = (blocks[:, :, place] for place in (0, bright, -1))
    nearest = np.where(high - level <= level - low, high, low)
    small = Image.fromarray(nearest).filter(ImageFilter.MedianFilter(3))
    smooth = np.asarray(small, dtype=np.int16)
    full = smooth.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)
    return full[:height, :width]


def _long_runs(dark: Bools, length: int) -> Bools:
    """The pixels of a mask (h, w) that belong to a run of at least `length` along its row."""
    found = np.zeros_like(dark)
    third = length // 3
    parts = dark[:, : dark.shape[1] // third * third].reshape(len(dark), -1, third)
    whole = np.logical_and.reduce(parts, axis=2)
    for row in np.flatnonzero((whole[:, 1:] & whole[:, :-1]).any(1)):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], dark[row].view(np.int8), [0]])))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start >= length:
                found[row, start:end] = True
    return found


def _thicker(found: Bools) -> Bools:
    """A mask and the pixels directly above and below it."""
    wider = found.copy()
    wider[1:] |= found[:-1]
    wider[:-1] |= found[1:]
    return wider

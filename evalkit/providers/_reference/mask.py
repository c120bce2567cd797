"""Where the object of a picture lies: colours that are rare at the border and near the middle.

All sums here are sums of integers, so a mask does not depend on the order of additions.
"""

from __future__ import annotations

from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEVELS = 12
BORDER = 7


def foreground(rgb: Ints) -> Bools:
    """A mask (side, side) of the object in an RGB picture (side, side, 3) of 0 to 255."""
    cells = _cells(rgb)
    side = cells.shape[0]
    frame = np.ones((side, side), dtype=bool)
    frame[BORDER:-BORDER, BORDER:-BORDER] = False
    everywhere, edge = _counts(cells), _counts(cells[frame])
    rare = _share(everywhere * int(frame.sum()), 2 * edge * frame.size)
    mask = _threshold(box_sum(rare[cells], 2) * _prior(side))
    inside, outside = _counts(cells[mask]), _counts(cells[~mask])
    likely = _share(3 * inside, 2 * outside)
    sharp = _threshold(box_sum(likely[cells], 1) * _prior(side))
    return _central(sharp)


def box_sum(values: Ints, radius: int) -> Ints:
    """Sums over squares of 2 radius + 1 pixels (h, w), the picture continued by its edge."""
    padded = np.pad(values, radius, mode="edge")
    height, width = values.shape
    reach = range(2 * radius + 1)
    rows = reduce(np.add, [padded[k : k + height] for k in reach])
    total: Ints = reduce(np.add, [rows[:, k : k + width] for k in reach])
    return total


def _cells(rgb: Ints) -> Ints:
    """The colour cell of each pixel, 0 to LEVELS**3 - 1."""
    level = rgb * LEVELS >> 8
    cells: Ints = (level[..., 0] * LEVELS + level[..., 1]) * LEVELS + level[..., 2]
    return cells


def _counts(cells: Ints) -> Ints:
    """Pixels per colour cell, spread to its neighbours by 1-2-1 along each axis."""
    wide = np.zeros((LEVELS + 2,) * 3, dtype=np.int64)
    inner = (slice(1, -1),) * 3
    wide[inner] = np.bincount(cells.ravel(), minlength=LEVELS**3).reshape((LEVELS,) * 3)
    wide[1:-1] = 2 * wide[1:-1] + wide[:-2] + wide[2:]
    wide[:, 1:-1] = 2 * wide[:, 1:-1] + wide[:, :-2] + wide[:, 2:]
    wide[:, :, 1:-1] = 2 * wide[:, :, 1:-1] + wide[:, :, :-2] + wide[:, :, 2:]
    counts: Ints = wide[inner].ravel()
    return counts


def _share(part: Ints, rest: Ints) -> Ints:
    """255 part / (part + rest), rounded down."""
    share: Ints = 255 * part // np.maximum(part + rest, 1)
    return share


@lru_cache(maxsize=1)
def _prior(side: int) -> Ints:
    """Weights (side, side) from 256 in the middle to about 60 in the corners."""
    offset = (2 * np.arange(side) + 1 - side) ** 2
    distance = (offset[:, None] + offset[None, :]) * 98 // (side * side)
    return 256 - distance


def _threshold(score: Ints) -> Bools:
    """Pixels above the middle between the 30th and the 97th percentile."""
    ordered = np.sort(score, axis=None)
    low, high = ordered[ordered.size * 30 // 100], ordered[ordered.size * 97 // 100]
    mask: Bools = 2 * score > low + high
    return mask


def _central(mask: Bools) -> Bools:
    """The parts of the mask that reach into the middle half of the picture."""
    side = mask.shape[0]
    grown = np.zeros((side + 2, side + 2), dtype=bool)
    seed = slice(side // 4, side - side // 4)
    grown[1:-1, 1:-1][seed, seed] = mask[seed, seed]
    for _ in range(side):
        before = grown[1:-1, 1:-1].copy()
        near = grown[:-2, 1:-1] | grown[2:, 1:-1] | grown[1:-1, :-2] | grown[1:-1, 2:]
        grown[1:-1, 1:-1] |= near & mask
        if np.array_equal(before, grown[1:-1, 1:-1]):
            break
    kept = grown[1:-1, 1:-1]
    return kept if kept.any() else np.ones_like(kept)

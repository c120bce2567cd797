"""What a moving picture shows, as numbers: its frames, its background, and what moves and how.

A film is seen in blocks of frames; a long one is the mean of its blocks, each for as long as it
lasts. Everything summed is an integer, as with pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Timed = tuple[float, Image.Image]

PER_SECOND = 8.0
"""How many frames a second are looked at."""
HEIGHT = 96
BLOCK = 10.0
"""Seconds of a film that are seen together."""
STILLS, LATER_STILLS = 6, 2
"""Frames of the first block, and of each later one, that are looked at as pictures."""
_WIDE, _HIGH = 48, 36
_MOVED = 36
"""Difference of red, green and blue together from which a pixel counts as moving."""
_LAGS = 16
_SHIFTS = [(dy, dx) for dy in (-2, -1, 0, 1, 2) for dx in (-2, -1, 0, 1, 2) if dy or dx]


@dataclass(slots=True)
class Seen:
    """What was seen so far: sums of still and of motion features by their seconds."""

    seconds: float = 0.0
    stills: Floats = field(default_factory=lambda: np.zeros(0))
    motion: Floats = field(default_factory=lambda: np.zeros(0))

    def add(self, frames: Sequence[Image.Image]) -> None:
        """Look at consecutive RGB frames, PER_SECOND of them a second."""
        count = LATER_STILLS if self.seconds else STILLS
        weight = len(frames) / PER_SECOND
        chosen = [frames[(2 * n + 1) * len(frames) // (2 * count)] for n in range(count)]
        stills = np.mean([np.concatenate(image.groups(one)) for one in chosen], axis=0)
        self.stills = stills * weight + (self.stills if self.stills.size else 0.0)
        motion = np.concatenate(groups(frames))
        self.motion = motion * weight + (self.motion if self.motion.size else 0.0)
        self.seconds += weight

    @property
    def features(self) -> tuple[Floats, Floats]:
        """Mean features of the stills and of background and motion."""
        return self.stills / self.seconds, self.motion / self.seconds


def look(frames: Iterable[Timed]) -> Seen:
    """What is seen in the frames of one film, each with its second."""
    seen = Seen()
    for block in _blocks(frames):
        seen.add(block)
    return seen


def _blocks(frames: Iterable[Timed]) -> Iterator[list[Image.Image]]:
    """Frames in blocks of BLOCK seconds; the last may be shorter."""
    block: list[Image.Image] = []
    for _, frame in frames:
        block.append(frame)
        if len(block) == round(BLOCK * PER_SECOND):
            yield block
            block = []
    if block:
        yield block


def groups(frames: Sequence[Image.Image]) -> list[Floats]:
    """Features of the background and of motion in one block, each a float64 vector."""
    small = np.array([_small(frame) for frame in frames])
    back = np.sort(small, axis=0)[len(small) // 2]
    apart = np.abs(small - back).sum(-1)
    moving = apart > _MOVED
    grey = small.sum(-1) // 3
    return [
        *_background(back),
        _mover_colours(small, moving),
        _where(moving),
        _energy(grey),
        _periods(grey, moving),
        _directions(grey),
    ]


def _small(frame: Image.Image) -> Ints:
    shrunk = frame.resize((_WIDE, _HIGH), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(shrunk, dtype=np.int64)


def _background(back: Ints) -> tuple[Floats, Floats, Floats]:
    """Colours, edges and levels by row of what stays the same (152, 288 and 18)."""
    picture = Image.fromarray(back.astype(np.uint8))
    whole = np.asarray(picture.resize((image.SIDE, image.SIDE), Image.Resampling.BILINEAR))
    rgb = whole.astype(np.int64)
    grey = (77 * rgb[..., 0] + 150 * rgb[..., 1] + 29 * rgb[..., 2]) >> 8
    rows = back.reshape(6, -1, 3).sum(1) / (255.0 * _WIDE * _HIGH / 6)
    return image.colour_shares(rgb), image.edge_shares(grey), rows.ravel()


def _mover_colours(small: Ints, moving: NDArray[np.bool_]) -> Floats:
    """Colours of the pixels that move (152,); zero where nothing does."""
    pixels = small[moving]
    return image.colour_shares(pixels) if pixels.size else np.zeros(image.HUES * 6 + 8)


def _where(moving: NDArray[np.bool_]) -> Floats:
    """How often the cells of a 6 x 6 grid move, and how much of the picture ever does (38,)."""
    often = moving.sum(0).reshape(6, _HIGH // 6, 6, _WIDE // 6).sum((1, 3)).ravel()
    share = np.sqrt(often / (often.sum() + 0.01 * moving.size))
    ever, mean = moving.any(0).sum() / moving[0].size, moving.sum() / moving.size
    return np.array([*share, np.sqrt(ever), np.sqrt(mean)])


def _energy(grey: Ints) -> Floats:
    """How large changes from frame to frame are, and how evenly they come (6,)."""
    steps = np.abs(np.diff(grey, axis=0))
    each = np.sort(steps.sum((1, 2))) if len(steps) else np.zeros(1, dtype=np.int64)
    spread = [np.sqrt(each[(each.size - 1) * q // 4] / (8.0 * grey[0].size)) for q in range(5)]
    top = each[-1] + 1.0
    return np.array([*spread, each[each.size // 2] / top])


def _periods(grey: Ints, moving: NDArray[np.bool_]) -> Floats:
    """How brightness, moving area and its middle repeat at each lag (4 x 16,)."""
    area = moving.sum((1, 2))
    middle = [
        (moving.sum(axis) * np.arange(moving.shape[3 - axis])).sum(1) * 64 // np.maximum(area, 1)
        for axis in (1, 2)
    ]
    return np.concatenate([_repeats(row) for row in (grey.sum((1, 2)), area, *middle)])


def _repeats(row: Ints) -> Floats:
    """Autocorrelation of a series (frames,) at 1 to 16 frames."""
    around = row - row.sum() // len(row)
    power = float((around * around).sum()) + 1.0
    found = [
        float((around[lag:] * around[:-lag]).sum()) / power if lag < len(row) else 0.0
        for lag in range(1, _LAGS + 1)
    ]
    return np.array(found)


def _directions(grey: Ints) -> Floats:
    """How much better each shift explains the next frame than standing still does (24,)."""
    if len(grey) < 2:
        return np.zeros(len(_SHIFTS))
    here, there = grey[:-1, 2:-2, 2:-2], grey[1:]
    height, width = here.shape[1:]
    still = int(np.abs(there[:, 2:-2, 2:-2] - here).sum()) + here.size // 2
    gains = [
        int(np.abs(there[:, 2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width] - here).sum())
        / still
        for dy, dx in _SHIFTS
    ]
    return np.asarray(np.clip(np.array(gains), 0, 4))

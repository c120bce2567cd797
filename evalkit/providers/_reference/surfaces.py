"""Colours, patterns and backgrounds of the training world, as float64 arrays in 0 to 1."""

from __future__ import annotations

import colorsys
import math
import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PALETTE: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "black": ((0, 360), (0.0, 0.15), (0.04, 0.18)),
    "white": ((0, 360), (0.0, 0.06), (0.90, 1.0)),
    "grey": ((0, 360), (0.0, 0.08), (0.36, 0.66)),
    "red": ((-9, 7), (0.72, 0.98), (0.58, 0.92)),
    "orange": ((17, 33), (0.75, 1.0), (0.85, 1.0)),
    "yellow": ((45, 58), (0.65, 1.0), (0.85, 1.0)),
    "green": ((90, 150), (0.45, 0.95), (0.35, 0.75)),
    "blue": ((207, 236), (0.60, 0.98), (0.40, 0.88)),
    "purple": ((264, 290), (0.40, 0.85), (0.38, 0.75)),
    "pink": ((322, 350), (0.28, 0.62), (0.88, 1.0)),
    "brown": ((14, 32), (0.50, 0.80), (0.28, 0.52)),
    "turquoise": ((168, 187), (0.55, 0.95), (0.60, 0.88)),
    "beige": ((32, 46), (0.15, 0.32), (0.80, 0.92)),
}
"""Hue in degrees, saturation and value ranges of each colour name."""

PATTERNS = ("plain", "striped", "checked", "dotted", "floral")


def paint(rng: random.Random, colour: str) -> Array:
    """An RGB triple (3,) that goes by the name of `colour`."""
    hue, saturation, value = (rng.uniform(*span) for span in PALETTE[colour])
    return np.array(colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value))


def contrasting(rng: random.Random, base: Array) -> Array:
    """A second RGB triple (3,) that stands out from the base, for a pattern."""
    light = float(base.mean())
    pick = rng.random()
    if pick < 0.45:
        other = np.full(3, rng.uniform(0.88, 1.0) if light < 0.72 else rng.uniform(0.05, 0.3))
    elif pick < 0.65:
        other = base * 0.45 if light > 0.4 else base + (1 - base) * 0.6
    else:
        other = paint(rng, rng.choice(list(PALETTE)))
    return other if float(np.abs(other - base).sum()) > 0.6 else 1.0 - np.round(base)


def pattern(rng: random.Random, kind: str, x: Array, y: Array) -> Array:
    """How much second colour (0 to 1) lies at each object point; x and y (h, w)."""
    if kind == "plain":
        return np.zeros_like(x)
    angle = rng.choice((0.0, 90.0, 45.0, -45.0, 0.0, 90.0)) + rng.gauss(0, 5)
    if kind != "striped":
        angle = rng.choice((0.0, 45.0)) + rng.gauss(0, 5)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return _WEAVES[kind](rng, c * x + s * y, c * y - s * x)


def _striped(rng: random.Random, x: Array, y: Array) -> Array:
    period, share = rng.uniform(0.2, 0.5), rng.uniform(0.3, 0.55)
    stripes = _wave(x, period, share, rng.random())
    if rng.random() < 0.25:
        stripes = np.maximum(stripes, _wave(x, period, share * 0.25, rng.random()))
    return stripes


def _checked(rng: random.Random, x: Array, y: Array) -> Array:
    period, share = rng.uniform(0.22, 0.5), rng.uniform(0.4, 0.55)
    across, down = _wave(x, period, share, rng.random()), _wave(y, period, share, rng.random())
    style = rng.randrange(3)
    if style == 0:
        return (across + down) / 2
    if style == 1:
        return np.abs(across - down)
    thin = share * 0.35
    return np.maximum(_wave(x, period, thin, 0.0), _wave(y, period, thin, 0.0))


def _dotted(rng: random.Random, x: Array, y: Array) -> Array:
    period, radius = rng.uniform(0.22, 0.45), rng.uniform(0.2, 0.34)
    row = np.floor(y / period)
    shift = 0.5 * (row % 2) if rng.random() < 0.6 else 0.0
    across, down = (x / period + shift) % 1 - 0.5, (y / period) % 1 - 0.5
    return _soft(radius - np.sqrt(across**2 + down**2), 0.06)


def _floral(rng: random.Random, x: Array, y: Array) -> Array:
    period, petals = rng.uniform(0.36, 0.65), rng.choice((4, 5, 6, 7))
    noise = np.random.default_rng(rng.getrandbits(32))
    jitter = noise.uniform(-0.22, 0.22, (2, 64, 64))
    turn = noise.uniform(0, 6.3, (64, 64))
    cover = np.zeros_like(x)
    row, column = np.floor(y / period).astype(int), np.floor(x / period).astype(int)
    dx = x / period - column - 0.5 - jitter[0][row % 64, column % 64]
    dy = y / period - row - 0.5 - jitter[1][row % 64, column % 64]
    r, theta = np.sqrt(dx**2 + dy**2), np.arctan2(dy, dx) + turn[row % 64, column % 64]
    size = rng.uniform(0.24, 0.32)
    cover = _soft(size * (0.68 + 0.42 * np.cos(petals * theta)) - r, 0.06)
    if rng.random() < 0.5:
        cover = np.maximum(cover, 0.6 * _soft(0.07 - np.abs(dx - 0.3 * dy - 0.36), 0.05))
    return cover * (1 - _soft(0.085 - r, 0.04))


def _wave(x: Array, period: float, share: float, phase: float) -> Array:
    return _soft(share / 2 - np.abs((x / period + phase) % 1 - 0.5), 0.05)


def _soft(x: Array, width: float) -> Array:
    return np.clip(x / width + 0.5, 0.0, 1.0)


_WEAVES: dict[str, Callable[[random.Random, Array, Array], Array]] = {
    "striped": _striped,
    "checked": _checked,
    "dotted": _dotted,
    "floral": _floral,
}


def backdrop(rng: random.Random, size: int, *, unseen: bool = False) -> Array:
    """A background (size, size, 3); `unseen` draws kinds that the fit never shows."""
    y, x = np.mgrid[0:size, 0:size] / size
    first, second = _muted(rng), _muted(rng)
    noise = np.random.default_rng(rng.getrandbits(32))
    if unseen:
        return _tiles(rng, x, y, first, second)
    style = rng.randrange(6)
    if style <= 1:
        blend = (x if rng.random() < 0.3 else y) * rng.uniform(0, 1) + rng.uniform(-0.3, 0.3)
    elif style == 2:
        horizon = rng.uniform(0.5, 0.85) + rng.uniform(-0.1, 0.1) * x
        blend = _soft(y - horizon, rng.uniform(0.005, 0.05)) + 0.3 * (y - horizon)
    elif style == 3:
        blend = 1.3 * np.sqrt((x - rng.random()) ** 2 + (y - rng.random()) ** 2)
    elif style == 4:
        blend = sum(_cloud(noise, size, cells) for cells in (4, 12, 32)) / 3
    else:
        grain = rng.choice((x, y)) * rng.uniform(5, 14) + 0.4 * _cloud(noise, size, 6)
        blend = 0.35 * (grain % 1) + 0.3 * _cloud(noise, size, 16)
    share: Array = np.clip(blend, 0, 1)[..., None]
    return first * (1 - share) + second * share


def _tiles(rng: random.Random, x: Array, y: Array, first: Array, second: Array) -> Array:
    rows, columns = rng.randrange(4, 9), rng.randrange(4, 9)
    offset = 0.5 * (np.floor(y * rows) % 2) if rng.random() < 0.5 else 0.0
    seam = np.minimum((y * rows) % 1, (x * columns + offset) % 1) < 0.1
    return np.where(seam[..., None], second, first)


def _cloud(noise: np.random.Generator, size: int, cells: int) -> Array:
    repeat = -(-size // cells)
    coarse = noise.random((cells, cells)).repeat(repeat, axis=0).repeat(repeat, axis=1)
    return coarse[:size, :size]


def _muted(rng: random.Random) -> Array:
    strong = rng.random() < 0.25
    saturation = rng.uniform(0.2, 0.7) if strong else rng.uniform(0, 0.22)
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation, rng.uniform(0.25, 1.0)))

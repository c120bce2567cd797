"""Surfaces and rooms in front of which the products are photographed."""

from collections.abc import Callable

import numpy as np

from .masks import Array, blur, grid
from .paint import soft_noise

Rng = np.random.Generator
Surface = Callable[[Array, Array, Rng], Array]


def _tint(level: Array, colour: tuple[float, float, float]) -> Array:
    """Return a colour scaled by a brightness map."""
    return np.asarray(level[..., None] * np.array(colour))


def _speckle(u: Array, v: Array, rng: Rng, fine: float) -> Array:
    """Return grainy noise fixed to the surface coordinates."""
    tile = rng.normal(0, 1, (256, 256))
    rows = np.floor(v * fine).astype(int) % 256
    columns = np.floor(u * fine).astype(int) % 256
    return np.asarray(tile[rows, columns])


def white_studio(u: Array, v: Array, rng: Rng) -> Array:
    """Return an even, nearly white sheet."""
    return _tint(0.95 + 0.01 * soft_noise(rng, 4) + 0 * u + 0 * v, (0.98, 0.98, 1.0))


def dark_studio(u: Array, v: Array, rng: Rng) -> Array:
    """Return a charcoal sheet with a faint glow."""
    xs, ys = grid()
    glow = np.exp(-((xs - 50) ** 2 + (ys - 45) ** 2) / 1800)
    return _tint(0.13 + 0.20 * glow + 0.01 * soft_noise(rng, 5), (0.95, 0.97, 1.0))


def wooden_floor(u: Array, v: Array, rng: Rng) -> Array:
    """Return planks with a grain that runs along them."""
    plank = np.floor(v / 13).astype(int) % 64
    tones = rng.uniform(0.82, 1.08, 64)[plank]
    grain = np.sin(v * 2.3 + 1.8 * np.sin(u * 0.07 + plank * 2.1)) * 0.05
    gap = (v / 13 - np.floor(v / 13)) < 0.05
    return _tint((tones + grain) * np.where(gap, 0.6, 1.0), (0.72, 0.52, 0.34))


def lawn(u: Array, v: Array, rng: Rng) -> Array:
    """Return short grass."""
    blades = 0.14 * _speckle(u, v * 0.45, rng, 1.6) + 0.10 * soft_noise(rng, 6)
    return _tint(np.clip(0.82 + blades, 0.3, 1.3), (0.36, 0.56, 0.20))


def beach_sand(u: Array, v: Array, rng: Rng) -> Array:
    """Return rippled sand."""
    ripples = 0.05 * np.sin(v * 0.55 + 2.2 * np.sin(u * 0.06))
    return _tint(0.95 + ripples + 0.035 * _speckle(u, v, rng, 2.2), (0.90, 0.80, 0.62))


def plaster_wall(u: Array, v: Array, rng: Rng) -> Array:
    """Return hand-smoothed plaster."""
    cloud = 0.05 * soft_noise(rng, 5) + 0.02 * soft_noise(rng, 22)
    return _tint(0.95 + cloud + 0 * u + 0 * v, (0.88, 0.84, 0.78))


def tiles(u: Array, v: Array, rng: Rng) -> Array:
    """Return square ceramic tiles with grey joints."""
    fu, fv = u / 21 - np.floor(u / 21), v / 21 - np.floor(v / 21)
    joint = (fu < 0.05) | (fv < 0.05)
    which = (np.floor(u / 21) * 7 + np.floor(v / 21) * 13).astype(int) % 64
    tone = rng.uniform(0.90, 1.02, 64)[which]
    return _tint(np.where(joint, 0.68, tone), (0.80, 0.87, 0.88))


def brick(u: Array, v: Array, rng: Rng) -> Array:
    """Return a brick wall in stretcher bond."""
    row = np.floor(v / 9)
    shifted = u / 21 + 0.5 * (row % 2)
    mortar = ((shifted - np.floor(shifted)) < 0.06) | ((v / 9 - row) < 0.13)
    which = (np.floor(shifted) * 5 + row * 17).astype(int) % 64
    tone = rng.uniform(0.8, 1.1, 64)[which] + 0.04 * _speckle(u, v, rng, 2.0)
    wall = _tint(tone, (0.64, 0.36, 0.28))
    return np.where(mortar[..., None], np.array((0.74, 0.70, 0.66)), wall)


def blurred_lights(u: Array, v: Array, rng: Rng) -> Array:
    """Return a dark evening scene with lights out of focus."""
    xs, ys = grid()
    scene = np.zeros((*xs.shape, 3)) + np.array((0.12, 0.12, 0.19))
    for _ in range(16):
        cx, cy, radius = rng.uniform(0, 100), rng.uniform(0, 75), rng.uniform(4, 9)
        disc = blur((np.hypot(xs - cx, ys - cy) < radius).astype(np.float64), 0.7)
        warm = np.array((1.0, rng.uniform(0.55, 0.9), rng.uniform(0.2, 0.7)))
        scene = scene + disc[..., None] * warm * rng.uniform(0.18, 0.5)
    return np.asarray(np.clip(scene, 0, 1))


SURFACES: dict[str, Surface] = {
    "white studio": white_studio,
    "wooden floor": wooden_floor,
    "lawn": lawn,
    "beach sand": beach_sand,
    "plaster wall": plaster_wall,
    "dark studio": dark_studio,
    "tiles": tiles,
    "brick": brick,
    "blurred lights": blurred_lights,
}
_ONLY_WALLS = {"plaster wall", "brick", "blurred lights"}
_SEAMLESS = {"white studio", "dark studio"}


def _sky(name: str, rng: Rng) -> Array:
    """Return what stands behind a floor: sky outdoors, painted wall indoors."""
    _, ys = grid()
    if name in {"lawn", "beach sand"}:
        return _tint(0.80 + ys / 400, (0.72, 0.86, 1.0))
    hue = [(0.90, 0.88, 0.84), (0.78, 0.83, 0.86), (0.86, 0.80, 0.74)][int(rng.integers(3))]
    return _tint(0.92 + 0.03 * soft_noise(rng, 4), hue)


def backdrop(name: str, flat: bool, horizon: float, rng: Rng) -> Array:
    """Return the whole scene behind a product that lies flat or stands on a floor."""
    xs, ys = grid()
    surface = SURFACES[name]
    if flat or name in _SEAMLESS:
        scene = surface(xs, ys, rng)
        return (
            scene if flat else scene * (1 - 0.10 * (ys > horizon) * (ys - horizon) / 40)[..., None]
        )
    depth = np.maximum(ys - horizon, 0.35)
    u, v = (xs - 50) * 26 / depth + 200, 900 / depth + 100
    if name in _ONLY_WALLS:
        wall, floor = (
            surface(xs, ys, rng),
            _tint(0.9 + 0.05 * soft_noise(rng, 6), (0.52, 0.47, 0.43)),
        )
    else:
        wall, floor = _sky(name, rng), surface(u, v, rng)
    mix = blur((ys > horizon).astype(np.float64), 0.8)[..., None]
    return wall * (1 - mix) + floor * mix

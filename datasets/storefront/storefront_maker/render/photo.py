"""Puts a drawn product into a scene and takes its photo."""

from typing import Any

import numpy as np
from PIL import Image

from .backdrops import backdrop
from .masks import SIZE, Array, blur, grid
from .paint import Layer, Look, soft_noise
from .shapes import DRAWERS, FLAT_KINDS

PHOTO_SIZE = 192
GLOSSY = {
    "porcelain": 0.55, "stoneware": 0.25, "glass": 0.6, "steel": 0.5, "enamel": 0.5,
    "plastic": 0.35, "ceramic": 0.4, "leather": 0.15, "rubber": 0.35, "acetate": 0.5,
    "metal": 0.5, "aluminium": 0.4, "cast iron": 0.15, "silk": 0.12, "velvet": 0.08,
}  # fmt: skip
LIGHTS: dict[str, tuple[float, float, tuple[float, float, float]]] = {
    "bright": (0.25, 1.10, (1.0, 1.0, 1.0)),
    "warm": (-0.3, 1.0, (1.08, 0.98, 0.84)),
    "dim": (0.2, 0.66, (0.96, 0.98, 1.04)),
    "from the left": (-1.0, 0.98, (1.0, 1.0, 1.0)),
    "from the right": (1.0, 0.98, (1.0, 1.0, 1.0)),
}


def _drawn(product: dict[str, Any], light: float, rng: np.random.Generator) -> Layer:
    """Return the product alone, drawn in the middle of the frame."""
    gloss = GLOSSY.get(product["material"], 0.04)
    layer = Layer(Look(product["colour"], product["pattern"], gloss, light, rng))
    DRAWERS[product["kind"]](layer, product["shape"])
    return layer


def _jittered(layer: Layer, image: dict[str, Any]) -> tuple[Array, Array]:
    """Return colour and coverage after rotation, scaling, shift and slight perspective."""
    stacked = np.dstack([layer.rgb * layer.alpha[..., None], layer.alpha])
    angle, scale = np.deg2rad(image["rotation"]), 1 / image["scale"]
    cos, sin, mid = np.cos(angle) * scale, np.sin(angle) * scale, SIZE / 2
    dx, dy = mid + image["shift"][0] * SIZE, mid + image["shift"][1] * SIZE
    g, h = (value / SIZE for value in image["perspective"])
    a, b, d, e = cos + mid * g, sin + mid * h, -sin + mid * g, cos + mid * h
    w = 1 - g * dx - h * dy
    terms = (a, b, mid * w - cos * dx - sin * dy, d, e, mid * w + sin * dx - cos * dy)
    terms = tuple(value / w for value in (*terms, g, h))
    planes = [
        Image.fromarray(stacked[..., k].astype(np.float32)).transform(
            (SIZE, SIZE), Image.Transform.PERSPECTIVE, terms, Image.Resampling.BICUBIC
        )
        for k in range(4)
    ]
    moved = np.clip(np.dstack([np.asarray(p, dtype=np.float64) for p in planes]), 0, 1)
    return moved[..., :3], moved[..., 3]


def _shadow(alpha: Array, light: float, flat: bool) -> Array:
    """Return how much light the product keeps from the scene behind it."""
    side = round(-light * 0.035 * SIZE)
    cast = np.roll(blur(alpha, 2.2), (round(0.02 * SIZE), side), axis=(0, 1))
    if flat:
        return np.asarray(0.50 * cast)
    rows = np.flatnonzero(alpha.max(axis=1) > 0.5)
    foot = float(rows[-1]) / SIZE * 100 if rows.size else 90.0
    columns = np.flatnonzero(alpha[max(0, int(foot / 100 * SIZE) - 24) :].max(axis=0) > 0.5)
    xs, ys = grid()
    left, right = columns[0] / SIZE * 100, columns[-1] / SIZE * 100
    middle, half = (left + right) / 2 - light * 5, (right - left) / 2 + 4
    pool = np.exp(-(((xs - middle) / half) ** 4) - ((ys - foot + 0.6) / 3.4) ** 2)
    return np.asarray(np.maximum(0.62 * pool, 0.18 * cast))


def _developed(scene: Array, lighting: str, rng: np.random.Generator) -> Array:
    """Apply light colour, light fall-off, vignetting and sensor noise."""
    light, gain, tint = LIGHTS[lighting]
    xs, ys = grid()
    fall = 1 + 0.0034 * light * (xs - 50) - 0.0010 * (ys - 50)
    edge = 1 - 0.24 * (np.hypot(xs - 50, ys - 50) / 70.7) ** 2.4
    shot = scene * (gain * fall * edge)[..., None] * np.array(tint)
    shot = shot + 0.012 * soft_noise(rng, 9)[..., None]
    return np.asarray(np.clip(shot + rng.normal(0, 0.022, shot.shape), 0, 1))


def photograph(product: dict[str, Any]) -> Image.Image:
    """Return the finished photo of one product record."""
    image = product["image"]
    rng = np.random.default_rng(image["seed"])
    light = LIGHTS[image["lighting"]][0]
    flat = product["kind"] in FLAT_KINDS
    colour, alpha = _jittered(_drawn(product, light, rng), image)
    horizon = float(rng.uniform(58, 68))
    scene = backdrop(image["background"], flat, horizon, rng)
    scene = scene * (1 - _shadow(alpha, light, flat))[..., None]
    scene = scene * (1 - alpha[..., None]) + colour
    shot = np.uint8(np.round(_developed(scene, image["lighting"], rng) * 255))
    full = Image.fromarray(shot)
    return full.resize((PHOTO_SIZE, PHOTO_SIZE), Image.Resampling.LANCZOS)

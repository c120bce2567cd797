"""Photographs of the training world: one object, lit, on a background, through a poor camera."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from . import shapes_home, shapes_wear
from .drawing import BODY, LIGHT, METAL, SHADE, TRIM, Frame, Pen
from .surfaces import Array, backdrop, contrasting, paint, pattern

SIZE = 96
_FITTINGS = ((0.1, 0.1, 0.12), (0.35, 0.22, 0.12), (0.25, 0.27, 0.3), (0.2, 0.3, 0.15))
_METALS = ((0.75, 0.76, 0.78), (0.8, 0.68, 0.35), (0.95, 0.94, 0.9), (0.45, 0.6, 0.3))
SHAPES: dict[str, Callable[[Pen], None]] = {
    name: shape
    for module in (shapes_home, shapes_wear)
    for name, shape in vars(module).items()
    if callable(shape) and getattr(shape, "__module__", "") == module.__name__ and name[0] != "_"
}


def photograph(
    rng: random.Random,
    kind: str,
    colour: str,
    weave: str,
    *,
    strength: float = 1.0,
    unseen: bool = False,
) -> Image.Image:
    """An RGB picture of one object, 96 x 96; `strength` scales the jitter, 1 is as trained."""
    frame = Frame.jittered(rng, strength)
    pen = Pen(rng, 2 * SIZE, frame)
    SHAPES[kind](pen)
    labels = np.asarray(pen.canvas)
    solid = _coverage(labels > 0)
    lit = _lit(rng, solid) * strength**0.5 + (1 - strength**0.5)
    surface = np.clip(_albedo(rng, labels, frame, colour, weave) * lit[..., None], 0, 1)
    ground = _shadowed(rng, backdrop(rng, SIZE, unseen=unseen), solid)
    picture = ground * (1 - solid[..., None]) + surface * solid[..., None]
    return _camera(rng, picture, strength)


def _coverage(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Array:
    """Share of each 2 x 2 block that is set; (2 SIZE, 2 SIZE) to (SIZE, SIZE)."""
    cover: Array = mask.reshape(SIZE, 2, SIZE, 2).mean((1, 3))
    return cover


def _albedo(
    rng: random.Random,
    labels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    frame: Frame,
    colour: str,
    weave: str,
) -> Array:
    base = paint(rng, colour)
    other = contrasting(rng, base)
    cover = pattern(rng, weave, *_object_points(frame))[..., None]
    cloth = base * (1 - cover) + other * cover
    fitting, metal = rng.choice(_FITTINGS), rng.choice(_METALS)
    inks = {
        BODY: cloth,
        SHADE: cloth * rng.uniform(0.45, 0.75),
        LIGHT: cloth + (1 - cloth) * rng.uniform(0.12, 0.4),
        TRIM: np.array(fitting) * rng.uniform(0.7, 1.4),
        METAL: np.array(metal) * rng.uniform(0.8, 1.05),
    }
    total = np.zeros((SIZE, SIZE, 3))
    weight = np.full((SIZE, SIZE, 1), 1e-6)
    for ink, tone in inks.items():
        share = _coverage(labels == ink)[..., None]
        total += share * tone
        weight += share
    surface: Array = total / weight
    return surface


def _object_points(frame: Frame) -> tuple[Array, Array]:
    """Object coordinates of each pixel centre, two (SIZE, SIZE) arrays."""
    y, x = (np.mgrid[0:SIZE, 0:SIZE] + 0.5) / SIZE
    x, y = x - frame.x, y - frame.y
    det = frame.xx * frame.yy - frame.xy * frame.yx
    return (frame.yy * x - frame.xy * y) / det, (frame.xx * y - frame.yx * x) / det


def _blurred(mask: Array, radius: float) -> Array:
    image = Image.fromarray(np.rint(mask * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float64) / 255


def _lit(rng: random.Random, solid: Array) -> Array:
    """How bright the light makes each pixel, about 1; (SIZE, SIZE)."""
    angle = rng.uniform(0, 2 * math.pi)
    lx, ly = math.cos(angle), -abs(math.sin(angle))
    light = np.ones_like(solid)
    relief = rng.uniform(0, 5)
    for radius in (2, 6):
        dy, dx = np.gradient(_blurred(solid, radius))
        light += -relief * radius / 4 * (dx * lx + dy * ly) * solid
    y, x = np.mgrid[-0.5 : 0.5 : SIZE * 1j, -0.5 : 0.5 : SIZE * 1j]
    light += rng.uniform(0, 0.7) * -(x * lx + y * ly)
    if rng.random() < 0.5:
        across = np.clip((x - 0.12 * lx) / rng.uniform(0.3, 0.5), -1, 1)
        light *= 1.1 - rng.uniform(0.1, 0.45) * across**2
    if rng.random() < 0.4:
        gx, gy = rng.uniform(-0.15, 0.15), rng.uniform(-0.25, 0.05)
        light += rng.uniform(0.1, 0.6) * np.exp(-((x - gx) ** 2 + (y - gy) ** 2) / 0.004)
    if rng.random() < 0.3:
        edge = 1 - np.abs(2 * _blurred(solid, 1) - 1)
        light *= 1 - rng.uniform(0.2, 0.8) * np.clip(edge, 0, 1)
    return np.clip(light, 0.25, 1.9)


def _shadowed(rng: random.Random, ground: Array, solid: Array) -> Array:
    """The background darkened by a cast or a contact shadow."""
    style = rng.random()
    if style < 0.25:
        return ground
    if style < 0.6:
        cast = _blurred(solid, rng.uniform(1.5, 6))
        cast = np.roll(cast, (rng.randrange(1, 9), rng.randrange(-9, 10)), (0, 1))
    else:
        rows = np.flatnonzero(solid.max(1) > 0.5)
        bottom = rows[-1] / SIZE if rows.size else 0.8
        y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
        wide, high = rng.uniform(0.15, 0.4), rng.uniform(0.03, 0.08)
        cast = np.exp(-(((x - 0.5) / wide) ** 2) - ((y - bottom) / high) ** 2)
    return ground * (1 - rng.uniform(0.2, 0.7) * cast[..., None])


def _camera(rng: random.Random, picture: Array, strength: float) -> Image.Image:
    """White balance, exposure, contrast, blur, noise and JPEG."""
    cast = np.array([rng.uniform(0.94, 1.06) for _ in range(3)])
    exposure = math.exp(rng.gauss(0, 0.13) * strength)
    picture = np.clip(picture * cast * exposure, 0, 1) ** math.exp(rng.gauss(0, 0.12) * strength)
    noise = np.random.default_rng(rng.getrandbits(32))
    picture = picture + noise.normal(0, rng.uniform(0, 0.04) * strength, picture.shape)
    image = Image.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.6:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.1)))
    if rng.random() < 0.5:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=rng.randrange(35, 95))
        image = Image.open(file).convert("RGB")
    return image

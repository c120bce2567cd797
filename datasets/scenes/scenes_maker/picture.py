"""One picture: a content set into a place, with light, shadow and noise, and its mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from scenes_maker import animals, places, things, town
from scenes_maker.canvas import soft
from scenes_maker.pen import Pen

SIZE = 240
SEED = 20
_LARGE = 2 * SIZE
_WIDEST = 0.92

Draw = Callable[[Pen, np.random.Generator], None]
Place = Callable[[np.random.Generator, int], Image.Image]

CONTENTS: dict[str, tuple[Draw, float, float, float]] = {
    "lion": (animals.lion, 1.45, -1.2, 1.1),
    "elephant": (animals.elephant, 1.5, -0.95, 1.5),
    "zebra": (animals.zebra, 1.65, -0.9, 1.2),
    "cow": (animals.cow, 1.4, -0.9, 1.2),
    "giraffe": (animals.giraffe, 2.35, -0.7, 1.2),
    "penguin": (animals.penguin, 1.55, -0.75, 0.75),
    "car": (things.car, 1.0, -1.2, 1.2),
    "bus": (things.bus, 1.3, -1.5, 1.5),
    "bicycle": (things.bicycle, 1.25, -1.1, 1.1),
    "tractor": (things.tractor, 1.65, -1.2, 1.2),
    "umbrella": (things.umbrella, 1.6, -1.05, 1.05),
    "suitcase": (things.suitcase, 1.65, -0.6, 0.6),
}
"""Each content: how it is drawn, how tall it is, and from where to where, in units of the pen."""
CONTEXTS: dict[str, Place] = {
    "savanna": places.savanna,
    "forest": places.forest,
    "snow": places.snow,
    "beach": places.beach,
    "street": town.street,
    "room": town.room,
    "desert": places.desert,
    "night": places.night,
}
_LIGHT = {"night": (0.58, 0.64, 0.88), "forest": (0.86, 0.94, 0.8), "savanna": (1.05, 0.98, 0.86),
          "snow": (0.96, 1.0, 1.06), "desert": (1.08, 1.0, 0.9)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shot:
    """What a picture shows, and which of its cell it is."""

    content: str
    context: str
    number: int


def photograph(shot: Shot) -> tuple[Image.Image, Image.Image]:
    """Return a picture of SIZE pixels, RGB, and its mask, 1-bit, white where the content is."""
    rng = np.random.default_rng([SEED, *f"{shot.content} {shot.context} {shot.number}".encode()])
    ground = soft(CONTEXTS[shot.context](rng, _LARGE), rng.uniform(0.6, 1.8))
    subject, foot, scale = _subject(shot, rng)
    alpha = subject.getchannel("A")
    _shadow(ground, alpha, foot, scale, rng)
    ground.paste(_lit(subject, shot.context, rng), mask=alpha.filter(ImageFilter.GaussianBlur(0.7)))
    small = ground.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    mask = alpha.resize((SIZE, SIZE), Image.Resampling.LANCZOS).point(lambda v: 255 * (v >= 128))
    return _exposed(small, shot.context, rng), mask.convert("1", dither=Image.Dither.NONE)


def _subject(
    shot: Shot, rng: np.random.Generator
) -> tuple[Image.Image, tuple[float, float], float]:
    """Return the content on an empty layer, where it stands, and pixels per unit of the pen."""
    draw, tall, left, right = CONTENTS[shot.content]
    wide = right - left
    scale = min(rng.uniform(0.44, 0.74) * _LARGE / tall, _WIDEST * _LARGE / wide)
    flip, foot = bool(rng.random() < 0.5), rng.uniform(0.8, 0.93) * _LARGE
    free = (_LARGE - wide * scale) / 2
    middle = (left + right) / 2 * (-1 if flip else 1)
    at = (_LARGE / 2 - middle * scale + rng.uniform(-1, 1) * free, foot)
    pen = Pen(_LARGE, at, scale, flip, rng.uniform(-3, 3))
    draw(pen, rng)
    return pen.layer, at, scale


def _shadow(
    ground: Image.Image, alpha: Image.Image, foot: tuple[float, float], scale: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Darken the ground below the content, and a little beside it."""
    left, _, right, _ = alpha.getbbox() or (0, 0, 1, 1)
    layer = Image.new("L", ground.size)
    reach, side = 0.09 * scale, rng.uniform(-0.25, 0.25) * scale
    box = (left + min(side, 0), foot[1] - reach, right + max(side, 0), foot[1] + reach * 0.8)
    ImageDraw.Draw(layer).ellipse(box, fill=int(rng.uniform(90, 150)))
    ground.paste((16, 16, 22), mask=layer.filter(ImageFilter.GaussianBlur(0.03 * scale + 2)))


def _lit(subject: Image.Image, context: str, rng: np.random.Generator) -> Image.Image:
    """Return the content with light from above, a rough surface, and the colour of the place."""
    pixels = np.asarray(subject.convert("RGB"), float)
    box = subject.getbbox() or (0, 0, *subject.size)
    rows, columns = np.mgrid[0:_LARGE, 0:_LARGE]
    down = np.clip((rows - box[1]) / max(box[3] - box[1], 1), 0, 1)
    across = np.clip((columns - box[0]) / max(box[2] - box[0], 1), 0, 1)
    side = rng.uniform(-0.16, 0.16)
    light = 1.14 - 0.32 * down + side * (across - 0.5) * 2
    coarse = Image.fromarray(rng.normal(128, 40, (60, 60)).clip(0, 255).astype(np.uint8))
    rough = np.asarray(coarse.resize(subject.size, Image.Resampling.BICUBIC), float) / 128 - 1
    tint = np.array(_LIGHT.get(context, (1.0, 1.0, 1.0)))
    pixels = pixels * (light * (1 + 0.09 * rough))[:, :, None] * tint
    edge = np.asarray(
        ImageChops.invert(subject.getchannel("A").filter(ImageFilter.GaussianBlur(9))), float
    )
    pixels *= 1 - 0.3 * (edge / 255)[:, :, None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGB")


def _exposed(image: Image.Image, context: str, rng: np.random.Generator) -> Image.Image:
    """Return the picture with an exposure, a colour cast, dark corners and noise."""
    pixels = np.asarray(image, float)
    away = np.linspace(-1, 1, SIZE) ** 2
    corners = 1 - 0.12 * (away[:, None] + away)
    cast = 1 + rng.uniform(-0.04, 0.04, 3)
    gain = rng.uniform(0.86, 1.12)
    pixels = pixels * gain * cast * corners[:, :, None]
    pixels += rng.normal(0, 2.6 if context != "night" else 3.2, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGB")

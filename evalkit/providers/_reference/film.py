"""Films of the training world: an event at a place, through a poor camera."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from . import senses
from .actors import ACTORS, Stage
from .places import place
from .sight import PER_SECOND
from .sound_words import MOTION_OF

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = (128, 96)


def film(seed: int, number: int) -> tuple[list[Image.Image], NDArray[np.float64]]:
    """The frames of the `number`th film, PER_SECOND a second, and what it shows, a target."""
    rng = random.Random(seed << 32 | number)
    seen, places = senses.BLOCKS[senses.SEEN], senses.BLOCKS[senses.PLACE]
    event, where = seen[number % len(seen)], rng.choice(places)
    said = senses.target(senses.SEEN, event) + senses.target(senses.PLACE, where)
    said += senses.target(senses.MOTION, MOTION_OF[event])
    return _shot(rng, event, where, rng.randrange(14, 28)), said


def _shot(rng: random.Random, event: str, where: str, count: int) -> list[Image.Image]:
    ground = place(rng, where, SIZE)
    stage = Stage(rng, SIZE)
    light, blur = rng.uniform(0.75, 1.25), rng.uniform(0, 0.9)
    grain = np.random.default_rng(rng.getrandbits(32))
    noise = rng.uniform(0, 7)
    shaky = rng.random() < 0.2
    frames = []
    for n in range(count):
        frame = ground.copy()
        stage.draw = ImageDraw.Draw(frame)
        ACTORS[event](stage, n / PER_SECOND)
        if shaky:
            frame = frame.transform(
                SIZE, Image.Transform.AFFINE, (1, 0, rng.uniform(-1, 1), 0, 1, rng.uniform(-1, 1))
            )
        frame = ImageEnhance.Brightness(frame.filter(ImageFilter.GaussianBlur(blur))).enhance(light)
        pixels = np.asarray(frame, dtype=np.float64)
        pixels = pixels + grain.normal(0, noise, pixels.shape)
        frames.append(Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)))
    return frames

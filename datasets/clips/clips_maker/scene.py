"""Draws the frames of a clip: a subject that moves, or stays, before a place."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .brush import Brush
from .places import HIGH, WIDE, backdrop
from .subjects import SUBJECTS, look_of

FRAMES = 10
"""Frames a second."""
SIZE = (160, 120)
DIRECTION = {"left": -1, "right": 1, "still": 0}


@dataclass(frozen=True)
class Scene:
    """What is seen: the event, the place, the motion, and how long."""

    sight: str
    background: str
    motion: str
    seconds: float


def frames(scene: Scene, rng: np.random.Generator) -> Iterator[Image.Image]:
    """Yield the frames of a scene; the generator decides colours, sizes and places."""
    place, subject = backdrop(scene.background, rng), SUBJECTS[scene.sight]
    look, size = look_of(rng, subject), subject.size * float(rng.uniform(0.82, 1.15))
    course = DIRECTION[scene.motion]
    speed = float(rng.uniform(44, 62)) * course
    facing = course or int(rng.choice([-1, 1]))
    middle = WIDE / 2 + float(rng.uniform(-28, 28)) * (0.4 if course else 1.0)
    height = HIGH * subject.height + float(rng.uniform(-9, 9))
    light = float(rng.uniform(0.74, 0.86)) if scene.background == "night" else 1.0
    for number in range(round(scene.seconds * FRAMES)):
        t = number / FRAMES
        canvas = Image.new("RGB", (WIDE, HIGH))
        mask = Image.new("L", (WIDE, HIGH))
        for target, colourless in ((canvas, False), (mask, True)):
            pen = ImageDraw.Draw(target)
            drawn = _Flat(pen) if colourless else pen
            x = middle + speed * (t - scene.seconds / 2)
            brush = Brush(drawn, x, height, size, facing)  # type: ignore[arg-type]
            subject.draw(brush, t, look)
        if light < 1:
            glow = 1.0 if scene.sight == "fire" else light
            canvas = canvas.point([min(255, round(v * glow)) for v in range(256)] * 3)
        whole = place.copy()
        whole.paste(canvas, mask=mask)
        yield whole.resize(SIZE, Image.Resampling.BOX)


class _Flat:
    """A pen that draws every shape in full white, for the outline of a subject."""

    def __init__(self, pen: ImageDraw.ImageDraw) -> None:
        self.pen = pen

    def polygon(self, points: list[tuple[float, float]], fill: object) -> None:
        """Fill a polygon."""
        self.pen.polygon(points, fill=255)

    def line(self, points: list[tuple[float, float]], fill: object, width: int, joint: str) -> None:
        """Draw a line."""
        self.pen.line(points, fill=255, width=width, joint=joint)

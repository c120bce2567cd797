"""Places that people built: a street and a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenes_maker.canvas import Canvas, Rng, slope
from scenes_maker.pen import blend, shade

if TYPE_CHECKING:
    from PIL import Image


def street(rng: Rng, size: int) -> Image.Image:
    """Draw houses with windows, a kerb, grey asphalt with a white line, and a lamp post."""
    to = Canvas(slope(size, (150, 186, 216), (214, 226, 234), 0, 0.4))
    x = -rng.uniform(0, 0.1)
    while x < 1:
        wide, tall = rng.uniform(0.2, 0.34), rng.uniform(0.38, 0.58)
        walls = [
            (178, 92, 72),
            (206, 190, 160),
            (150, 152, 160),
            (224, 204, 150),
            (168, 176, 160),
            (120, 96, 90),
        ]
        wall = shade(walls[int(rng.integers(len(walls)))], rng.uniform(0.9, 1.1))
        top = 0.62 - tall
        to.box(x, top, x + wide, 0.62, wall)
        to.box(x, top - 0.015, x + wide, top + 0.01, shade(wall, 0.7))
        rows, cols = int(tall / 0.12), int(rng.integers(2, 4))
        for r in range(rows):
            for c in range(cols):
                a, b = x + wide * (c + 0.28) / cols, top + 0.04 + 0.12 * r
                to.box(
                    a - 0.006,
                    b - 0.006,
                    a + wide * 0.44 / cols + 0.006,
                    b + 0.076,
                    shade(wall, 1.25),
                )
                to.box(
                    a,
                    b,
                    a + wide * 0.44 / cols,
                    b + 0.07,
                    blend((70, 92, 116), (170, 200, 220), rng.random() * 0.6),
                )
        if rng.random() < 0.6:
            to.box(
                x + wide * 0.1,
                0.5,
                x + wide * 0.9,
                0.53,
                [(170, 50, 50), (40, 100, 70), (50, 70, 130)][int(rng.integers(3))],
            )
        x += wide
    to.box(0, 0.62, 1, 0.7, (176, 174, 170))
    for n in range(14):
        to.line([(n / 13 - 0.02, 0.7), (n / 13 * 0.96 + 0.02, 0.62)], 0.003, (140, 138, 136))
    to.box(0, 0.7, 1, 0.715, (206, 204, 198))
    road = blend((86, 88, 94), (110, 110, 112), rng.random())
    to.box(0, 0.715, 1, 1, road)
    for _ in range(250):
        to.oval(
            rng.random(), rng.uniform(0.72, 1), 0.003, 0.002, shade(road, rng.uniform(0.8, 1.2))
        )
    start = rng.uniform(-0.2, 0)
    for n in range(5):
        a = start + 0.3 * n
        to.shape(
            [(a, 0.945), (a + 0.17, 0.945), (a + 0.16, 0.97), (a - 0.01, 0.97)], (234, 232, 222)
        )
    x = float(rng.choice([0.07, 0.93]))
    to.line([(x, 0.7), (x, 0.16)], 0.014, (54, 58, 62))
    to.line([(x, 0.17), (x + (0.09 if x < 0.5 else -0.09), 0.15)], 0.012, (54, 58, 62))
    to.oval(x + (0.09 if x < 0.5 else -0.09), 0.158, 0.028, 0.014, (250, 236, 180))
    return to.image


def room(rng: Rng, size: int) -> Image.Image:
    """Draw a wall with a picture, a window with curtains, a floor lamp, floor boards and a rug."""
    walls = [(226, 210, 184), (190, 208, 204), (214, 192, 196), (198, 202, 222), (222, 214, 160)]
    wall = walls[int(rng.integers(len(walls)))]
    to = Canvas(slope(size, shade(wall, 0.96), shade(wall, 1.06), 0, 0.7))
    if rng.random() < 0.5:
        for n in range(24):
            to.line([(n / 23, 0), (n / 23, 0.66)], 0.006, shade(wall, 0.94))
    floor = blend((168, 116, 70), (130, 84, 50), rng.random())
    to.box(0, 0.66, 1, 1, floor)
    for n in range(7):
        y = 0.68 + 0.32 * (n / 6.5) ** 1.5
        to.line([(0, y), (1, y)], 0.004, shade(floor, 0.75))
        for _ in range(3):
            x = rng.random()
            to.line([(x, y), (x, y + 0.03 + 0.01 * n)], 0.003, shade(floor, 0.75))
    to.box(0, 0.635, 1, 0.665, (240, 236, 228))
    left = rng.random() < 0.5
    x = 0.06 if left else 0.6
    to.box(x, 0.08, x + 0.34, 0.5, (244, 242, 236))
    to.box(x + 0.02, 0.1, x + 0.32, 0.48, (168, 206, 236))
    to.box(x + 0.02, 0.36, x + 0.32, 0.48, (132, 176, 120))
    to.box(x + 0.16, 0.1, x + 0.18, 0.48, (244, 242, 236))
    to.box(x + 0.02, 0.28, x + 0.32, 0.295, (244, 242, 236))
    cloth = [(170, 60, 60), (70, 104, 140), (196, 156, 80), (90, 130, 100)][int(rng.integers(4))]
    for side in (x - 0.05, x + 0.3):
        for n in range(4):
            to.box(
                side + 0.0225 * n,
                0.06,
                side + 0.0225 * (n + 1),
                0.58,
                shade(cloth, 1.0 if n % 2 else 0.82),
            )
    to.line([(x - 0.07, 0.06), (x + 0.41, 0.06)], 0.012, (96, 72, 50))
    y = 0.62 if left else 0.16
    to.box(y, 0.14, y + 0.24, 0.36, (110, 78, 46))
    to.box(y + 0.02, 0.16, y + 0.22, 0.34, (238, 232, 214))
    to.oval(
        y + 0.12,
        0.25,
        0.06,
        0.06,
        [(210, 90, 60), (70, 130, 160), (220, 180, 70)][int(rng.integers(3))],
    )
    lamp = 0.93 if left else 0.07
    to.line([(lamp, 0.72), (lamp, 0.36)], 0.01, (60, 54, 50))
    to.oval(lamp, 0.725, 0.05, 0.012, (60, 54, 50))
    to.shape(
        [(lamp - 0.04, 0.26), (lamp + 0.04, 0.26), (lamp + 0.075, 0.38), (lamp - 0.075, 0.38)],
        (250, 232, 180),
    )
    rug = [(150, 50, 60), (60, 84, 120), (190, 170, 130)][int(rng.integers(3))]
    to.oval(0.5, 0.87, 0.42, 0.1, rug)
    to.oval(0.5, 0.87, 0.37, 0.08, shade(rug, 1.25))
    to.oval(0.5, 0.87, 0.34, 0.07, rug)
    return to.image

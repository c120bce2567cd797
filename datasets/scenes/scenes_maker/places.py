"""Places out of doors: what stands around, with the ground in the lower part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes_maker.canvas import Canvas, Rng, slope
from scenes_maker.pen import Colour, blend, shade

if TYPE_CHECKING:
    from PIL import Image


def savanna(rng: Rng, size: int) -> Image.Image:
    """Draw dry yellow grass, flat-topped acacias and a warm hazy sky."""
    dusk = rng.random()
    sky = blend((150, 190, 222), (240, 176, 110), dusk)
    to = Canvas(slope(size, sky, blend((244, 226, 190), (252, 214, 150), dusk), 0, 0.55))
    horizon = rng.uniform(0.48, 0.58)
    to.ridge(rng, horizon, 0.05, (168, 158, 128))
    grass: Colour = blend((206, 174, 92), (188, 148, 70), rng.random())
    to.box(0, horizon - 0.01, 1, 1, grass)
    for _ in range(int(rng.integers(2, 5))):
        x, tall = rng.uniform(0.0, 1.0), rng.uniform(0.14, 0.32)
        foot, leaf = horizon + rng.uniform(0.0, 0.05), shade((98, 112, 50), rng.uniform(0.8, 1.1))
        to.line([(x, foot), (x + 0.01, foot - tall * 0.8)], 0.012, (84, 62, 42))
        for side in (-1, 1):
            to.line(
                [(x + 0.005, foot - tall * 0.5), (x + side * tall * 0.35, foot - tall * 0.88)],
                0.007,
                (84, 62, 42),
            )
        for n in range(3):
            to.oval(
                x + rng.uniform(-0.05, 0.05),
                foot - tall * (0.88 + 0.06 * n),
                tall * (0.62 - 0.12 * n),
                tall * 0.075,
                shade(leaf, 0.9 + 0.12 * n),
            )
    to.specks(rng, 420, horizon + 0.01, shade(grass, 0.9), 0.05)
    to.specks(rng, 160, horizon + 0.01, shade(grass, 1.2), 0.05)
    return to.image


def forest(rng: Rng, size: int) -> Image.Image:
    """Draw tall trunks, dark leaves and ferns on a shady floor."""
    to = Canvas(slope(size, (36, 74, 42), (140, 176, 110), 0, 0.65))
    for _ in range(120):
        tone = shade((66, 116, 56), rng.uniform(0.6, 1.4))
        to.oval(
            rng.random(),
            rng.uniform(0, 0.45),
            rng.uniform(0.02, 0.07),
            rng.uniform(0.02, 0.05),
            tone,
        )
    for far, count in ((True, 12), (False, 6)):
        for _ in range(count):
            x, wide = rng.random(), (0.018 if far else 0.04) * rng.uniform(0.8, 1.5)
            foot = rng.uniform(0.58, 0.64) if far else rng.uniform(0.66, 0.76)
            bark = blend((74, 54, 38), (120, 140, 100), 0.5 if far else 0.05)
            to.shape(
                [(x - wide, foot), (x - wide * 0.7, 0), (x + wide * 0.7, 0), (x + wide, foot)], bark
            )
            to.shape(
                [
                    (x + wide * 0.2, foot),
                    (x + wide * 0.2, 0),
                    (x + wide * 0.7, 0),
                    (x + wide, foot),
                ],
                shade(bark, 0.7),
            )
        if far:
            to.ridge(rng, 0.64, 0.04, (72, 92, 44))
    to.box(0, 0.76, 1, 1, (64, 80, 38))
    to.ridge(rng, 0.78, 0.05, (70, 84, 40))
    to.specks(rng, 350, 0.68, (88, 128, 52), 0.06, 1.0)
    for _ in range(90):
        leaf = [(128, 84, 42), (150, 110, 50), (60, 92, 40)][int(rng.integers(3))]
        to.oval(rng.random(), rng.uniform(0.76, 1.0), 0.011, 0.006, leaf)
    for _ in range(70):
        to.oval(
            rng.random(),
            rng.uniform(0, 0.2),
            rng.uniform(0.03, 0.08),
            rng.uniform(0.02, 0.05),
            shade((40, 88, 40), rng.uniform(0.6, 1.2)),
        )
    return to.image


def snow(rng: Rng, size: int) -> Image.Image:
    """Draw white ground, white hills, snowy firs, a pale sky and falling flakes."""
    to = Canvas(
        slope(size, blend((176, 190, 208), (150, 186, 226), rng.random()), (226, 232, 240), 0, 0.55)
    )
    to.ridge(rng, 0.52, 0.2, (206, 216, 230), 4)
    for _ in range(int(rng.integers(5, 10))):
        x, tall = rng.random(), rng.uniform(0.14, 0.34)
        foot = rng.uniform(0.55, 0.62)
        to.box(x - 0.008, foot - 0.03, x + 0.008, foot, (78, 62, 54))
        for n in range(4):
            y, wide = foot - 0.02 - tall * 0.22 * n, tall * (0.32 - 0.06 * n)
            to.shape([(x - wide, y), (x, y - tall * 0.34), (x + wide, y)], (52, 84, 74))
            to.shape(
                [
                    (x - wide * 0.75, y - tall * 0.06),
                    (x, y - tall * 0.34),
                    (x + wide * 0.5, y - tall * 0.1),
                    (x, y - tall * 0.14),
                ],
                (240, 244, 250),
            )
    to.ridge(rng, 0.62, 0.04, (232, 238, 246))
    to.ridge(rng, 0.74, 0.05, (244, 247, 252))
    for _ in range(14):
        to.oval(
            rng.random(), rng.uniform(0.7, 1.0), rng.uniform(0.04, 0.12), 0.008, (218, 228, 242)
        )
    for _ in range(int(rng.integers(40, 160))):
        r = rng.uniform(0.002, 0.006)
        to.oval(rng.random(), rng.random(), r, r, (255, 255, 255))
    return to.image


def beach(rng: Rng, size: int) -> Image.Image:
    """Draw sand, surf, a blue sea with a sail, and a palm or a parasol."""
    to = Canvas(slope(size, (84, 160, 226), (196, 226, 244), 0, 0.42))
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.random(), rng.uniform(0.06, 0.22)
        for _ in range(6):
            to.oval(
                x + rng.uniform(-0.08, 0.08),
                y + rng.uniform(-0.01, 0.015),
                rng.uniform(0.03, 0.06),
                0.018,
                (246, 250, 252),
            )
    sea = rng.uniform(0.38, 0.44)
    shore = rng.uniform(0.56, 0.63)
    for n, y in enumerate(np.linspace(sea, shore, 24)):
        to.box(0, float(y), 1, 1, blend((22, 108, 170), (84, 200, 206), n / 23))
    for _ in range(70):
        x, y = rng.random(), rng.uniform(sea + 0.01, shore)
        to.line([(x, y), (x + rng.uniform(0.01, 0.05), y)], 0.003, (190, 230, 240))
    x = rng.uniform(0.1, 0.9)
    to.shape([(x, sea - 0.1), (x + 0.055, sea - 0.01), (x, sea - 0.01)], (250, 250, 248))
    to.shape(
        [
            (x - 0.03, sea - 0.005),
            (x + 0.06, sea - 0.005),
            (x + 0.045, sea + 0.015),
            (x - 0.02, sea + 0.015),
        ],
        (150, 60, 50),
    )
    line = [
        (t, shore + 0.015 * float(np.sin(t * 7 + rng.uniform(0, 0.5))))
        for t in np.linspace(0, 1, 30)
    ]
    to.shape([*line, (1, 1), (0, 1)], (250, 252, 250))
    sand: Colour = blend((236, 212, 160), (226, 196, 140), rng.random())
    to.shape([*((a, b + 0.02) for a, b in line), (1, 1), (0, 1)], shade(sand, 0.86))
    to.shape([*((a, b + 0.05) for a, b in line), (1, 1), (0, 1)], sand)
    _strewn(to, rng, shore, sand)
    _palm_or_parasol(to, rng)
    return to.image


def _strewn(to: Canvas, rng: Rng, shore: float, sand: Colour) -> None:
    """Draw grains and shells on the sand."""
    for _ in range(260):
        to.oval(
            rng.random(),
            rng.uniform(shore + 0.07, 1),
            0.004,
            0.002,
            shade(sand, rng.uniform(0.82, 1.08)),
        )
    for _ in range(5):
        to.oval(
            rng.random(),
            rng.uniform(0.8, 1),
            0.012,
            0.008,
            [(250, 236, 226), (226, 150, 130), (240, 226, 200)][int(rng.integers(3))],
        )


def _palm_or_parasol(to: Canvas, rng: Rng) -> None:
    """Draw a palm or a parasol at one side."""
    side = float(rng.choice([0.08, 0.92]))
    if rng.random() < 0.6:
        trunk = [
            (side + 0.05 * (1 - 2 * (side > 0.5)) * t * t, 0.72 - 0.56 * t)
            for t in np.linspace(0, 1, 9)
        ]
        to.line(trunk, 0.026, (132, 98, 66))
        for a in np.linspace(-0.2, np.pi + 0.2, 8):
            tip = (trunk[-1][0] + 0.2 * np.cos(a), trunk[-1][1] - 0.1 * np.sin(a) + 0.06)
            mid = (trunk[-1][0] + 0.11 * np.cos(a), trunk[-1][1] - 0.12 * np.sin(a))
            to.shape(
                [trunk[-1], (mid[0], mid[1] - 0.015), tip, (mid[0], mid[1] + 0.02)],
                shade((52, 132, 62), rng.uniform(0.8, 1.2)),
            )
    else:
        to.line([(side, 0.7), (side, 0.36)], 0.01, (240, 240, 240))
        for n in range(6):
            a, b = side - 0.13 + 0.0433 * n, side - 0.13 + 0.0433 * (n + 1)
            to.shape([(a, 0.42), (side, 0.33), (b, 0.42)], [(226, 70, 60), (250, 246, 236)][n % 2])


def desert(rng: Rng, size: int) -> Image.Image:
    """Draw bare dunes with sharp shadows, a hard blue sky, a high sun and cacti."""
    to = Canvas(slope(size, (64, 136, 214), (210, 224, 226), 0, 0.55))
    to.oval(rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.2), 0.055, 0.055, (255, 250, 214))
    sand = blend((230, 160, 90), (216, 138, 76), rng.random())
    for n in range(4):
        y, x = 0.5 + 0.09 * n, rng.uniform(0.15, 0.85)
        peak = y - rng.uniform(0.06, 0.16) * (1 - 0.15 * n)
        tone = blend(sand, (232, 206, 180), 0.45 - 0.14 * n)
        wide = rng.uniform(0.5, 0.8)
        to.box(0, y + 0.03, 1, 1, tone)
        to.shape(
            [
                (x - wide, y + 0.05),
                (x - wide * 0.4, y - 0.02),
                (x, peak),
                (x + wide * 0.5, y),
                (x + wide, y + 0.05),
            ],
            shade(tone, 1.06),
        )
        to.shape(
            [
                (x, peak),
                (x + 0.08, peak + 0.07),
                (x + 0.02, y + 0.05),
                (x + wide, y + 0.05),
                (x + wide * 0.5, y),
            ],
            shade(tone, 0.76),
        )
    to.ridge(rng, 0.8, 0.06, sand)
    for n in range(16):
        y = 0.8 + 0.2 * n / 15
        wave = [(t, y + 0.006 * float(np.sin(t * 26 + n * 1.7))) for t in np.linspace(0, 1, 40)]
        to.line(wave, 0.003, shade(sand, 0.88))
    for _ in range(int(rng.integers(1, 4))):
        x, foot, tall = (
            float(rng.choice([rng.uniform(0.03, 0.2), rng.uniform(0.8, 0.97)])),
            rng.uniform(0.66, 0.76),
            rng.uniform(0.14, 0.26),
        )
        green = (74, 122, 70)
        to.line([(x, foot), (x, foot - tall)], 0.03, green)
        to.oval(x, foot - tall, 0.015, 0.015, green)
        for side in (-1, 1):
            y = foot - tall * rng.uniform(0.4, 0.6)
            to.line(
                [(x, y), (x + side * 0.045, y), (x + side * 0.045, y - tall * 0.3)], 0.02, green
            )
            to.oval(x + side * 0.045, y - tall * 0.3, 0.01, 0.01, green)
        to.line([(x - 0.006, foot), (x - 0.006, foot - tall)], 0.004, shade(green, 1.35))
    for _ in range(10):
        to.oval(rng.random(), rng.uniform(0.82, 1), rng.uniform(0.008, 0.02), 0.008, (150, 104, 70))
    return to.image


def night(rng: Rng, size: int) -> Image.Image:
    """Draw a dark sky with stars and a moon, black hills with lit windows, and dim grass."""
    to = Canvas(slope(size, (8, 10, 34), (38, 48, 96), 0, 0.6))
    for _ in range(110):
        r = rng.uniform(0.001, 0.004)
        to.oval(
            rng.random(),
            rng.uniform(0, 0.5),
            r,
            r,
            blend((150, 160, 200), (255, 255, 240), rng.random()),
        )
    x, y = rng.uniform(0.12, 0.88), rng.uniform(0.1, 0.24)
    for n in range(8):
        r = 0.16 - 0.014 * n
        to.oval(x, y, r, r, blend((20, 26, 62), (88, 96, 130), n / 7 * 0.7))
    to.oval(x, y, 0.062, 0.062, (246, 242, 214))
    for _ in range(4):
        to.oval(
            x + rng.uniform(-0.035, 0.035),
            y + rng.uniform(-0.035, 0.035),
            0.01,
            0.009,
            (222, 216, 190),
        )
    to.ridge(rng, 0.58, 0.14, (18, 22, 48))
    for _ in range(int(rng.integers(4, 9))):
        a, b = rng.random(), rng.uniform(0.55, 0.6)
        to.box(a, b, a + 0.012, b + 0.014, (252, 206, 110))
    to.ridge(rng, 0.66, 0.05, (16, 26, 40))
    to.box(0, 0.66, 1, 1, (22, 36, 44))
    to.specks(rng, 320, 0.66, (36, 58, 60), 0.045)
    return to.image

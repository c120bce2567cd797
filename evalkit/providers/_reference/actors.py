"""How the fourteen events look while they happen, drawn frame by frame in the training world."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from .places import Colour, hsv

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import ImageDraw

Point = tuple[float, float]


class Stage:
    """A pen on a frame: points in units of the event's size around its middle."""

    def __init__(self, rng: random.Random, size: tuple[int, int]) -> None:
        """Choose where the event is, how large, how fast, and its own shades and measures."""
        self.size = size
        self.scale = size[1] * rng.uniform(0.24, 0.44)
        self.x, self.y = size[0] * rng.uniform(0.35, 0.65), size[1] * rng.uniform(0.45, 0.65)
        self.flip = rng.choice((-1, 1))
        self.speed = rng.uniform(0.7, 1.4)
        self.shift = rng.random()
        self.own = [rng.random() for _ in range(8)]
        self.seed = rng.getrandbits(32)
        self.draw: ImageDraw.ImageDraw

    def turn(self, per_second: float, t: float) -> float:
        """Where a movement is in its round at second t, in radians."""
        return 2 * math.pi * (per_second * self.speed * t + self.shift)

    def ink(self, hue: float, vivid: float, bright: float, key: int = 0) -> Colour:
        """A shade that this event keeps through all its frames."""
        return hsv(random.Random(self.seed + key), hue, vivid, bright, 0.07)

    def at(self, x: float, y: float) -> Point:
        """Pixels of a point."""
        return self.x + self.flip * x * self.scale, self.y + y * self.scale

    def poly(self, points: list[Point], ink: Colour) -> None:
        """Fill a polygon."""
        self.draw.polygon([self.at(x, y) for x, y in points], fill=ink)

    def disc(self, x: float, y: float, rx: float, ry: float, ink: Colour) -> None:
        """Fill an ellipse."""
        cx, cy = self.at(x, y)
        rx, ry = abs(rx * self.scale), abs(ry * self.scale)
        self.draw.ellipse((cx - rx, cy - ry, cx + rx, cy + ry), fill=ink)

    def box(self, x0: float, y0: float, x1: float, y1: float, ink: Colour) -> None:
        """Fill a rectangle."""
        self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], ink)

    def line(self, points: list[Point], width: float, ink: Colour) -> None:
        """Draw a line of a width in units."""
        pixels = [self.at(x, y) for x, y in points]
        self.draw.line(pixels, fill=ink, width=max(1, round(width * self.scale)))

    def chance(self, t: float) -> random.Random:
        """Random numbers of one frame."""
        return random.Random(self.seed * 1000 + round(t * 100))


def _rotated(points: list[Point], angle: float, about: Point = (0.0, 0.0)) -> list[Point]:
    cos, sin = math.cos(angle), math.sin(angle)
    moved = [(x - about[0], y - about[1]) for x, y in points]
    return [(about[0] + cos * x - sin * y, about[1] + sin * x + cos * y) for x, y in moved]


def _bell(s: Stage, t: float) -> None:
    angle = 0.6 * math.sin(s.turn(0.7, t))
    gold = s.ink(0.12, 0.75, 0.8)
    body = [(-0.15, -0.7), (0.15, -0.7), (0.32, 0.0), (0.6, 0.45), (-0.6, 0.45), (-0.32, 0.0)]
    s.poly(_rotated(body, angle, (0, -0.8)), gold)
    rim = [(-0.62, 0.42), (0.62, 0.42), (0.62, 0.54), (-0.62, 0.54)]
    s.poly(_rotated(rim, angle, (0, -0.8)), s.ink(0.11, 0.8, 0.6, 1))
    x, y = _rotated([(0, 0.62)], 1.3 * angle, (0, -0.8))[0]
    s.disc(x, y, 0.12, 0.12, s.ink(0.1, 0.7, 0.4, 2))


def _dog(s: Stage, t: float) -> None:
    coat = s.ink(0.07, s.own[0] * 0.7, 0.3 + 0.5 * s.own[1])
    nod = 0.12 * math.sin(s.turn(1.6, t))
    s.disc(0, 0.25, 0.65, 0.3, coat)
    for x in (-0.5, -0.3, 0.3, 0.5):
        s.box(x - 0.07, 0.35, x + 0.07, 0.9, coat)
    wag = 0.2 * math.sin(s.turn(2.5, t))
    s.line([(-0.6, 0.15), (-0.9, -0.2 + wag)], 0.1, coat)
    s.disc(0.7, -0.15 + nod, 0.28, 0.26, coat)
    s.disc(0.95, -0.06 + nod + 0.05 * (nod > 0), 0.2, 0.12, coat)
    dark = s.ink(0.05, 0.4, 0.15, 1)
    s.poly([(0.5, -0.35 + nod), (0.65, -0.35 + nod), (0.5, 0.1 + nod)], dark)
    s.disc(1.1, -0.08 + nod, 0.06, 0.05, dark)


def _rain(s: Stage, t: float) -> None:
    wide, high = s.size
    ink = s.ink(0.58, 0.25, 0.75)
    drops = random.Random(s.seed)
    slant, fast = (s.own[0] - 0.5) * 0.6, high * (1.2 + s.own[1])
    s.draw.ellipse((-20, -high // 4, wide + 20, high // 6), fill=s.ink(0.6, 0.1, 0.5, 1))
    for _ in range(30 + int(60 * s.own[2])):
        x, y = drops.random() * wide, drops.random() * high
        y = (y + fast * t) % high
        length = 4 + 6 * s.own[3]
        s.draw.line((x, y, x + slant * length, y + length), fill=ink)


def _drum(s: Stage, t: float) -> None:
    shell = s.ink(0.0 if s.own[0] < 0.6 else s.own[0], 0.75, 0.65)
    s.box(-0.6, 0, 0.6, 0.7, shell)
    s.disc(0, 0.7, 0.6, 0.18, shell)
    s.disc(0, 0, 0.6, 0.18, s.ink(0.11, 0.1, 0.92, 1))
    stick = s.ink(0.09, 0.5, 0.6, 2)
    for side in (-1, 1):
        lift = abs(math.sin(s.turn(1.2, t) / 2 + (side > 0) * math.pi / 2))
        tip = (side * 0.25, -0.05 - 0.6 * lift)
        s.line([tip, (side * 0.85, -0.7 - 0.35 * lift)], 0.08, stick)
        s.disc(*tip, 0.08, 0.08, stick)


def _car(s: Stage, paint: Colour, dark: Colour) -> None:
    s.box(-1.1, 0.1, 1.1, 0.5, paint)
    s.poly([(-0.7, 0.1), (-0.45, -0.3), (0.4, -0.3), (0.7, 0.1)], paint)
    s.poly([(-0.55, 0.08), (-0.38, -0.2), (0.33, -0.2), (0.55, 0.08)], s.ink(0.55, 0.25, 0.8, 7))
    for x in (-0.65, 0.65):
        s.disc(x, 0.52, 0.22, 0.22, dark)


def _car_horn(s: Stage, t: float) -> None:
    _car(s, s.ink(s.own[0], 0.75, 0.7), (25, 25, 28))
    if math.sin(s.turn(1.3, t)) > 0:
        for x in (-1.08, 1.08):
            s.disc(x, 0.22, 0.16, 0.14, (255, 240, 150))
    else:
        s.disc(1.08, 0.22, 0.08, 0.08, (190, 170, 120))


def _train(s: Stage, t: float) -> None:
    away = s.size[0] / s.scale
    s.line([(-9, 0.68), (9, 0.68)], 0.06, (80, 75, 70))
    start = -away / 2 - 1 + ((t * 0.55 * s.speed * away + s.shift * away * 1.4) % (away * 1.4))
    paint = s.ink(s.own[0], 0.6, 0.45)
    for car in range(4):
        x = start - 1.35 * car
        s.box(x - 0.6, -0.2, x + 0.6, 0.45, paint if car else s.ink(0.0, 0.1, 0.2, 1))
        for wheel in (-0.35, 0.0, 0.35):
            s.disc(x + wheel, 0.55, 0.14, 0.14, (30, 28, 28))
        if car:
            for pane in (-0.35, 0.05):
                s.box(x + pane, -0.08, x + pane + 0.25, 0.15, (215, 225, 230))
    s.box(start + 0.2, -0.55, start + 0.36, -0.2, (35, 33, 33))
    for puff in range(4):
        s.disc(
            start + 0.2 - 0.35 * puff, -0.7 - 0.12 * puff, 0.15 + 0.06 * puff, 0.13, (205, 205, 208)
        )


def _clock(s: Stage, t: float) -> None:
    wood = s.ink(0.07, 0.6, 0.4)
    s.box(-0.45, -0.95, 0.45, 0.95, wood)
    s.disc(0, -0.5, 0.36, 0.36, s.ink(0.12, 0.08, 0.95, 1))
    for angle, long in ((t * 0.2 + 6 * s.own[0], 0.28), (6 * s.own[1], 0.18)):
        s.line(
            [(0, -0.5), (long * math.sin(angle), -0.5 - long * math.cos(angle))], 0.05, (20, 20, 20)
        )
    s.box(-0.3, 0.0, 0.3, 0.85, s.ink(0.07, 0.5, 0.2, 2))
    swing = 0.4 * math.sin(s.turn(1.0, t))
    end = _rotated([(0, 0.68)], swing)[0]
    s.line([(0, 0.0), end], 0.05, (200, 170, 70))
    s.disc(*end, 0.13, 0.13, (225, 190, 80))


def _bird(s: Stage, t: float) -> None:
    ink = s.ink(s.own[0], 0.5, 0.2 + 0.5 * s.own[1])
    drift = 0.5 * math.sin(s.turn(0.2, t))
    flap = math.sin(s.turn(2.2, t))
    s.disc(drift, 0, 0.35, 0.14, ink)
    s.disc(drift + 0.36, -0.1, 0.13, 0.12, ink)
    s.poly([(drift + 0.47, -0.1), (drift + 0.63, -0.05), (drift + 0.47, -0.02)], (230, 160, 40))
    for side in (-0.15, 0.15):
        wing = [(drift - 0.15, -0.05), (drift + 0.2, -0.05), (drift + side - 0.15, -0.7 * flap)]
        s.poly(wing, s.ink(s.own[0], 0.45, 0.3 + 0.5 * s.own[1], 1))
    s.poly([(drift - 0.3, 0), (drift - 0.6, -0.1), (drift - 0.6, 0.1)], ink)


def _siren(s: Stage, t: float) -> None:
    _car(
        s, s.ink(0.0 if s.own[0] < 0.4 else 0.6, 0.1 if s.own[1] < 0.7 else 0.8, 0.92), (25, 25, 28)
    )
    s.box(-1.1, 0.22, 1.1, 0.32, s.ink(0.0 if s.own[2] < 0.5 else 0.62, 0.85, 0.75, 1))
    phase = math.sin(s.turn(1.6, t))
    if phase > 0:
        s.disc(0.1, -0.42, 0.42, 0.26, (90, 130, 255))
    s.disc(0.25 * phase, -0.4, 0.14, 0.12, (30, 70, 250))


def _waves(s: Stage, t: float) -> None:
    wide, high = s.size
    top = high * (0.35 + 0.25 * s.own[0])
    for row in range(5):
        base = top + row * (high - top) / 5
        crest = [
            (
                x,
                base
                + 4 * math.sin(x / (9 + 6 * s.own[1]) + s.turn(0.35, t) + 1.7 * row)
                + 4 * math.sin(s.turn(0.25, t) + row),
            )
            for x in range(-4, wide + 8, 4)
        ]
        s.draw.polygon(
            [*crest, (wide, high), (0, high)], fill=s.ink(0.55, 0.7, 0.45 + 0.09 * row, row)
        )
        s.draw.line(crest, fill=(230, 240, 244), width=1 + row // 3)


def _piano(s: Stage, t: float) -> None:
    s.box(-1.2, -0.7, 1.2, -0.05, s.ink(0.06, 0.3 * s.own[0], 0.15))
    pressed = int(s.turn(0.35, t) * 3) * 5 % 12
    for key in range(12):
        x = -1.2 + key * 0.2
        down = 0.12 if key in (pressed, (pressed + 4) % 12 if s.own[1] < 0.5 else pressed) else 0
        ink = (190, 185, 170) if down else (245, 243, 236)
        s.box(x, -0.05 + down, x + 0.18, 0.5 + down, ink)
    for key in range(11):
        if key % 7 not in (2, 6):
            s.box(-1.06 + key * 0.2, -0.05, -0.95 + key * 0.2, 0.25, (20, 20, 22))


def _applause(s: Stage, t: float) -> None:
    skin = s.ink(0.06, 0.3 + 0.3 * s.own[0], 0.45 + 0.5 * s.own[1])
    sleeve = s.ink(s.own[2], 0.6, 0.6, 1)
    gap = 0.35 * abs(math.sin(s.turn(1.3, t) / 2)) + 0.05
    for side in (-1, 1):
        palm = [(side * gap, -0.5), (side * (gap + 0.22), -0.45), (side * (gap + 0.3), 0.3)]
        s.poly([*palm, (side * gap, 0.35)], skin)
        for finger in range(3):
            s.line(
                [
                    (side * (gap + 0.04 + 0.08 * finger), -0.45),
                    (side * (gap + 0.02 + 0.08 * finger), -0.75),
                ],
                0.08,
                skin,
            )
        s.poly(
            [
                (side * gap, 0.3),
                (side * (gap + 0.3), 0.25),
                (side * (gap + 0.75), 0.9),
                (side * (gap + 0.35), 0.95),
            ],
            sleeve,
        )


def _helicopter(s: Stage, t: float) -> None:
    paint = s.ink(s.own[0], 0.6, 0.5)
    bob = 0.08 * math.sin(s.turn(0.4, t))
    s.disc(0.2, bob, 0.55, 0.32, paint)
    s.disc(0.45, bob - 0.05, 0.25, 0.2, s.ink(0.55, 0.3, 0.85, 1))
    s.poly([(-0.2, bob - 0.1), (-1.1, bob - 0.12), (-1.1, bob), (-0.2, bob + 0.12)], paint)
    s.box(-1.15, bob - 0.3, -1.02, bob, paint)
    s.line([(-0.2, bob + 0.42), (0.7, bob + 0.42)], 0.06, (50, 50, 52))
    s.line([(0.15, bob - 0.3), (0.15, bob - 0.45)], 0.08, (50, 50, 52))
    reach = 1.15 * abs(math.cos(s.turn(2.6, t))) + 0.08
    s.line([(0.15 - reach, bob - 0.47), (0.15 + reach, bob - 0.47)], 0.07, (60, 60, 64))


def _fire(s: Stage, t: float) -> None:
    chance = s.chance(t)
    for angle in (-0.35, 0.35):
        log = [(-0.7, 0.62), (0.7, 0.62), (0.7, 0.8), (-0.7, 0.8)]
        s.poly(_rotated(log, angle, (0, 0.7)), s.ink(0.06, 0.6, 0.3, 1))
    for hue, wide, tall in ((0.03, 0.6, 1.2), (0.08, 0.42, 0.85), (0.14, 0.24, 0.5)):
        flame: list[Point] = [(-wide, 0.65)]
        for n in range(5):
            high = tall * chance.uniform(0.45, 1) * (1 - abs(n - 2) / 4)
            flame += [(wide * (n - 2) / 2.2, 0.65 - high), (wide * (n - 1.5) / 2.2, 0.4)]
        s.poly([*flame, (wide, 0.65)], hsv(chance, hue, 0.9, 0.97))


ACTORS: dict[str, Callable[[Stage, float], None]] = {
    "bell": _bell,
    "dog": _dog,
    "rain": _rain,
    "drum": _drum,
    "car_horn": _car_horn,
    "train": _train,
    "clock": _clock,
    "bird": _bird,
    "siren": _siren,
    "waves": _waves,
    "piano": _piano,
    "applause": _applause,
    "helicopter": _helicopter,
    "fire": _fire,
}
"""For each event what draws it at a second."""

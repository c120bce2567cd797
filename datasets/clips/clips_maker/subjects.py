"""The looks of 14 everyday events, drawn as moving pictures.

A subject spans about -1..1; y runs down, its foot is at 1. `t` is the time in seconds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .brush import Brush, Colour, shade


@dataclass(frozen=True)
class Look:
    """What varies between two drawings of one event."""

    main: Colour
    second: Colour
    pace: float
    phase: float
    noise: tuple[float, ...]


Draw = Callable[[Brush, float, Look], None]
DARK, WHITE, WOOD = (35, 33, 38), (242, 240, 234), (110, 74, 44)
RED, AMBER, GLASS = (192, 48, 40), (255, 196, 64), (150, 190, 214)


def _sway(t: float, look: Look, hertz: float) -> float:
    """Return a value that swings between -1 and 1."""
    return math.sin(2 * math.pi * hertz * look.pace * t + look.phase)


def bell(brush: Brush, t: float, look: Look) -> None:
    """A bell that swings below a beam."""
    brush.box(-0.95, -0.98, 0.95, -0.8, WOOD)
    for side in (-0.9, 0.8):
        brush.box(side, -0.9, side + 0.1, 1, shade(WOOD, 0.8))
    hung = brush.turned(0, -0.8, 0.55 * _sway(t, look, 0.9))
    hung.oval(0.35 * _sway(t - 0.12, look, 0.9), 1.28, 0.12, 0.12, DARK)
    left = [(-0.12, 0.1), (-0.34, 0.28), (-0.42, 0.75), (-0.62, 1.15)]
    hung.shape(left + [(-x, y) for x, y in reversed(left)], look.main)
    hung.shape([(-0.25, 0.3), (-0.1, 0.3), (-0.2, 1.1), (-0.45, 1.1)], shade(look.main, 1.35))
    hung.box(-0.64, 1.1, 0.64, 1.2, shade(look.main, 0.75))


def dog(brush: Brush, t: float, look: Look) -> None:
    """A dog that throws its head up and opens its mouth to bark."""
    bark = max(0.0, _sway(t, look, 1.4)) ** 2
    fur, dark = look.main, shade(look.main, 0.7)
    tail = brush.turned(-0.62, 0.15, 0.35 * _sway(t, look, 2.5))
    tail.line([(0, 0), (-0.25, -0.35), (-0.28, -0.55)], 0.11, dark)
    for x, tone in ((-0.5, dark), (0.42, dark), (-0.36, fur), (0.28, fur)):
        brush.box(x, 0.3, x + 0.15, 1, tone)
    brush.oval(-0.05, 0.25, 0.68, 0.3, fur)
    head = brush.turned(0.55, -0.1, -0.35 * bark)
    head.oval(0, 0.12, 0.2, 0.32, fur)
    head.oval(0.12, -0.2, 0.3, 0.27, fur)
    head.shape([(0.3, -0.02 + 0.2 * bark), (0.62, 0.04 + 0.28 * bark), (0.25, 0.1)], dark)
    head.shape([(0.25, -0.34), (0.66, -0.18), (0.62, -0.02), (0.3, 0)], shade(fur, 1.12))
    head.oval(0.64, -0.15, 0.06, 0.05, DARK)
    head.oval(0.2, -0.28, 0.05, 0.05, DARK)
    head.oval(-0.08, -0.12, 0.12, 0.26, look.second)


def rain(brush: Brush, t: float, look: Look) -> None:
    """A dark cloud with streaks that fall below it."""
    grey, count = (94, 100, 114), len(look.noise) // 2
    for k in range(count):
        across, start = look.noise[2 * k], look.noise[2 * k + 1]
        x = -1.9 + 3.8 * across
        y = -0.7 + 2.3 * ((start + t * look.pace * (1.1 + 0.3 * across)) % 1)
        brush.line([(x, y), (x - 0.05, y + 0.24)], 0.035, (128, 164, 216))
        if y > 1.25:
            brush.oval(x, 1.45, 0.1, 0.025, (190, 208, 228))
    for x, y, wide, tone in ((-0.9, -0.9, 0.62, 1), (0.8, -0.9, 0.7, 1.05), (0, -1.05, 0.85, 1.15)):
        brush.oval(x, y, wide, 0.34, shade(grey, tone))
    brush.oval(0, -0.85, 1.4, 0.22, shade(grey, 0.85))


def drum(brush: Brush, t: float, look: Look) -> None:
    """A drum that two sticks hit in turn."""
    brush.box(-0.75, 0.1, 0.75, 0.8, look.main)
    brush.oval(0, 0.8, 0.75, 0.2, look.main)
    for k in range(6):
        x = -0.75 + 0.25 * k
        brush.line([(x, 0.12), (x + 0.125, 0.9), (x + 0.25, 0.12)], 0.03, look.second)
    brush.oval(0, 0.1, 0.78, 0.24, shade(look.second, 0.9))
    brush.oval(0, 0.08, 0.7, 0.19, WHITE)
    for side in (-1, 1):
        lift = max(0.0, side * _sway(t, look, 1.8))
        stick = brush.turned(0.85 * side, -0.35, side * (0.15 - 0.75 * lift))
        stick.line([(0.1 * side, -0.15), (-0.55 * side, 0.38)], 0.07, (214, 176, 120))
        stick.oval(-0.57 * side, 0.39, 0.08, 0.07, (232, 206, 160))


def _wheel(brush: Brush, x: float, y: float, radius: float, turn: float) -> None:
    """Draw a wheel with two spokes."""
    brush.oval(x, y, radius, radius, DARK)
    brush.oval(x, y, 0.6 * radius, 0.6 * radius, (150, 150, 156))
    spokes = brush.turned(x, y, turn)
    spokes.line([(-0.55 * radius, 0), (0.55 * radius, 0)], 0.25 * radius, DARK)


def car_horn(brush: Brush, t: float, look: Look) -> None:
    """A car that flashes its lamps."""
    flash = _sway(t, look, 1.3) > 0
    brush.shape([(-0.6, 0.25), (-0.38, -0.2), (0.28, -0.2), (0.58, 0.25)], shade(look.main, 0.85))
    brush.shape([(-0.46, 0.2), (-0.31, -0.1), (-0.04, -0.1), (-0.04, 0.2)], GLASS)
    brush.shape([(0.04, 0.2), (0.04, -0.1), (0.22, -0.1), (0.43, 0.2)], GLASS)
    brush.shape([(-1, 0.75), (-1, 0.28), (0.6, 0.2), (1, 0.36), (1, 0.75)], look.main)
    brush.box(-1, 0.6, 1, 0.66, shade(look.main, 0.6))
    for x in (-0.58, 0.6):
        _wheel(brush, x, 0.78, 0.22, 3 * t)
    if flash:
        brush.shape([(1, 0.42), (1.75, 0.2), (1.75, 0.75), (1, 0.52)], (250, 236, 160))
        brush.oval(-1, 0.45, 0.1, 0.1, (255, 90, 60))
    brush.oval(0.96, 0.46, 0.1, 0.1, AMBER if flash else (150, 140, 120))


def train(brush: Brush, t: float, look: Look) -> None:
    """A steam engine with two wagons and smoke."""
    brush.box(-4, 0.93, 4, 1.0, (92, 84, 78))
    for k in range(3):
        age = (0.9 * look.pace * t + k / 3) % 1
        tone = (200 + 10 * k, 200 + 10 * k, 205 + 10 * k)
        brush.oval(0.62 - 1.3 * age, -0.55 - 0.5 * age, 0.12 + 0.25 * age, 0.1 + 0.2 * age, tone)
    for x in (-2.3, -1.15):
        brush.box(x, 0.0, x + 1.05, 0.75, look.second)
        for k in range(3):
            brush.box(x + 0.12 + 0.3 * k, 0.12, x + 0.32 + 0.3 * k, 0.38, GLASS)
        for axle in (0.22, 0.83):
            _wheel(brush, x + axle, 0.8, 0.15, 6 * t)
    brush.box(-0.05, -0.25, 0.4, 0.75, look.main)
    brush.box(-0.1, -0.33, 0.45, -0.22, DARK)
    brush.box(0.05, -0.12, 0.3, 0.15, GLASS)
    brush.box(0.3, 0.05, 1.0, 0.65, shade(look.main, 0.85))
    brush.box(0.55, -0.4, 0.72, 0.1, DARK)
    brush.shape([(0.95, 0.6), (1.2, 0.92), (0.9, 0.92)], RED)
    for x in (0.15, 0.5, 0.82):
        _wheel(brush, x, 0.77, 0.18, 6 * t)
    rod = 0.08 * math.sin(6 * t)
    brush.line([(0.15, 0.77 + rod), (0.82, 0.77 + rod)], 0.05, (210, 210, 214))


def clock(brush: Brush, t: float, look: Look) -> None:
    """A tall clock with a swinging pendulum."""
    case = look.main
    brush.shape([(-0.5, -0.85), (0, -1.15), (0.5, -0.85)], shade(case, 0.75))
    brush.box(-0.45, -0.85, 0.45, 1, case)
    brush.box(-0.55, 0.88, 0.55, 1, shade(case, 0.7))
    brush.box(-0.3, -0.05, 0.3, 0.8, shade(case, 0.45))
    pendulum = brush.turned(0, -0.1, 0.3 * math.sin(2 * math.pi * t + look.phase))
    pendulum.line([(0, 0), (0, 0.65)], 0.04, (206, 170, 80))
    pendulum.oval(0, 0.68, 0.13, 0.13, (232, 190, 84))
    brush.oval(0, -0.45, 0.38, 0.38, shade(case, 0.6))
    brush.oval(0, -0.45, 0.33, 0.33, WHITE)
    for angle in range(0, 360, 30):
        mark = brush.turned(0, -0.45, math.radians(angle))
        mark.line([(0, -0.3), (0, -0.25)], 0.03, DARK)
    brush.turned(0, -0.45, look.phase).line([(0, 0), (0, -0.17)], 0.05, DARK)
    brush.turned(0, -0.45, 0.3 * t + look.phase * 2).line([(0, 0), (0, -0.26)], 0.03, DARK)


def bird(brush: Brush, t: float, look: Look) -> None:
    """A bird that flaps its wings."""
    flap = _sway(t, look, 1.9)
    brush = brush.turned(0, 0.08 * flap, -0.08)
    far, near = shade(look.main, 0.65), shade(look.main, 0.85)
    brush.shape([(-0.15, 0), (0.25, 0), (0.1, -0.85 * flap), (-0.3, -0.95 * flap)], far)
    brush.shape([(-0.5, 0.05), (-1, -0.12), (-0.95, 0.22)], near)
    brush.oval(0, 0.05, 0.6, 0.24, look.main)
    brush.oval(0.1, 0.15, 0.42, 0.14, look.second)
    brush.oval(0.58, -0.08, 0.22, 0.2, look.main)
    brush.shape([(0.76, -0.14), (1.05, -0.04), (0.76, 0.04)], (240, 160, 40))
    brush.oval(0.64, -0.13, 0.045, 0.045, DARK)
    brush.shape([(-0.3, 0), (0.2, 0.02), (-0.1, -1.0 * flap), (-0.55, -1.1 * flap)], near)


def siren(brush: Brush, t: float, look: Look) -> None:
    """A rescue van whose blue light turns."""
    turn = 2 * math.pi * 1.1 * look.pace * t + look.phase
    width = math.cos(turn)
    beam = (96, 150, 255)
    brush.shape([(0.05, -0.5), (1.5 * width, -0.95), (1.5 * width, -0.35)], beam)
    brush.box(-1, -0.4, 0.55, 0.72, look.main)
    brush.shape([(0.5, -0.35), (0.78, -0.3), (1.05, 0.2), (1.05, 0.72), (0.5, 0.72)], look.main)
    brush.shape([(0.58, -0.22), (0.74, -0.2), (0.93, 0.18), (0.58, 0.18)], GLASS)
    brush.box(-1, 0.22, 1.05, 0.38, look.second)
    brush.box(-0.5, -0.26, -0.36, 0.14, look.second)
    brush.box(-0.63, -0.13, -0.23, 0.01, look.second)
    for x in (-0.58, 0.62):
        _wheel(brush, x, 0.76, 0.23, 4 * t)
    brush.box(-0.12, -0.48, 0.22, -0.4, DARK)
    brush.oval(0.05, -0.55, 0.15, 0.14, (40, 90, 255) if width > 0 else (20, 40, 130))
    brush.oval(0.05 + 0.08 * width, -0.56, 0.06, 0.07, (200, 222, 255))


def waves(brush: Brush, t: float, look: Look) -> None:
    """A sea whose crests roll on, row behind row, with foam."""
    sea = look.main
    for row in range(5):
        y = -0.05 + 0.3 * row
        rise = 0.16 * (0.6 + 0.4 * math.sin(2 * math.pi * t / 3 - row + look.phase))
        drift = 0.35 * _sway(t, look, 0.3 + 0.05 * row) + look.noise[row]
        xs = [-5 + 0.12 * k for k in range(84)]
        tops = [(x, y - rise * abs(math.sin(1.7 * (x - drift) + row)) ** 1.5) for x in xs]
        brush.shape([*tops, (5, 2.2), (-5, 2.2)], shade(sea, 0.75 + 0.13 * row))
        brush.line(tops, 0.05, shade(look.second, 0.8 + 0.05 * row))


def piano(brush: Brush, t: float, look: Look) -> None:
    """A keyboard whose keys go down one after another."""
    brush.box(-1.25, -0.75, 1.25, 0.95, look.main)
    brush.box(-1.15, -0.62, 1.15, -0.05, shade(look.main, 1.4))
    brush.box(-0.55, -0.55, 0.55, -0.12, WHITE)
    for row in range(4):
        brush.line([(-0.5, -0.48 + 0.1 * row), (0.5, -0.48 + 0.1 * row)], 0.012, DARK)
    place = int(3.2 * look.pace * t + 10 * look.phase) % 18
    down = place if place < 10 else 18 - place
    for k in range(10):
        x, pressed = -1.1 + 0.22 * k, k == down
        tone = (196, 188, 170) if pressed else WHITE
        brush.box(x + 0.01, 0.02, x + 0.21, 0.86 if pressed else 0.76, tone)
        if pressed:
            brush.oval(x + 0.11, 0.62, 0.1, 0.2, (226, 176, 140))
    for k in (0, 1, 3, 4, 5, 7, 8):
        brush.box(-0.95 + 0.22 * k, 0.02, -0.82 + 0.22 * k, 0.46, DARK)
    for x in (-1.15, 1.0):
        brush.box(x, 0.95, x + 0.15, 1.3, shade(look.main, 0.7))


def applause(brush: Brush, t: float, look: Look) -> None:
    """Three pairs of hands that clap."""
    skins = ((240, 200, 170), (150, 100, 70), (205, 155, 115))
    for k, skin in enumerate(skins):
        gap = 0.05 + 0.2 * (0.5 + 0.5 * math.sin(13 * look.pace * t + look.phase + 2.1 * k))
        x, y = -0.8 + 0.8 * k, 0.1 + 0.25 * (k % 2)
        for side in (-1, 1):
            hand = brush.turned(x + side * gap, y, side * (0.25 + 0.6 * gap))
            hand.line(
                [(0.12 * side, 0.3), (0.35 * side, 1.2)], 0.26, look.main if k % 2 else look.second
            )
            hand.oval(0, 0.05, 0.14, 0.3, skin)
            for finger in range(3):
                tip = -0.06 + 0.07 * finger
                hand.line([(tip, -0.1), (tip * 1.4, -0.42)], 0.075, shade(skin, 0.94))
            hand.line([(-0.05 * side, 0.05), (-0.2 * side, -0.15)], 0.08, skin)


def helicopter(brush: Brush, t: float, look: Look) -> None:
    """A helicopter with turning rotors."""
    turn = 11.3 * look.pace * t + look.phase
    brush = brush.turned(0, 0.05 * math.sin(2 * t), 0.05)
    brush.shape([(-0.3, -0.05), (-1.3, -0.14), (-1.3, -0.02), (-0.3, 0.25)], shade(look.main, 0.8))
    brush.shape([(-1.2, -0.1), (-1.42, -0.42), (-1.25, -0.42), (-1.05, -0.1)], look.second)
    tail = brush.turned(-1.32, -0.2, 2 * turn)
    tail.line([(-0.2, 0), (0.2, 0)], 0.05, DARK)
    brush.oval(0, 0.05, 0.62, 0.4, look.main)
    brush.shape([(0.15, -0.28), (0.42, -0.22), (0.58, 0.05), (0.15, 0.05)], GLASS)
    brush.line([(-0.3, 0.4), (-0.35, 0.62)], 0.04, DARK)
    brush.line([(0.25, 0.4), (0.3, 0.62)], 0.04, DARK)
    brush.line([(-0.6, 0.63), (0.6, 0.63)], 0.05, DARK)
    brush.box(-0.05, -0.5, 0.05, -0.3, DARK)
    for shift, tone in ((0.0, DARK), (math.pi / 2, (110, 110, 116))):
        reach = 1.35 * math.cos(turn + shift)
        brush.line([(-reach, -0.5), (reach, -0.5)], 0.06, tone)


def fire(brush: Brush, t: float, look: Look) -> None:
    """Flames that flicker over logs."""
    brush.oval(0, 0.98, 0.95, 0.12, (60, 50, 46))
    for layer, tone in enumerate(((206, 62, 24), (244, 138, 30), (255, 214, 88))):
        for k in range(5):
            wild = math.sin((7 + 2 * k) * look.pace * t + 9 * look.noise[5 * layer + k])
            high = (1.55 - 0.4 * layer) * (0.72 + 0.28 * wild) * (1 - 0.16 * abs(k - 2))
            x, wide = (-0.56 + 0.28 * k) * (1 - 0.22 * layer), 0.26 - 0.05 * layer
            bend = 0.12 * math.sin(5 * t + k + look.phase)
            left = [(x - wide, 0.85), (x - 0.8 * wide, 0.85 - 0.45 * high), (x + bend, 0.9 - high)]
            brush.shape([*left, (x + 0.8 * wide, 0.85 - 0.4 * high), (x + wide, 0.85)], tone)
    brush.turned(0, 0.9, 0.16).box(-0.8, -0.09, 0.8, 0.09, WOOD)
    brush.turned(0, 0.9, -0.16).box(-0.8, -0.09, 0.8, 0.09, shade(WOOD, 0.75))


@dataclass(frozen=True)
class Subject:
    """How an event is drawn: its size in the picture, the height of its foot, its colours."""

    draw: Draw
    size: float
    height: float
    mains: tuple[Colour, ...]
    seconds: tuple[Colour, ...] = (WHITE, (226, 200, 90), (60, 60, 70))


VEHICLE = ((196, 52, 44), (48, 92, 160), (60, 120, 84), (222, 180, 60), (120, 60, 120))
FUR = ((146, 98, 58), (70, 58, 54), (222, 208, 186), (186, 128, 70))
SUBJECTS = {
    "bell": Subject(bell, 62, 0.52, ((214, 168, 48), (196, 142, 62), (230, 190, 90))),
    "dog": Subject(dog, 52, 0.64, FUR, ((90, 60, 40), (50, 42, 40), (160, 120, 86))),
    "rain": Subject(rain, 80, 0.5, ((100, 110, 124),)),
    "drum": Subject(drum, 56, 0.62, ((178, 40, 44), (44, 76, 150), (40, 120, 80))),
    "car_horn": Subject(car_horn, 58, 0.66, VEHICLE),
    "train": Subject(train, 58, 0.62, ((40, 44, 50), (36, 84, 60), (120, 36, 36)), VEHICLE),
    "clock": Subject(clock, 68, 0.56, ((120, 76, 42), (92, 52, 36), (160, 112, 66))),
    "bird": Subject(bird, 46, 0.36, ((70, 110, 180), (190, 70, 60), (86, 86, 92), (210, 170, 60))),
    "siren": Subject(siren, 58, 0.64, (WHITE, (236, 226, 160)), (RED, (230, 120, 40))),
    "waves": Subject(waves, 78, 0.6, ((46, 110, 160), (40, 130, 140), (58, 90, 140)), (WHITE,)),
    "piano": Subject(piano, 60, 0.58, ((38, 34, 36), (104, 60, 40), (150, 150, 156))),
    "applause": Subject(applause, 62, 0.56, VEHICLE, VEHICLE[::-1]),
    "helicopter": Subject(helicopter, 52, 0.34, VEHICLE, VEHICLE[::-1]),
    "fire": Subject(fire, 58, 0.6, ((206, 62, 24),)),
}


def look_of(rng: np.random.Generator, subject: Subject) -> Look:
    """Return a random drawing of a subject."""
    main = subject.mains[int(rng.integers(len(subject.mains)))]
    second = subject.seconds[int(rng.integers(len(subject.seconds)))]
    if second == main:
        second = shade(main, 0.6)
    light = float(rng.uniform(0.88, 1.12))
    noise = tuple(float(value) for value in rng.uniform(size=80))
    pace, phase = float(rng.uniform(0.85, 1.2)), float(rng.uniform(0, 6.28))
    return Look(shade(main, light), shade(second, light), pace, phase, noise)

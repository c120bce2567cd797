"""The vehicles and things, seen from the side."""

from __future__ import annotations

import numpy as np

from scenes_maker.pen import Colour, Pen, blend, ring, shade

BLACK: Colour = (30, 30, 34)
PAINTS: tuple[Colour, ...] = (
    (196, 40, 44), (36, 84, 168), (240, 196, 40), (44, 140, 84), (232, 232, 228), (120, 60, 140),
    (236, 120, 40), (60, 64, 72), (90, 180, 200), (150, 30, 60),
)  # fmt: skip


def _paint(rng: np.random.Generator) -> Colour:
    return PAINTS[int(rng.integers(len(PAINTS)))]


def _wheel(pen: Pen, x: float, r: float, hub: Colour, turn: float, spokes: int = 5) -> None:
    """Draw a wheel that stands on the ground."""
    pen.oval(x, r, r, r, BLACK)
    pen.oval(x, r, r * 0.62, r * 0.62, hub)
    for n in range(spokes):
        a = turn + 2 * np.pi * n / spokes
        pen.line(
            [(x, r), (x + r * 0.55 * np.cos(a), r + r * 0.55 * np.sin(a))],
            r * 0.1,
            shade(hub, 0.55),
        )
    pen.oval(x, r, r * 0.16, r * 0.16, shade(hub, 0.6))


def _glass(rng: np.random.Generator) -> Colour:
    return blend((150, 190, 212), (70, 96, 118), rng.random())


def car(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a car: low, with a cabin, two windows, lamps and two wheels."""
    paint, glass, roof = _paint(rng), _glass(rng), rng.uniform(-0.06, 0.06)
    pen.blob([(-1.1, 0.24), (-1.12, 0.5), (-0.98, 0.62), (-0.66, 0.66), (-0.42, 0.94 + roof),
              (0.24, 0.96 + roof),
              (0.56, 0.66), (1.0, 0.58), (1.14, 0.42), (1.1, 0.22), (0.0, 0.17)],
                        paint)  # fmt: skip
    pen.shape([(-0.56, 0.64), (-0.36, 0.87 + roof), (-0.1, 0.89 + roof), (-0.1, 0.64)], glass)
    pen.shape([(-0.03, 0.64), (-0.03, 0.89 + roof), (0.2, 0.88 + roof), (0.44, 0.64)], glass)
    pen.line([(-0.07, 0.6), (-0.07, 0.26)], 0.014, shade(paint, 0.6))
    pen.line([(-1.08, 0.46), (1.08, 0.44)], 0.02, shade(paint, 0.75))
    pen.line([(0.0, 0.54), (0.1, 0.54)], 0.025, shade(paint, 0.5))
    pen.oval(1.03, 0.47, 0.07, 0.045, (252, 240, 180))
    pen.oval(-1.07, 0.5, 0.045, 0.06, (200, 30, 30))
    pen.line([(-1.08, 0.25), (1.08, 0.23)], 0.06, shade(paint, 0.45))
    for x in (-0.64, 0.64):
        pen.oval(x, 0.24, 0.27, 0.27, shade(paint, 0.3))
        _wheel(pen, x, 0.22, (196, 198, 204), rng.uniform(0, 2))


def bus(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a bus: a long tall box with a row of windows and a door."""
    paint, glass = _paint(rng), _glass(rng)
    band = blend(paint, (255, 255, 255), 0.75) if sum(paint) < 600 else (200, 60, 50)
    pen.blob([(-1.4, 0.2), (-1.42, 0.7), (-1.4, 1.2), (-1.3, 1.27), (0.0, 1.28), (1.3, 1.27),
              (1.41, 1.16), (1.43, 0.7),
              (1.4, 0.2), (0.0, 0.18)], paint)  # fmt: skip
    pen.shape([(-1.41, 0.5), (1.42, 0.5), (1.42, 0.62), (-1.41, 0.62)], band)
    for n in range(6):
        x = -1.3 + 0.385 * n
        pen.shape([(x, 0.72), (x + 0.33, 0.72), (x + 0.33, 1.12), (x, 1.12)], glass)
        pen.shape([(x, 0.98), (x + 0.12, 1.12), (x, 1.12)], blend(glass, (255, 255, 255), 0.4))
    pen.shape([(1.03, 0.24), (1.22, 0.24), (1.22, 1.12), (1.03, 1.12)], shade(glass, 0.8))
    pen.line([(1.125, 0.26), (1.125, 1.1)], 0.02, shade(paint, 0.6))
    pen.shape([(1.28, 0.68), (1.41, 0.68), (1.39, 1.12), (1.28, 1.12)], glass)
    pen.oval(1.37, 0.36, 0.05, 0.05, (252, 240, 180))
    pen.line([(-1.38, 0.21), (1.38, 0.21)], 0.05, shade(paint, 0.45))
    for x in (-0.86, 0.72):
        pen.oval(x, 0.25, 0.27, 0.27, shade(paint, 0.3))
        _wheel(pen, x, 0.23, (190, 192, 198), rng.uniform(0, 2), 6)


def bicycle(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a bicycle: two spoked wheels, a frame, saddle, pedals and handlebars."""
    paint, metal = _paint(rng), (176, 178, 184)
    r = 0.42
    for x in (-0.62, 0.62):
        for n in range(12):
            a = np.pi * n / 6 + rng.uniform(0, 0.1)
            pen.line([(x, r), (x + r * np.cos(a), r + r * np.sin(a))], 0.012, metal)
        ring_points = [*ring(x, r, r, r), ring(x, r, r, r)[0]]
        pen.line(ring_points, 0.06, BLACK)
        pen.oval(x, r, 0.045, 0.045, metal)
    pedal, seat, front = (-0.08, 0.4), (-0.24, 0.98), (0.46, 1.0)
    for line in ((pedal, (-0.62, r)), ((-0.62, r), (-0.2, 0.84)), (pedal, seat),
                 (pedal, (0.44, 0.88)),
                 ((-0.2, 0.86), (0.44, 0.9)), (front, (0.62, r))):  # fmt: skip
        pen.line(line, 0.062, paint)
    pen.line([front, (0.44, 1.14)], 0.045, metal)
    pen.curve([(0.4, 1.2), (0.56, 1.16), (0.64, 1.06)], 0.05, BLACK)
    pen.blob([(-0.44, 1.04), (-0.22, 1.05), (-0.06, 1.0), (-0.24, 0.97)], BLACK)
    pen.oval(*pedal, 0.11, 0.11, shade(metal, 0.7))
    a = rng.uniform(0, np.pi)
    arm = (0.2 * np.cos(a), 0.2 * np.sin(a))
    for side in (-1, 1):
        end = (pedal[0] + side * arm[0], pedal[1] + side * arm[1])
        pen.line([pedal, end], 0.035, BLACK)
        pen.line([(end[0] - 0.07, end[1]), (end[0] + 0.07, end[1])], 0.045, BLACK)


def tractor(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a tractor: a large rear wheel, a small front wheel, a bonnet, a cab and an exhaust."""
    paint = PAINTS[int(rng.choice([0, 1, 3, 6]))]
    hub = (240, 206, 60) if paint != PAINTS[6] else (230, 230, 230)
    pen.line([(0.62, 0.9), (0.62, 1.36)], 0.06, (60, 60, 62))
    pen.shape([(-0.1, 0.42), (1.02, 0.42), (1.06, 0.84), (0.98, 0.92), (-0.1, 0.96)], paint)
    for n in range(4):
        pen.line([(0.86 + 0.0 * n, 0.52 + 0.08 * n), (1.03, 0.52 + 0.08 * n)], 0.03, BLACK)
    pen.line([(0.1, 0.66), (0.72, 0.64)], 0.04, shade(paint, 1.4))
    pen.shape([(-0.74, 0.84), (-0.68, 1.5), (-0.08, 1.5), (0.02, 0.94)], _glass(rng))
    for line in (
        ((-0.74, 0.84), (-0.68, 1.5)),
        ((-0.08, 1.5), (0.02, 0.94)),
        ((-0.34, 0.9), (-0.32, 1.5)),
    ):
        pen.line(line, 0.05, shade(paint, 0.7))
    pen.shape([(-0.78, 1.48), (0.0, 1.48), (-0.02, 1.6), (-0.74, 1.6)], paint)
    pen.curve(
        [(-1.08, 0.82), (-0.9, 1.08), (-0.5, 1.16), (-0.16, 1.0), (0.0, 0.7)],
        0.1,
        shade(paint, 0.85),
    )
    for x, r in ((-0.52, 0.54), (0.78, 0.3)):
        for a in np.linspace(0, 2 * np.pi, 22, endpoint=False) + rng.uniform(0, 0.3):
            pen.oval(x + r * np.cos(a), r + r * np.sin(a), 0.05, 0.05, BLACK)
        _wheel(pen, x, r, hub, rng.uniform(0, 1), 6)


def umbrella(pen: Pen, rng: np.random.Generator) -> None:
    """Draw an open umbrella: a ribbed canopy, a stick and a crooked handle."""
    paint = _paint(rng)
    other = blend(paint, (255, 255, 255), 0.7) if sum(paint) < 600 else (200, 60, 60)
    pen.line([(0.0, 1.4), (0.0, 0.18)], 0.045, (110, 76, 48))
    pen.curve([(0.0, 0.2), (0.03, 0.06), (0.14, 0.04), (0.2, 0.16)], 0.07, (92, 56, 32))
    edges = np.linspace(-0.95, 0.95, 7)
    for n in range(6):
        a, b = edges[n], edges[n + 1]
        scallop = [((a + b) / 2, 0.86), (b, 0.8)]
        rim = [(t * a, 0.8 + 0.62 * (1 - t * t)) for t in np.linspace(0, 1, 9)]
        back = [(t * b, 0.8 + 0.62 * (1 - t * t)) for t in np.linspace(1, 0, 9)]
        tone = paint if n % 2 else other
        pen.shape([*rim, *scallop, *back], shade(tone, 1.1 - 0.08 * abs(n - 2)))
    pen.line([(0.0, 1.4), (0.0, 1.54)], 0.04, (60, 44, 36))


def suitcase(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a suitcase: an upright case with ribs, a drawn-out handle, corners and wheels."""
    paint = _paint(rng)
    up = rng.uniform(0.2, 0.42)
    for x in (-0.18, 0.18):
        pen.line([(x, 1.2), (x, 1.22 + up)], 0.04, (150, 152, 158))
    pen.line([(-0.2, 1.24 + up), (0.2, 1.24 + up)], 0.08, BLACK)
    for x in (-0.36, 0.36):
        pen.oval(x, 0.08, 0.08, 0.08, BLACK)
        pen.oval(x, 0.08, 0.03, 0.03, (160, 160, 160))
    pen.blob([(-0.5, 0.14), (-0.52, 0.7), (-0.5, 1.16), (-0.44, 1.21), (0.0, 1.22),
              (0.44, 1.21), (0.5, 1.16),
              (0.52, 0.7), (0.5, 0.14), (0.44, 0.1), (0.0, 0.1), (-0.44, 0.1)], paint)  # fmt: skip
    for x in np.linspace(-0.36, 0.36, 5):
        pen.line([(x, 0.2), (x, 1.12)], 0.035, shade(paint, 0.72))
        pen.line([(x + 0.035, 0.2), (x + 0.035, 1.12)], 0.015, shade(paint, 1.3))
    pen.line([(-0.5, 0.66), (0.5, 0.66)], 0.03, shade(paint, 0.4))
    for x in (-0.44, 0.44):
        for y in (0.17, 1.15):
            pen.oval(x, y, 0.09, 0.08, shade(paint, 0.5))
    pen.curve([(-0.12, 1.2), (-0.1, 1.3), (0.1, 1.3), (0.12, 1.2)], 0.05, BLACK)
    pen.shape([(0.16, 0.72), (0.34, 0.72), (0.34, 0.92), (0.16, 0.92)], (238, 232, 210))

"""The animals, seen from the side and facing right, about one unit tall at the shoulder."""

from __future__ import annotations

import numpy as np

from scenes_maker.pen import Colour, Pen, Point, blend, ring, shade

BLACK: Colour = (28, 26, 26)
WHITE: Colour = (242, 240, 234)


def _legs(
    pen: Pen, rng: np.random.Generator, at: tuple[float, float], top: float, width: float,
    fill: Colour, foot: Colour, far: bool,
) -> list[list[Point]]:  # fmt: skip
    """Draw the two legs of one side, somewhere in a step, and return their lines."""
    found = []
    for x in at:
        swing = rng.uniform(-0.13, 0.13) * top
        knee = (x + swing * 0.3 + 0.02, top * 0.45)
        points = [(x, top), knee, (x + swing, 0.05)]
        pen.line(points, [width * 1.5, width, width * 0.85], shade(fill, 0.72) if far else fill)
        end = x + swing
        pen.oval(end + 0.02, 0.04, width * 0.62, 0.05, shade(foot, 0.7) if far else foot)
        found.append(points)
    return found


def _eye(pen: Pen, x: float, y: float, size: float = 0.022) -> None:
    pen.oval(x, y, size, size, BLACK)


def lion(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a lion: tawny, with a dark mane and a tuft on its tail."""
    coat = blend((206, 160, 88), (180, 130, 66), rng.random())
    mane = blend((112, 64, 26), (80, 42, 20), rng.random())
    head = rng.uniform(-0.06, 0.1)
    _legs(pen, rng, (-0.48, 0.34), 0.5, 0.13, coat, coat, True)
    pen.curve([(-0.66, 0.78), (-0.92, 0.66), (-1.0, 0.36), (-1.12, 0.4 + rng.uniform(-0.1, 0.2))],
              0.055, coat)  # fmt: skip
    pen.oval(-1.12, 0.42, 0.075, 0.055, mane, 40)
    pen.blob([(-0.72, 0.72), (-0.5, 0.92), (0.0, 0.86), (0.42, 0.98), (0.6, 0.7), (0.35, 0.44),
              (-0.1, 0.46), (-0.55, 0.46)], coat)  # fmt: skip
    pen.blob([(-0.5, 0.5), (0.0, 0.48), (0.4, 0.47), (0.0, 0.42)], shade(coat, 1.15))
    _legs(pen, rng, (-0.56, 0.42), 0.52, 0.14, coat, shade(coat, 1.1), False)
    x, y = 0.66, 0.95 + head
    tips = ring(x - 0.04, y - 0.02, 0.36, 0.4, 0, 30)
    jag = [(a + (a - x) * (0.14 if n % 2 else -0.04), b + (b - y) * (0.14 if n % 2 else -0.04))
           for n, (a, b) in enumerate(tips)]  # fmt: skip
    pen.blob(jag, mane)
    pen.oval(x - 0.02, y, 0.27, 0.3, shade(mane, 1.35))
    pen.oval(x - 0.1, y + 0.21, 0.07, 0.07, coat)
    pen.oval(x + 0.14, y + 0.22, 0.06, 0.06, coat)
    pen.oval(x + 0.05, y, 0.2, 0.21, shade(coat, 1.08))
    pen.blob([(x + 0.05, y), (x + 0.22, y + 0.02), (x + 0.32, y - 0.07), (x + 0.26, y - 0.17),
              (x + 0.06, y - 0.17)], shade(coat, 1.22))  # fmt: skip
    pen.oval(x + 0.3, y - 0.04, 0.045, 0.035, (70, 40, 34))
    pen.line([(x + 0.28, y - 0.12), (x + 0.16, y - 0.13)], 0.015, (90, 54, 40))
    _eye(pen, x + 0.12, y + 0.06)


def elephant(pen: Pen, rng: np.random.Generator) -> None:
    """Draw an elephant: grey and heavy, with large ears, tusks and a trunk."""
    grey = blend((136, 134, 138), (112, 106, 106), rng.random())
    _legs(pen, rng, (-0.42, 0.28), 0.6, 0.22, grey, shade(grey, 0.85), True)
    pen.curve([(-0.78, 1.0), (-0.92, 0.8), (-0.9, 0.5)], 0.04, shade(grey, 0.8))
    pen.oval(-0.9, 0.46, 0.035, 0.07, shade(grey, 0.4))
    pen.blob([(-0.8, 0.9), (-0.62, 1.24), (-0.1, 1.36), (0.4, 1.28), (0.62, 0.9), (0.4, 0.56),
              (-0.1, 0.5), (-0.62, 0.56)], grey)  # fmt: skip
    pen.blob([(-0.6, 0.62), (-0.1, 0.56), (0.4, 0.62), (-0.1, 0.48)], shade(grey, 0.85))
    _legs(pen, rng, (-0.56, 0.42), 0.62, 0.25, grey, shade(grey, 1.1), False)
    lift = rng.uniform(0.0, 0.35)
    pen.blob(
        [(0.5, 1.38), (0.76, 1.46), (0.96, 1.26), (0.96, 0.96), (0.76, 0.84), (0.5, 0.94)], grey
    )
    trunk = [(0.9, 1.14), (1.08, 0.92), (1.12, 0.62), (1.1 + lift * 0.3, 0.32 + lift * 0.4),
             (1.2 + lift, 0.24 + lift)]  # fmt: skip
    pen.curve(trunk, [0.3, 0.22, 0.17, 0.13, 0.1], grey)
    for n in range(4):
        y = 0.9 - 0.11 * n
        pen.line([(1.02 + 0.015 * n, y), (1.16, y - 0.02)], 0.012, shade(grey, 0.75))
    pen.curve([(0.92, 0.92), (1.06, 0.78), (1.26, 0.84)], [0.07, 0.055, 0.02], (240, 232, 212))
    ear = rng.uniform(-0.05, 0.08)
    pen.blob([(0.56, 1.4), (0.3 - ear, 1.46), (0.12 - ear, 1.14), (0.24 - ear, 0.78), (0.46, 0.74),
              (0.6, 1.0)], shade(grey, 0.8))  # fmt: skip
    pen.blob([(0.52, 1.32), (0.32 - ear, 1.36), (0.2 - ear, 1.12), (0.3 - ear, 0.86), (0.48, 0.84)],
             blend(shade(grey, 0.95), (170, 130, 130), 0.3))  # fmt: skip
    _eye(pen, 0.78, 1.2, 0.028)


def _striped(
    pen: Pen, outline: list[Point], step: float, lean: float, rng: np.random.Generator
) -> None:
    """Draw a white shape with dark stripes across."""
    phase = rng.uniform(0, step)

    def stripes(inner: Pen) -> None:
        for n, x in enumerate(np.arange(-1.4 + phase, 1.6, step)):
            wave = 0.03 * np.sin(n * 2.1)
            inner.curve([(x, 2.0), (x + lean + wave, 1.0), (x + lean * 0.7 - wave, 0.6), (x, 0.0)],
                        step * 0.46, BLACK)  # fmt: skip

    pen.within(lambda p: p.blob(outline, WHITE), stripes)


def _striped_legs(pen: Pen, rng: np.random.Generator, far: bool) -> None:
    """Draw two white legs with dark stripes across."""
    at = (-0.4, 0.32) if far else (-0.5, 0.4)
    for (x0, y0), (x1, y1), (x2, y2) in _legs(pen, rng, at, 0.58, 0.1, WHITE, BLACK, far):
        for share in (0.25, 0.5, 0.75):
            for (a, b), (c, d) in (((x0, y0 - 0.1), (x1, y1)), ((x1, y1), (x2, y2))):
                x, y = a + (c - a) * share, b + (d - b) * share
                pen.line([(x - 0.045, y), (x + 0.045, y + 0.01)], 0.035, BLACK)


def zebra(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a zebra: black stripes on white, an upright mane and a dark muzzle."""
    _striped_legs(pen, rng, True)
    pen.curve([(-0.66, 0.9), (-0.82, 0.72), (-0.84, 0.44)], [0.05, 0.04, 0.05], WHITE)
    pen.oval(-0.84, 0.4, 0.04, 0.1, BLACK)
    body = [(-0.7, 0.84), (-0.5, 1.02), (0.0, 0.94), (0.42, 1.0), (0.54, 0.78), (0.36, 0.54),
            (-0.1, 0.48), (-0.56, 0.56)]  # fmt: skip
    _striped(pen, body, 0.13, 0.05, rng)
    _striped_legs(pen, rng, False)
    dip = rng.uniform(-0.15, 0.1)
    neck = [(0.3, 0.96), (0.62, 1.4 + dip), (0.82, 1.38 + dip), (0.56, 0.8), (0.4, 0.7)]
    pen.curve([(0.26, 1.02), (0.44, 1.28 + dip / 2), (0.62, 1.48 + dip)], 0.1, BLACK)

    def bands(inner: Pen) -> None:
        for n in range(8):
            x, y = 0.28 + 0.06 * n, 0.86 + (0.085 + dip / 9) * n
            inner.line([(x - 0.15, y + 0.12), (x + 0.3, y - 0.14)], 0.042, BLACK)

    pen.within(lambda p: p.blob(neck, WHITE), bands)
    x, y = 0.78, 1.34 + dip
    head = [(x - 0.14, y + 0.1), (x + 0.04, y + 0.13), (x + 0.36, y - 0.1), (x + 0.38, y - 0.2),
            (x + 0.26, y - 0.24), (x - 0.04, y - 0.14)]  # fmt: skip

    def face(inner: Pen) -> None:
        for n in range(4):
            inner.line(
                [(x - 0.06 + 0.09 * n, y + 0.14 - 0.05 * n), (x - 0.0 + 0.08 * n, y - 0.2)],
                0.028,
                BLACK,
            )
        inner.oval(x + 0.35, y - 0.18, 0.11, 0.1, BLACK)

    pen.within(lambda p: p.blob(head, WHITE), face)
    pen.blob([(x - 0.1, y + 0.08), (x - 0.12, y + 0.27), (x - 0.02, y + 0.12)], WHITE)
    pen.line([(x - 0.1, y + 0.13), (x - 0.11, y + 0.22)], 0.02, BLACK)
    _eye(pen, x + 0.07, y + 0.02, 0.026)


def cow(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a cow: white with dark patches, horns, a pink muzzle and an udder."""
    patch = blend((40, 34, 32), (120, 66, 36), float(rng.random() < 0.4) * rng.uniform(0.7, 1.0))
    _legs(pen, rng, (-0.48, 0.36), 0.46, 0.12, WHITE, (60, 52, 48), True)
    pen.curve([(-0.76, 0.9), (-0.86, 0.7), (-0.84, 0.4)], 0.035, WHITE)
    pen.oval(-0.84, 0.34, 0.04, 0.09, patch)
    pen.oval(-0.36, 0.42, 0.16, 0.1, (232, 168, 160))
    body = [(-0.8, 0.9), (-0.72, 0.98), (-0.2, 0.97), (0.4, 1.0), (0.6, 0.9), (0.58, 0.6),
            (0.36, 0.42),
            (-0.2, 0.42), (-0.66, 0.48)]  # fmt: skip
    spots = [
        (rng.uniform(-0.7, -0.4), 0.84),
        (rng.uniform(-0.2, 0.1), 0.6),
        (rng.uniform(0.2, 0.5), 0.9),
    ]

    def patches(inner: Pen) -> None:
        for x, y in spots:
            wobble = [(x + rng.uniform(0.12, 0.26) * np.cos(a), y + rng.uniform(0.1,
                      0.24) * np.sin(a))
                      for a in np.linspace(0, 2 * np.pi, 8, endpoint=False)]  # fmt: skip
            inner.blob(wobble, patch)

    pen.within(lambda p: p.blob(body, WHITE), patches)
    _legs(pen, rng, (-0.58, 0.46), 0.48, 0.13, WHITE, (60, 52, 48), False)
    drop = rng.uniform(-0.3, 0.08)
    x, y = 0.86, 1.02 + drop
    pen.curve([(0.46, 0.84), (x - 0.1, y)], [0.42, 0.26], WHITE)
    pen.curve([(x - 0.04, y + 0.14), (x - 0.02, y + 0.3), (x + 0.08, y + 0.34)],
              [0.06, 0.045, 0.02],
              (214, 200, 170))  # fmt: skip
    pen.blob(
        [(x - 0.06, y + 0.12), (x - 0.26, y + 0.16), (x - 0.24, y + 0.04), (x - 0.06, y + 0.04)],
        patch,
    )
    head = [(x - 0.14, y + 0.12), (x + 0.06, y + 0.16), (x + 0.22, y - 0.04), (x + 0.3, y - 0.2),
            (x + 0.16, y - 0.28), (x - 0.08, y - 0.12)]  # fmt: skip
    pen.blob(head, patch)
    pen.blob(
        [(x + 0.06, y + 0.1), (x + 0.14, y + 0.02), (x + 0.2, y - 0.14), (x + 0.08, y - 0.1)], WHITE
    )
    pen.oval(x + 0.23, y - 0.2, 0.12, 0.09, (228, 170, 158), -40)
    pen.oval(x + 0.28, y - 0.17, 0.018, 0.018, (120, 70, 66))
    _eye(pen, x + 0.02, y + 0.03)


def giraffe(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a giraffe: a very long neck, brown patches, small horns."""
    coat, patch = (226, 190, 120), blend((150, 88, 40), (118, 70, 36), rng.random())
    _legs(pen, rng, (-0.32, 0.24), 0.74, 0.09, coat, (90, 66, 46), True)
    pen.curve([(-0.52, 1.02), (-0.64, 0.86), (-0.64, 0.62)], 0.03, coat)
    pen.oval(-0.64, 0.56, 0.03, 0.08, BLACK)
    lean = rng.uniform(-0.12, 0.22)
    body = [(-0.54, 0.94), (-0.36, 1.1), (0.1, 1.18), (0.4, 1.24), (0.48, 1.0), (0.3, 0.76),
            (-0.1, 0.7),
            (-0.44, 0.74)]  # fmt: skip
    top = (0.62 + lean, 2.06 - abs(lean) * 0.5)

    def patches(inner: Pen) -> None:
        for row in range(16):
            for col in range(12):
                x = -0.66 + 0.17 * col + 0.085 * (row % 2) + rng.uniform(-0.02, 0.02)
                y = 0.62 + 0.13 * row + rng.uniform(-0.02, 0.02)
                size = 0.068 if y < 1.25 else 0.058
                edge = [
                    (
                        x + size * rng.uniform(0.8, 1.15) * np.cos(a),
                        y + size * rng.uniform(0.7, 1.0) * np.sin(a),
                    )
                    for a in np.linspace(0, 2 * np.pi, 6, endpoint=False)
                ]
                inner.shape(edge, patch)

    def outline(outer: Pen) -> None:
        outer.blob(body, coat)
        outer.curve([(0.3, 1.06), (0.46 + lean * 0.4, 1.5), top], [0.44, 0.24, 0.16], coat)

    pen.curve(
        [(0.2, 1.3), (0.36 + lean * 0.4, 1.6), (top[0] - 0.09, top[1])], 0.06, shade(patch, 0.9)
    )
    pen.within(outline, patches)
    for leg in _legs(pen, rng, (-0.4, 0.32), 0.78, 0.1, coat, (90, 66, 46), False):
        for x, y in (leg[0], (leg[0][0], leg[0][1] - 0.16)):
            pen.oval(x, y - 0.04, 0.04, 0.05, patch)
    x, y = top
    for side in (-0.06, 0.01):
        pen.line([(x + side, y + 0.06), (x + side - 0.02, y + 0.22)], 0.03, shade(coat, 0.8))
        pen.oval(x + side - 0.02, y + 0.23, 0.03, 0.03, BLACK)
    pen.blob([(x - 0.12, y + 0.07), (x + 0.04, y + 0.11), (x + 0.3, y - 0.06), (x + 0.32, y - 0.14),
              (x + 0.18, y - 0.17), (x - 0.08, y - 0.08)], coat)  # fmt: skip
    pen.oval(x + 0.28, y - 0.11, 0.07, 0.055, shade(coat, 0.75))
    pen.blob([(x - 0.1, y + 0.06), (x - 0.26, y + 0.12), (x - 0.12, y + 0.0)], shade(coat, 0.85))
    _eye(pen, x + 0.06, y + 0.02, 0.024)


def penguin(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a penguin: upright, black and white, with an orange beak and feet."""
    black, orange = blend((30, 32, 40), (46, 52, 70), rng.random()), (238, 150, 40)
    turn = rng.uniform(-0.06, 0.1)
    for x in (-0.16, 0.14):
        pen.blob([(x - 0.12, 0.02), (x, 0.12), (x + 0.24, 0.03), (x + 0.08, 0.0)], orange)
    wing = rng.uniform(0.0, 0.3)
    pen.curve(
        [(-0.26, 1.0), (-0.46 - wing, 0.72), (-0.48 - wing, 0.46 + wing * 0.6)],
        [0.18, 0.17, 0.06],
        black,
    )
    pen.blob([(-0.3, 1.08), (0.0, 1.26), (0.3, 1.08), (0.42, 0.6), (0.3, 0.14), (0.0, 0.06),
              (-0.32, 0.14),
              (-0.44, 0.6)], black)  # fmt: skip
    pen.blob([(-0.06, 1.06), (0.14, 1.1), (0.34, 0.9), (0.38, 0.55), (0.26, 0.18), (0.02, 0.12),
              (-0.18, 0.4),
              (-0.18, 0.8)], WHITE)  # fmt: skip
    pen.blob([(0.0, 1.04), (0.16, 1.12), (0.3, 0.98), (0.14, 0.94)], (246, 206, 96))
    pen.oval(0.06 + turn, 1.3, 0.24, 0.23, black)
    pen.oval(0.02 + turn, 1.22, 0.07, 0.13, (248, 190, 70), 15)
    pen.shape([(0.24 + turn, 1.38), (0.52 + turn, 1.27), (0.26 + turn, 1.23)], orange)
    pen.oval(0.16 + turn, 1.37, 0.05, 0.05, WHITE)
    _eye(pen, 0.17 + turn, 1.37, 0.028)
    pen.curve([(0.28, 1.02), (0.44 + wing * 0.6, 0.78), (0.46 + wing * 0.7, 0.5 + wing * 0.5)],
              [0.16, 0.15, 0.05],
              shade(black, 1.25))  # fmt: skip

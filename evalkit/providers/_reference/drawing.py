"""A pen that draws polygons of labelled material: the drawing primitives of the training world."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

Point = tuple[float, float]

EMPTY, BODY, SHADE, LIGHT, TRIM, METAL = range(6)
"""Inks: nothing, the object's own colour, the same darker, the same lighter, and two fittings."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an object lies: an affine map from object units, about -1 to 1, to canvas shares."""

    xx: float
    xy: float
    yx: float
    yy: float
    x: float
    y: float

    @classmethod
    def jittered(cls, rng: random.Random, strength: float) -> Frame:
        """A frame of random scale, place, tilt, aspect and mirror; `strength` 1 is as trained."""
        angle = math.radians(rng.gauss(0, 7) * strength)
        scale = rng.uniform(0.27, 0.46)
        stretch = math.exp(rng.uniform(-0.13, 0.13) * strength)
        shear = rng.gauss(0, 0.05) * strength
        flip = rng.choice((-1.0, 1.0))
        cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
        shift = 0.07 * strength
        return cls(
            flip * cos * stretch,
            shear * scale - sin / stretch,
            flip * sin * stretch,
            cos / stretch,
            0.5 + rng.uniform(-shift, shift),
            0.5 + rng.uniform(-shift, shift),
        )

    def place(self, point: Point) -> Point:
        """The canvas share at which an object point lies."""
        x, y = point
        return self.xx * x + self.xy * y + self.x, self.yx * x + self.yy * y + self.y


class Pen:
    """Draws inked polygons on a label canvas of `size` x `size` pixels (mode L)."""

    def __init__(self, rng: random.Random, size: int, frame: Frame) -> None:
        self.rng = rng
        self.size = size
        self.frame = frame
        self.canvas = Image.new("L", (size, size), EMPTY)
        self._draw = ImageDraw.Draw(self.canvas)

    def u(self, low: float, high: float) -> float:
        """A uniform random number, for the measures of a silhouette."""
        return self.rng.uniform(low, high)

    def odds(self, share: float) -> bool:
        """True with probability `share`."""
        return self.rng.random() < share

    def poly(self, points: Sequence[Point], ink: int = BODY) -> None:
        """Fill a polygon given in object units."""
        self._draw.polygon(self._pixels(points), fill=ink)

    def blob(self, points: Sequence[Point], ink: int = BODY) -> None:
        """Fill the smooth closed curve through the points."""
        self.poly(smooth(points, closed=True), ink)

    def disc(self, x: float, y: float, rx: float, ry: float, ink: int = BODY) -> None:
        """Fill an ellipse."""
        self.poly(ellipse(x, y, rx, ry), ink)

    def box(self, x0: float, y0: float, x1: float, y1: float, ink: int = BODY) -> None:
        """Fill a rectangle."""
        self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], ink)

    def pillow(
        self, x0: float, y0: float, x1: float, y1: float, radius: float, ink: int = BODY
    ) -> None:
        """Fill a rectangle with rounded corners."""
        corners = ((x1, y0, -90.0), (x1, y1, 0.0), (x0, y1, 90.0), (x0, y0, 180.0))
        points: list[Point] = []
        for x, y, start in corners:
            cx = x + (radius if x == x0 else -radius)
            cy = y + (radius if y == y0 else -radius)
            points += ellipse(cx, cy, radius, radius, start, start + 90.0)
        self.poly(points, ink)

    def line(self, points: Sequence[Point], width: float, ink: int = BODY) -> None:
        """Draw a polyline of a width in object units."""
        scale = math.sqrt(abs(self.frame.xx * self.frame.yy - self.frame.xy * self.frame.yx))
        pixels = max(1, round(width * scale * self.size))
        self._draw.line(self._pixels(points), fill=ink, width=pixels, joint="curve")

    def arc(
        self,
        centre: Point,
        radii: Point,
        span: Point,
        width: float,
        ink: int = BODY,
    ) -> None:
        """Draw part of an ellipse's outline; `span` in degrees, 0 to the right and 90 downwards."""
        self.line(ellipse(*centre, *radii, *span), width, ink)

    def lathe(self, profile: Sequence[Point], ink: int = BODY, *, curved: bool = True) -> None:
        """Fill a turned shape from its (height, half width) profile, top to bottom."""
        side = [(width, height) for height, width in profile]
        side = smooth(side, closed=False) if curved else side
        self.poly(side + [(-x, y) for x, y in reversed(side)], ink)

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        placed = (self.frame.place(point) for point in points)
        return [(x * self.size, y * self.size) for x, y in placed]


def ellipse(
    x: float, y: float, rx: float, ry: float, start: float = 0.0, stop: float = 360.0
) -> list[Point]:
    """Points along an ellipse from one angle to another, in degrees."""
    steps = max(4, round(abs(stop - start) / 12))
    angles = (math.radians(start + (stop - start) * i / steps) for i in range(steps + 1))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def smooth(points: Sequence[Point], *, closed: bool, steps: int = 5) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    n = len(points)
    curve: list[Point] = []
    for i in range(n if closed else n - 1):
        if closed:
            knots = [points[(i + k) % n] for k in (-1, 0, 1, 2)]
        else:
            knots = [points[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2)]
        curve += [_catmull(knots, s / steps) for s in range(steps)]
    return curve if closed else [*curve, points[-1]]


def _catmull(knots: Sequence[Point], t: float) -> Point:
    a, b, c, d = knots
    weights = (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (-(t**2) + t**3) / 2,
    )
    columns = zip(a, b, c, d, strict=True)
    x, y = (sum(w * v for w, v in zip(weights, column, strict=True)) for column in columns)
    return x, y

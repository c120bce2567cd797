"""Draws shapes in the coordinates of a subject that is placed, scaled, mirrored and turned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker (below one) or lighter (above one)."""
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


@dataclass(frozen=True)
class Brush:
    """A pen whose unit is `size` pixels, about the point (x, y), turned by `angle` radians."""

    draw: ImageDraw.ImageDraw
    x: float
    y: float
    size: float
    flip: int = 1
    angle: float = 0.0

    def at(self, x: float, y: float) -> Point:
        """Return where a point of the subject lies on the canvas."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turned = (x * cos - y * sin, x * sin + y * cos)
        return self.x + self.flip * self.size * turned[0], self.y + self.size * turned[1]

    def turned(self, x: float, y: float, angle: float) -> Brush:
        """Return a pen about a point of this one, turned by more radians."""
        across, down = self.at(x, y)
        return replace(self, x=across, y=down, angle=self.angle + angle)

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self.draw.polygon([self.at(*point) for point in points], fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Fill a rectangle."""
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def oval(self, x: float, y: float, wide: float, high: float, fill: Colour) -> None:
        """Fill an ellipse with the given radii."""
        steps = [2 * math.pi * k / 28 for k in range(28)]
        self.shape([(x + wide * math.cos(a), y + high * math.sin(a)) for a in steps], fill)

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """Draw a line with round joints; its width is in units of the subject."""
        pixels = max(1, round(width * self.size))
        self.draw.line([self.at(*p) for p in points], fill=fill, width=pixels, joint="curve")

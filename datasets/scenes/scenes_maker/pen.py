"""A pen that draws in units of its own: x to the right, y up from the ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker (below 1) or lighter (above 1)."""
    red, green, blue = (int(min(255, max(0, c * factor))) for c in colour)
    return red, green, blue


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """Return a mix of two colours."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Pen:
    """Draws shapes on a square layer of `size` pixels."""

    def __init__(
        self, size: int, at: Point, scale: float, flip: bool = False, turn: float = 0.0
    ) -> None:
        self.layer = Image.new("RGBA", (size, size))
        self._draw = ImageDraw.Draw(self.layer)
        self._at, self._scale, self._flip, self._turn = at, scale, flip, np.deg2rad(turn)

    def _put(self, points: Sequence[Point]) -> list[Point]:
        """Return points in pixels."""
        cos, sin = np.cos(self._turn), np.sin(self._turn)
        turned = [(x * cos - y * sin, x * sin + y * cos) for x, y in points]
        side = -1.0 if self._flip else 1.0
        return [
            (self._at[0] + side * x * self._scale, self._at[1] - y * self._scale) for x, y in turned
        ]

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Draw a polygon with straight sides."""
        self._draw.polygon(self._put(points), fill=(*fill, 255))

    def blob(self, points: Sequence[Point], fill: Colour) -> None:
        """Draw a closed shape whose outline runs smoothly through the points."""
        self.shape(smooth(points), fill)

    def oval(
        self, x: float, y: float, rx: float, ry: float, fill: Colour, turn: float = 0.0
    ) -> None:
        """Draw an ellipse around a point, turned by degrees."""
        self.shape(ring(x, y, rx, ry, turn), fill)

    def line(self, points: Sequence[Point], width: float | Sequence[float], fill: Colour) -> None:
        """Draw a line with round ends, of one width or of a width at each point."""
        widths = list(width) if isinstance(width, Sequence) else [width] * len(points)
        for (x, y), w in zip(points, widths, strict=True):
            self.oval(x, y, w / 2, w / 2, fill)
        for n in range(len(points) - 1):
            (x0, y0), (x1, y1) = points[n], points[n + 1]
            length = max(np.hypot(x1 - x0, y1 - y0), 1e-9)
            nx, ny = -(y1 - y0) / length / 2, (x1 - x0) / length / 2
            a, b = widths[n], widths[n + 1]
            corners = [(x0 + nx * a, y0 + ny * a), (x1 + nx * b, y1 + ny * b),
                       (x1 - nx * b, y1 - ny * b), (x0 - nx * a, y0 - ny * a)]  # fmt: skip
            self.shape(corners, fill)

    def curve(self, points: Sequence[Point], width: float | Sequence[float], fill: Colour) -> None:
        """Draw a line that runs smoothly through the points."""
        path = smooth(points, closed=False)
        if isinstance(width, Sequence):
            at = np.linspace(0, len(width) - 1, len(path))
            self.line(path, np.interp(at, range(len(width)), width).tolist(), fill)
        else:
            self.line(path, width, fill)

    def within(self, outline: Callable[[Pen], None], inside: Callable[[Pen], None]) -> None:
        """Draw an outline, and what lies inside only where the outline is."""
        whole, part = self._twin(), self._twin()
        outline(whole)
        inside(part)
        part.layer.putalpha(
            ImageChops.multiply(part.layer.getchannel("A"), whole.layer.getchannel("A"))
        )
        whole.layer.alpha_composite(part.layer)
        self.layer.alpha_composite(whole.layer)

    def _twin(self) -> Pen:
        """Return a pen like this one on an empty layer."""
        other = Pen(self.layer.width, self._at, self._scale, self._flip)
        other._turn = self._turn
        return other


def ring(
    x: float, y: float, rx: float, ry: float, turn: float = 0.0, count: int = 40
) -> list[Point]:
    """Return the points of an ellipse."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    return [
        (
            x + rx * np.cos(a) * cos - ry * np.sin(a) * sin,
            y + rx * np.cos(a) * sin + ry * np.sin(a) * cos,
        )
        for a in angles
    ]


def smooth(points: Sequence[Point], closed: bool = True, steps: int = 8) -> list[Point]:
    """Return points on a Catmull-Rom curve through the given ones."""
    if closed:
        known = [points[-1], *points, points[0], points[1]]
    else:
        known = [points[0], *points, points[-1]]
    found: list[Point] = []
    for n in range(1, len(known) - 2):
        p = np.array(known[n - 1 : n + 3], float)
        for t in np.linspace(0, 1, steps, endpoint=False):
            basis = np.array([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3,
                              t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]) / 2  # fmt: skip
            x, y = basis @ p
            found.append((float(x), float(y)))
    return found if closed else [*found, points[-1]]

"""Flat drawings of simple things, each within a unit square."""

import math
from collections.abc import Callable, Sequence

from PIL import ImageDraw

COLOURS = {
    "red": "#cc2b2b",
    "blue": "#2a5bd0",
    "green": "#2f9440",
    "yellow": "#f2cd2e",
    "black": "#1e1e1e",
    "white": "#fdfdfd",
    "purple": "#7d3fb0",
    "brown": "#7d4f2a",
    "pink": "#f08bb4",
    "grey": "#8d9196",
    "orange": "#ee8322",
}
_EDGE = "#333333"
Point = tuple[float, float]


class Pen:
    """Draws in fractions of a square whose upper left corner lies at (x, y)."""

    def __init__(self, draw: ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
        self._draw, self._x, self._y, self._size = draw, x, y, size
        self._line = max(1, round(size / 50))

    def within(self, x: float, y: float, size: float) -> "Pen":
        """Return a pen for a smaller square, in fractions of this one."""
        at = self._x + x * self._size, self._y + y * self._size
        return Pen(self._draw, *at, size * self._size)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(self._x + a * self._size, self._y + b * self._size) for a, b in points]

    def box(self, a: float, b: float, c: float, d: float, fill: str) -> None:
        """Draw a rectangle from (a, b) to (c, d)."""
        self._draw.rectangle(self._at([(a, b), (c, d)]), fill, _EDGE, self._line)

    def disc(self, a: float, b: float, r: float, fill: str, squash: float = 1.0) -> None:
        """Draw an ellipse around (a, b), r wide to each side and r * squash high."""
        corners = self._at([(a - r, b - r * squash), (a + r, b + r * squash)])
        self._draw.ellipse(corners, fill, _EDGE, self._line)

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """Draw a closed shape."""
        self._draw.polygon(self._at(points), fill, _EDGE, self._line)

    def line(self, points: Sequence[Point], fill: str = _EDGE, width: float = 0.03) -> None:
        """Draw a line through points."""
        self._draw.line(self._at(points), fill, max(1, round(width * self._size)), "curve")

    def bow(self, at: Point, r: float, turn: tuple[int, int], fill: str, width: float) -> None:
        """Draw a part of a circle, in degrees clockwise from three o'clock."""
        corners = self._at([(at[0] - r, at[1] - r), (at[0] + r, at[1] + r)])
        self._draw.arc(corners, *turn, fill, max(2, round(width * self._size)))


Draw = Callable[[Pen, str], None]


def cup(pen: Pen, fill: str) -> None:
    """A cup with a handle."""
    pen.bow((0.72, 0.55), 0.17, (-90, 90), fill, 0.06)
    pen.shape([(0.2, 0.3), (0.72, 0.3), (0.66, 0.85), (0.26, 0.85)], fill)


def plate(pen: Pen, fill: str) -> None:
    """A plate from above."""
    pen.disc(0.5, 0.55, 0.42, fill)
    pen.disc(0.5, 0.55, 0.26, fill)


def ball(pen: Pen, fill: str) -> None:
    """A ball with a seam."""
    pen.disc(0.5, 0.55, 0.36, fill)
    pen.bow((0.2, 0.55), 0.36, (-50, 50), "#ffffff", 0.03)


def box(pen: Pen, fill: str) -> None:
    """A parcel with a lid."""
    pen.box(0.14, 0.35, 0.86, 0.88, fill)
    pen.box(0.1, 0.22, 0.9, 0.38, fill)


def hat(pen: Pen, fill: str) -> None:
    """A hat with a brim."""
    pen.shape([(0.28, 0.65), (0.33, 0.25), (0.67, 0.25), (0.72, 0.65)], fill)
    pen.disc(0.5, 0.7, 0.46, fill, 0.22)


def book(pen: Pen, fill: str) -> None:
    """A closed book."""
    pen.box(0.22, 0.15, 0.8, 0.88, fill)
    pen.line([(0.3, 0.15), (0.3, 0.88)])
    pen.box(0.42, 0.28, 0.7, 0.4, fill)


def vase(pen: Pen, fill: str) -> None:
    """A vase with a neck."""
    outline = [(0.4, 0.12), (0.6, 0.12), (0.58, 0.34), (0.76, 0.6), (0.62, 0.9)]
    pen.shape([*outline, (0.38, 0.9), (0.24, 0.6), (0.42, 0.34)], fill)


def chair(pen: Pen, fill: str) -> None:
    """A chair from the side."""
    pen.box(0.22, 0.1, 0.32, 0.9, fill)
    pen.box(0.22, 0.5, 0.78, 0.62, fill)
    pen.box(0.68, 0.6, 0.78, 0.9, fill)


def bottle(pen: Pen, fill: str) -> None:
    """A bottle."""
    side = [(0.43, 0.08), (0.57, 0.08), (0.57, 0.32), (0.7, 0.46), (0.7, 0.92)]
    pen.shape([*side, (0.3, 0.92), (0.3, 0.46), (0.43, 0.32)], fill)


def lamp(pen: Pen, fill: str) -> None:
    """A table lamp with a shade."""
    pen.box(0.47, 0.45, 0.53, 0.85, "#b9b4a8")
    pen.disc(0.5, 0.87, 0.2, "#b9b4a8", 0.25)
    pen.shape([(0.36, 0.12), (0.64, 0.12), (0.82, 0.5), (0.18, 0.5)], fill)


def bird(pen: Pen, fill: str) -> None:
    """A bird from the side."""
    pen.shape([(0.05, 0.5), (0.3, 0.5), (0.25, 0.68)], fill)
    pen.disc(0.48, 0.56, 0.28, fill, 0.75)
    pen.disc(0.72, 0.36, 0.16, fill)
    pen.shape([(0.86, 0.32), (0.99, 0.38), (0.86, 0.43)], "#ee8322")
    pen.disc(0.76, 0.33, 0.03, "#ffffff")
    pen.line([(0.45, 0.76), (0.45, 0.92)])
    pen.line([(0.55, 0.76), (0.55, 0.92)])


def apple(pen: Pen, fill: str) -> None:
    """An apple with a stalk."""
    pen.disc(0.5, 0.58, 0.34, fill)
    pen.line([(0.5, 0.26), (0.56, 0.08)])
    pen.shape([(0.56, 0.18), (0.72, 0.06), (0.76, 0.2)], "#2f9440")


def star(pen: Pen, fill: str) -> None:
    """A star with five points."""
    turns = [math.pi * n / 5 - math.pi / 2 for n in range(10)]
    radii = [0.44 if n % 2 == 0 else 0.18 for n in range(10)]
    ends = zip(turns, radii, strict=True)
    pen.shape([(0.5 + r * math.cos(t), 0.52 + r * math.sin(t)) for t, r in ends], fill)


def fish(pen: Pen, fill: str) -> None:
    """A fish from the side."""
    pen.shape([(0.66, 0.5), (0.95, 0.28), (0.95, 0.72)], fill)
    pen.disc(0.42, 0.5, 0.34, fill, 0.62)
    pen.disc(0.22, 0.44, 0.035, "#ffffff")


def candle(pen: Pen, fill: str) -> None:
    """A burning candle."""
    pen.box(0.38, 0.36, 0.62, 0.92, fill)
    pen.shape([(0.5, 0.05), (0.58, 0.24), (0.5, 0.33), (0.42, 0.24)], "#f6b02c")


def leaf(pen: Pen, fill: str) -> None:
    """A leaf with a vein."""
    upper = [(0.1, 0.8), (0.2, 0.4), (0.5, 0.15), (0.88, 0.12)]
    pen.shape([*upper, (0.85, 0.5), (0.6, 0.78), (0.3, 0.86)], fill)
    pen.line([(0.03, 0.92), (0.8, 0.2)])


def balloon(pen: Pen, fill: str) -> None:
    """A balloon on a string."""
    pen.line([(0.5, 0.65), (0.46, 0.8), (0.53, 0.97)], width=0.02)
    pen.disc(0.5, 0.37, 0.28, fill, 1.15)


def button(pen: Pen, fill: str) -> None:
    """A button with four holes."""
    pen.disc(0.5, 0.5, 0.38, fill)
    for a in (0.4, 0.6):
        for b in (0.4, 0.6):
            pen.disc(a, b, 0.055, "#ffffff")


_LARGE = (cup, plate, ball, box, hat, book, vase, chair, bottle, lamp)
_SMALL = (bird, apple, star, fish, candle, leaf, balloon, button)
THINGS: dict[str, Draw] = {made.__name__: made for made in (*_LARGE, *_SMALL)}

"""Draws small badges: tools, kitchen things, round and jagged shapes, warm and cool colours."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

PIXELS = 96
_FINE = 4 * PIXELS
INK, GROUND = "#2b3440", "#eef1f4"
_SEED = 20266

PICTURES = {
    "tools": ["hammer", "saw", "drill", "wrench", "screwdriver", "chisel", "pliers", "file"],
    "household": ["broom", "iron", "apron", "saucepan", "mop", "needle", "sieve", "rolling pin"],
    "round": [f"round {n}" for n in range(8)],
    "jagged": [f"jagged {n}" for n in range(8)],
    "warm colours": [f"warm {n}" for n in range(8)],
    "cool colours": [f"cool {n}" for n in range(8)],
}
_WARM = ("#d62f1f", "#f2601d", "#f7941d", "#f9c22e", "#c81d25", "#e8743b", "#b5301a", "#ffb000")
_COOL = ("#1f5fd6", "#1d9bf2", "#1dc9d0", "#2e6ff9", "#1d3fc8", "#3ba7e8", "#1a4bb5", "#00b3c7")
Point = tuple[float, float]


class Pen:
    """Draws on a square of 100 by 100."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        """Draw with a drawing."""
        self.draw, self.scale = draw, _FINE / 100

    def at(self, *points: Point) -> list[Point]:
        """Return points of the square in pixels."""
        return [(x * self.scale, y * self.scale) for x, y in points]

    def line(self, *points: Point, wide: float = 5) -> None:
        """Draw a line with round ends through points."""
        self.draw.line(self.at(*points), INK, round(wide * self.scale), joint="curve")
        for x, y in points:
            self.disc(x, y, wide / 2)

    def shape(self, *points: Point, fill: str = INK) -> None:
        """Fill a polygon."""
        self.draw.polygon(self.at(*points), fill)

    def disc(self, x: float, y: float, r: float, fill: str = INK) -> None:
        """Fill a disc."""
        self.oval(x - r, y - r, x + r, y + r, fill)

    def oval(self, left: float, top: float, right: float, bottom: float, fill: str = INK) -> None:
        """Fill an ellipse."""
        self.draw.ellipse(self.at((left, top), (right, bottom)), fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: str = INK) -> None:
        """Fill a rectangle."""
        self.shape((left, top), (right, top), (right, bottom), (left, bottom), fill=fill)

    def ring(self, x: float, y: float, r: float, wide: float = 5) -> None:
        """Draw a circle."""
        self.disc(x, y, r)
        self.disc(x, y, r - wide, GROUND)


def picture(name: str) -> Image.Image:
    """Return a badge as an image of 96 by 96."""
    image = Image.new("RGB", (_FINE, _FINE), GROUND)
    pen = Pen(ImageDraw.Draw(image))
    kind, _, number = name.rpartition(" ")
    if kind in _SHAPES:
        _SHAPES[kind](pen, int(number))
    else:
        THINGS[name](pen)
    return image.resize((PIXELS, PIXELS), Image.Resampling.LANCZOS)


def _round(pen: Pen, number: int) -> None:
    """Draw a shape of soft lobes."""
    lobes, deep = 2 + number, 5 + number % 3 * 2
    angles = [math.tau * n / 180 for n in range(180)]
    pen.shape(*(_polar(a, 32 + deep * math.cos(lobes * a)) for a in angles), fill=_grey(number))


def _jagged(pen: Pen, number: int) -> None:
    """Draw a star of uneven points."""
    rng = random.Random(_SEED + number)
    points = 2 * (5 + number)
    radii = [rng.uniform(36, 42) if n % 2 else rng.uniform(14, 22) for n in range(points)]
    around = [_polar(math.tau * n / points, r) for n, r in enumerate(radii)]
    pen.shape(*around, fill=_grey(number))


def _colour(colours: tuple[str, ...]) -> Callable[[Pen, int], None]:
    """Return what draws a badge of one of some colours, of another form for every number."""

    def draw(pen: Pen, number: int) -> None:
        sides = (3, 4, 5, 6, 8, 40)[number % 6]
        turn = math.pi / sides * (number // 6)
        around = [_polar(math.tau * n / sides + turn, 40) for n in range(sides)]
        pen.shape(*around, fill=colours[number])

    return draw


def _polar(angle: float, radius: float) -> Point:
    """Return a point around the middle."""
    return 50 + radius * math.sin(angle), 50 - radius * math.cos(angle)


def _grey(number: int) -> str:
    """Return one of eight greys."""
    return f"#{28 + 12 * number:02x}{34 + 12 * number:02x}{44 + 12 * number:02x}"


def _hammer(pen: Pen) -> None:
    """Draw a hammer."""
    pen.line((50, 30), (50, 88), wide=8)
    pen.shape((24, 16), (66, 16), (80, 28), (66, 34), (24, 34))


def _saw(pen: Pen) -> None:
    """Draw a saw."""
    teeth = [(84 - 4.5 * n, 52 if n % 2 else 60) for n in range(13)]
    pen.shape((30, 36), (86, 46), *teeth, (30, 60))
    pen.ring(22, 50, 14)


def _drill(pen: Pen) -> None:
    """Draw a drill."""
    pen.box(24, 28, 66, 48)
    pen.shape((30, 48), (46, 48), (42, 82), (26, 82))
    pen.line((66, 38), (90, 38), wide=4)


def _wrench(pen: Pen) -> None:
    """Draw a wrench."""
    pen.line((34, 66), (66, 34), wide=9)
    for x, y in ((28, 72), (72, 28)):
        pen.ring(x, y, 15, 8)
    pen.shape((72, 28), (92, 16), (84, 8), fill=GROUND)


def _screwdriver(pen: Pen) -> None:
    """Draw a screwdriver."""
    pen.box(40, 10, 60, 46)
    pen.line((50, 46), (50, 78), wide=5)
    pen.shape((44, 76), (56, 76), (54, 90), (46, 90))


def _chisel(pen: Pen) -> None:
    """Draw a chisel."""
    pen.oval(40, 8, 60, 44)
    pen.shape((43, 44), (57, 44), (57, 82), (43, 92))


def _pliers(pen: Pen) -> None:
    """Draw pliers."""
    pen.line((36, 90), (42, 60), (62, 22), wide=7)
    pen.line((64, 90), (58, 60), (38, 22), wide=7)
    pen.disc(50, 46, 9)


def _file(pen: Pen) -> None:
    """Draw a file with its cuts."""
    pen.shape((40, 12), (60, 12), (60, 66), (40, 66))
    for y in range(18, 64, 7):
        pen.draw.line(pen.at((41, y + 4), (59, y - 2)), GROUND, round(2 * pen.scale))
    pen.oval(43, 64, 57, 92)


def _broom(pen: Pen) -> None:
    """Draw a broom."""
    pen.line((50, 8), (50, 56), wide=5)
    pen.shape((38, 54), (62, 54), (76, 90), (24, 90))
    for x in (34, 44, 54, 64):
        pen.draw.line(pen.at((50 + (x - 50) * 0.5, 62), (x, 90)), GROUND, round(2 * pen.scale))


def _iron(pen: Pen) -> None:
    """Draw an iron."""
    pen.shape((10, 76), (30, 48), (88, 48), (88, 76))
    pen.line((40, 48), (46, 26), (80, 26), (82, 48), wide=6)


def _apron(pen: Pen) -> None:
    """Draw an apron."""
    pen.shape((38, 26), (62, 26), (64, 46), (80, 52), (76, 90), (24, 90), (20, 52), (36, 46))
    pen.line((38, 26), (44, 12), (56, 12), (62, 26), wide=3)
    pen.box(40, 60, 60, 74, GROUND)


def _saucepan(pen: Pen) -> None:
    """Draw a saucepan."""
    pen.box(14, 42, 64, 76)
    pen.line((64, 48), (92, 40), wide=6)
    pen.line((12, 38), (66, 38), wide=4)


def _mop(pen: Pen) -> None:
    """Draw a mop."""
    pen.line((50, 6), (50, 54), wide=5)
    for x in (22, 33, 44, 56, 67, 78):
        pen.line((50, 56), (x, 88), wide=7)


def _needle(pen: Pen) -> None:
    """Draw a needle and its thread."""
    pen.line((22, 78), (76, 24), wide=3)
    pen.ring(77, 23, 7, 3)
    pen.line((80, 26), (88, 48), (66, 60), (80, 84), wide=2)


def _sieve(pen: Pen) -> None:
    """Draw a sieve."""
    pen.ring(40, 44, 30, 4)
    for n in (28, 40, 52):
        pen.line((n, 24), (n, 64), wide=1.5)
        pen.line((20, n + 4), (60, n + 4), wide=1.5)
    pen.line((62, 66), (86, 90), wide=6)


def _rolling_pin(pen: Pen) -> None:
    """Draw a rolling pin."""
    pen.line((12, 88), (88, 12), wide=5)
    pen.line((32, 68), (68, 32), wide=20)


_SHAPES: dict[str, Callable[[Pen, int], None]] = {
    "round": _round,
    "jagged": _jagged,
    "warm": _colour(_WARM),
    "cool": _colour(_COOL),
}
THINGS: dict[str, Callable[[Pen], None]] = {
    "hammer": _hammer, "saw": _saw, "drill": _drill, "wrench": _wrench,
    "screwdriver": _screwdriver, "chisel": _chisel, "pliers": _pliers, "file": _file,
    "broom": _broom, "iron": _iron, "apron": _apron, "saucepan": _saucepan, "mop": _mop,
    "needle": _needle, "sieve": _sieve, "rolling pin": _rolling_pin,
}  # fmt: skip

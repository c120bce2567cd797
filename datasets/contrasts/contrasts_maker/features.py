"""Drawings of things that may lack a part: a table without its lamp, a face without a beard."""

from contrasts_maker import shapes
from contrasts_maker.shapes import COLOURS, Draw, Pen

_SKIN, _WOOD, _GLASS = "#f3d2b0", "#7d4f2a", "#bfe3f2"


def table(pen: Pen, fill: str) -> None:
    """A table."""
    pen.box(0.12, 0.55, 0.88, 0.62, fill)
    pen.box(0.18, 0.62, 0.24, 0.95, fill)
    pen.box(0.76, 0.62, 0.82, 0.95, fill)


def house(pen: Pen, fill: str) -> None:
    """The walls and the roof of a house."""
    pen.box(0.22, 0.5, 0.78, 0.92, fill)
    pen.shape([(0.14, 0.5), (0.5, 0.2), (0.86, 0.5)], "#9c4a34")


def crown(pen: Pen, fill: str) -> None:
    """The crown of a tree."""
    for a, b, r in ((0.35, 0.42, 0.2), (0.65, 0.42, 0.2), (0.5, 0.27, 0.2), (0.5, 0.48, 0.2)):
        pen.disc(a, b, r, fill)


def tree(pen: Pen, fill: str) -> None:
    """A tree."""
    trunk(pen, fill)
    crown(pen, fill)


def cake(pen: Pen, fill: str) -> None:
    """A cake on a dish."""
    pen.disc(0.5, 0.86, 0.44, "#e4e4e4", 0.14)
    pen.box(0.2, 0.5, 0.8, 0.84, fill)
    pen.box(0.2, 0.5, 0.8, 0.6, "#fdf3e0")


def boat(pen: Pen, fill: str) -> None:
    """The hull and mast of a boat on water."""
    pen.line([(0.5, 0.1), (0.5, 0.68)], _WOOD)
    pen.shape([(0.12, 0.66), (0.88, 0.66), (0.72, 0.88), (0.28, 0.88)], fill)
    pen.line([(0.02, 0.9), (0.98, 0.9)], "#2a7fb5", 0.05)


def face(pen: Pen, fill: str) -> None:
    """A face on a collar of some colour."""
    pen.shape([(0.2, 1.0), (0.35, 0.8), (0.65, 0.8), (0.8, 1.0)], fill)
    pen.disc(0.5, 0.52, 0.32, _SKIN, 1.05)
    for a in (0.38, 0.62):
        pen.disc(a, 0.46, 0.03, "#222222")
    pen.bow((0.5, 0.58), 0.13, (25, 155), "#222222", 0.025)


def mug(pen: Pen, fill: str) -> None:
    """A cup without a handle."""
    pen.shape([(0.2, 0.35), (0.72, 0.35), (0.66, 0.9), (0.26, 0.9)], fill)


def car(pen: Pen, fill: str) -> None:
    """The body and wheels of a car, open above."""
    pen.shape([(0.06, 0.6), (0.94, 0.6), (0.9, 0.8), (0.1, 0.8)], fill)
    for a in (0.28, 0.72):
        pen.disc(a, 0.82, 0.11, "#222222")


def saloon(pen: Pen, fill: str) -> None:
    """A car with its roof."""
    roof(pen, fill)
    car(pen, fill)


def trunk(pen: Pen, fill: str) -> None:
    """The trunk of a tree."""
    pen.box(0.44, 0.5, 0.56, 0.95, _WOOD)


def roof(pen: Pen, fill: str) -> None:
    """The roof and windows of a car."""
    pen.shape([(0.24, 0.6), (0.34, 0.38), (0.68, 0.38), (0.78, 0.6)], fill)
    pen.shape([(0.31, 0.58), (0.38, 0.43), (0.5, 0.43), (0.5, 0.58)], _GLASS)


def _small(draw: Draw, colour: str, x: float, y: float, size: float) -> Draw:
    """Return a drawing made smaller, in a colour of its own."""
    return lambda pen, fill: draw(pen.within(x, y, size), COLOURS[colour])


def apples(pen: Pen, fill: str) -> None:
    """Apples among leaves."""
    for a, b in ((0.36, 0.36), (0.62, 0.32), (0.5, 0.5), (0.7, 0.48), (0.3, 0.5)):
        pen.disc(a, b, 0.05, COLOURS["red"])


def glasses(pen: Pen, fill: str) -> None:
    """A pair of glasses on a face."""
    for a in (0.37, 0.63):
        pen.bow((a, 0.46), 0.1, (0, 360), "#222222", 0.025)
    pen.line([(0.47, 0.46), (0.53, 0.46)], width=0.04)


def windows(pen: Pen, fill: str) -> None:
    """Two windows in a wall."""
    for a in (0.3, 0.56):
        pen.box(a, 0.58, a + 0.14, 0.74, _GLASS)


def flowers(pen: Pen, fill: str) -> None:
    """Flowers above a vase."""
    for a, b, colour in ((0.34, 0.12, "red"), (0.5, 0.05, "yellow"), (0.66, 0.12, "pink")):
        pen.line([(0.5, 0.36), (a, b)], COLOURS["green"])
        pen.disc(a, b, 0.07, COLOURS[colour])


def cloth(pen: Pen, fill: str) -> None:
    """A cloth on a table."""
    pen.shape([(0.08, 0.53), (0.92, 0.53), (0.94, 0.76), (0.06, 0.76)], COLOURS["red"])
    for a in (0.25, 0.5, 0.75):
        pen.line([(a, 0.54), (a, 0.75)], "#ffffff")


def steam(pen: Pen, fill: str) -> None:
    """Steam above a cup."""
    for a in (0.34, 0.46, 0.58):
        pen.line([(a, 0.26), (a - 0.03, 0.19), (a + 0.03, 0.11), (a, 0.04)], "#6f7a84", 0.035)


def flag(pen: Pen, fill: str) -> None:
    """A flag at the top of a mast."""
    pen.shape([(0.5, 0.1), (0.78, 0.18), (0.5, 0.28)], COLOURS["green"])


def sail(pen: Pen, fill: str) -> None:
    """A sail on a mast."""
    pen.shape([(0.53, 0.12), (0.84, 0.6), (0.53, 0.6)], "#fdfdfd")


def bowl(pen: Pen, fill: str) -> None:
    """A bowl on a table."""
    pen.shape([(0.36, 0.38), (0.64, 0.38), (0.58, 0.55), (0.42, 0.55)], COLOURS["blue"])


def fence(pen: Pen, fill: str) -> None:
    """A fence before a house."""
    pen.box(0.02, 0.84, 0.98, 0.88, "#ffffff")
    for n in range(9):
        pen.box(0.04 + n * 0.11, 0.78, 0.09 + n * 0.11, 0.97, "#ffffff")


def stripes(pen: Pen, fill: str) -> None:
    """Stripes round a vase."""
    for b, half in ((0.52, 0.17), (0.62, 0.22), (0.72, 0.18)):
        pen.line([(0.5 - half, b), (0.5 + half, b)], "#ffffff", 0.05)


def beard(pen: Pen, fill: str) -> None:
    """A beard on a face."""
    pen.shape([(0.24, 0.62), (0.5, 0.7), (0.76, 0.62), (0.66, 0.86), (0.34, 0.86)], _WOOD)
    pen.bow((0.5, 0.64), 0.1, (25, 155), "#ffffff", 0.03)


def lights(pen: Pen, fill: str) -> None:
    """Lights at the front and back of a car, shining."""
    pen.disc(0.1, 0.66, 0.06, COLOURS["red"])
    pen.disc(0.9, 0.66, 0.06, COLOURS["yellow"])
    pen.shape([(0.93, 0.64), (1.0, 0.58), (1.0, 0.76)], "#fff3b0")


def handle(pen: Pen, fill: str) -> None:
    """The handle of a cup."""
    pen.bow((0.71, 0.6), 0.17, (-90, 90), fill, 0.06)


def chimney(pen: Pen, fill: str) -> None:
    """A chimney on a roof, with smoke."""
    pen.box(0.62, 0.14, 0.72, 0.36, "#6b5a55")
    pen.disc(0.7, 0.07, 0.06, "#c9cdd2")


def door(pen: Pen, fill: str) -> None:
    """A door in a wall."""
    pen.box(0.43, 0.66, 0.57, 0.92, _WOOD)


def portholes(pen: Pen, fill: str) -> None:
    """A row of round windows in a hull."""
    for n in range(4):
        pen.disc(0.32 + n * 0.12, 0.75, 0.035, "#ffffff")


def candles(pen: Pen, fill: str) -> None:
    """Candles on a cake."""
    for n in range(4):
        shapes.candle(pen.within(0.22 + n * 0.14, 0.28, 0.22), COLOURS["blue"])


BASES: dict[str, Draw] = {
    made.__name__: made for made in (table, house, tree, cake, boat, face, car)
} | {"cup": mug, "vase": shapes.vase}
WHERE_IT_MATTERS: dict[tuple[str, str], Draw] = {
    ("car", "roof"): car,
    ("car", "lights"): saloon,
    ("tree", "trunk"): crown,
    ("cup", "steam"): shapes.cup,
}
"""Things that are drawn otherwise where one of their parts is asked for."""
_ADDED = (apples, glasses, windows, flowers, cloth, steam, flag, sail, bowl, fence, stripes, beard)
_OWN = (lights, handle, chimney, door, portholes, candles, roof, trunk)
PARTS: dict[str, Draw] = {made.__name__: made for made in (*_ADDED, *_OWN)} | {
    "lamp": _small(shapes.lamp, "yellow", 0.3, 0.14, 0.44),
    "hat": _small(shapes.hat, "blue", 0.2, -0.2, 0.6),
    "bird": _small(shapes.bird, "yellow", 0.32, 0.22, 0.36),
    "cherry": _small(shapes.apple, "red", 0.38, 0.27, 0.24),
}
BEHIND = {"trunk", "handle", "flowers", "chimney", "roof"}
"""Parts that are drawn before the thing they belong to."""

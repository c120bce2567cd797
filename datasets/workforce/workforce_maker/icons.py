"""Draws the tool or the sign of an occupation in white on a black field of 224 x 224."""

from collections.abc import Callable

from PIL.ImageDraw import ImageDraw

from .signs import SIGNS

ON, OFF = 255, 0


def calculator(draw: ImageDraw) -> None:
    """Draw a calculator."""
    draw.rounded_rectangle((40, 12, 184, 212), 16, ON)
    draw.rectangle((60, 32, 164, 72), OFF)
    for x in (60, 100, 140):
        for y in (92, 132, 172):
            draw.rectangle((x, y, x + 24, y + 22), OFF)


def compasses(draw: ImageDraw) -> None:
    """Draw a pair of compasses."""
    draw.line((112, 40, 52, 208), ON, 18)
    draw.line((112, 40, 172, 208), ON, 18)
    draw.ellipse((88, 12, 136, 60), ON)
    draw.arc((50, 40, 174, 150), 30, 150, ON, 14)


def loaf(draw: ImageDraw) -> None:
    """Draw a loaf with three cuts."""
    draw.rounded_rectangle((16, 72, 208, 176), 52, ON)
    for x in (64, 104, 144):
        draw.line((x, 96, x + 24, 140), OFF, 12)


def saw(draw: ImageDraw) -> None:
    """Draw a saw."""
    draw.polygon([(72, 84), (216, 116), (216, 134), (72, 148)], ON)
    for x in range(80, 210, 20):
        draw.polygon([(x, 142), (x + 10, 164), (x + 20, 142)], ON)
    draw.rounded_rectangle((8, 72, 80, 164), 20, ON)
    draw.rounded_rectangle((30, 98, 58, 138), 10, OFF)


def flask(draw: ImageDraw) -> None:
    """Draw a flask."""
    draw.polygon([(92, 16), (132, 16), (132, 90), (196, 208), (28, 208), (92, 90)], ON)
    draw.polygon([(104, 30), (120, 30), (120, 100), (140, 136), (84, 136), (104, 100)], OFF)


def bolt(draw: ImageDraw) -> None:
    """Draw a flash of lightning."""
    draw.polygon([(128, 8), (48, 124), (104, 124), (84, 216), (176, 88), (116, 88)], ON)


def flame(draw: ImageDraw) -> None:
    """Draw a flame."""
    draw.polygon([(116, 8), (176, 96), (184, 150), (40, 150), (60, 90), (88, 100)], ON)
    draw.ellipse((40, 96, 184, 216), ON)
    draw.ellipse((84, 140, 140, 208), OFF)


def spade(draw: ImageDraw) -> None:
    """Draw a spade."""
    draw.rectangle((102, 28, 122, 120), ON)
    draw.rectangle((76, 12, 148, 30), ON)
    draw.rectangle((64, 112, 160, 164), ON)
    draw.pieslice((64, 116, 160, 216), 0, 180, ON)


def scissors(draw: ImageDraw) -> None:
    """Draw a pair of scissors."""
    draw.line((60, 160, 164, 12), ON, 18)
    draw.line((164, 160, 60, 12), ON, 18)
    draw.ellipse((24, 140, 96, 212), outline=ON, width=16)
    draw.ellipse((128, 140, 200, 212), outline=ON, width=16)


def spanner(draw: ImageDraw) -> None:
    """Draw a spanner."""
    draw.line((70, 160, 160, 64), ON, 34)
    draw.ellipse((120, 16, 204, 100), ON)
    draw.polygon([(158, 58), (176, 4), (220, 48)], OFF)
    draw.ellipse((24, 124, 104, 204), ON)
    draw.ellipse((48, 148, 80, 180), OFF)


def cross(draw: ImageDraw) -> None:
    """Draw a cross in a frame."""
    draw.rounded_rectangle((16, 16, 208, 208), 32, ON)
    draw.rectangle((92, 48, 132, 176), OFF)
    draw.rectangle((48, 92, 176, 132), OFF)


def camera(draw: ImageDraw) -> None:
    """Draw a camera."""
    draw.rounded_rectangle((12, 64, 212, 192), 20, ON)
    draw.rectangle((76, 36, 148, 72), ON)
    draw.ellipse((68, 84, 156, 172), OFF)
    draw.ellipse((88, 104, 136, 152), ON)


def tap(draw: ImageDraw) -> None:
    """Draw a tap with a drop."""
    draw.rectangle((16, 84, 148, 124), ON)
    draw.rectangle((84, 44, 104, 88), ON)
    draw.rectangle((52, 32, 136, 50), ON)
    draw.rounded_rectangle((136, 84, 184, 152), 12, ON)
    draw.ellipse((142, 172, 178, 214), ON)


def brackets(draw: ImageDraw) -> None:
    """Draw angle brackets and a stroke, as in code."""
    draw.line([(72, 52), (20, 112), (72, 172)], ON, 20, "curve")
    draw.line([(152, 52), (204, 112), (152, 172)], ON, 20, "curve")
    draw.line((132, 36, 92, 188), ON, 18)


def envelope(draw: ImageDraw) -> None:
    """Draw an envelope."""
    draw.rounded_rectangle((12, 48, 212, 180), 12, ON)
    draw.line([(20, 56), (112, 128), (204, 56)], OFF, 14, "curve")


def board(draw: ImageDraw) -> None:
    """Draw a board on a stand."""
    draw.rectangle((16, 28, 208, 148), ON)
    draw.rectangle((30, 42, 194, 134), OFF)
    draw.line((52, 70, 150, 70), ON, 10)
    draw.line((52, 102, 120, 102), ON, 10)
    draw.line((80, 148, 52, 212), ON, 12)
    draw.line((144, 148, 172, 212), ON, 12)


ICONS: dict[str, Callable[[ImageDraw], None]] = {
    "accountant": calculator,
    "architect": compasses,
    "baker": loaf,
    "carpenter": saw,
    "chemist": flask,
    "electrician": bolt,
    "firefighter": flame,
    "gardener": spade,
    "hairdresser": scissors,
    "mechanic": spanner,
    "nurse": cross,
    "photographer": camera,
    "plumber": tap,
    "programmer": brackets,
    "secretary": envelope,
    "teacher": board,
    **SIGNS,
}

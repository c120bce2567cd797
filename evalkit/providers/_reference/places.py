"""Backgrounds of the moving training world: six places, drawn coarsely and never twice alike."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

Colour = tuple[int, int, int]


def hsv(rng: random.Random, hue: float, vivid: float, bright: float, loose: float = 0.06) -> Colour:
    """A colour near the given hue (in turns), saturation and value."""
    turn = (hue + rng.gauss(0, loose / 3)) % 1
    parts = [min(1, max(0, part + rng.gauss(0, loose))) for part in (vivid, bright)]
    red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(turn, *parts))
    return red, green, blue


def place(rng: random.Random, name: str, size: tuple[int, int]) -> Image.Image:
    """A picture of a place, RGB of `size`."""
    picture = Image.new("RGB", size)
    PLACES[name](rng, ImageDraw.Draw(picture), *size)
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.2)))


def _fade(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], a: Colour, b: Colour) -> None:
    left, top, right, bottom = box
    for y in range(top, bottom):
        t = (y - top) / max(1, bottom - top)
        mixed = [round(p + (q - p) * t) for p, q in zip(a, b, strict=True)]
        draw.line((left, y, right, y), fill=(mixed[0], mixed[1], mixed[2]))


def _sky(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, horizon: int) -> None:
    grey = rng.random() < 0.3
    top = hsv(rng, 0.58, 0.12 if grey else 0.5, 0.85)
    _fade(draw, (0, 0, w, horizon), top, hsv(rng, 0.57, 0.1 if grey else 0.2, 0.95))
    for _ in range(rng.randrange(4)):
        x, y = rng.randrange(w), rng.randrange(max(1, horizon))
        r = rng.randrange(4, 14)
        draw.ellipse((x - 2 * r, y - r // 2, x + 2 * r, y + r // 2), fill=(240, 242, 245))


def _specks(
    rng: random.Random, draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], ink: Colour
) -> None:
    for _ in range(rng.randrange(40, 160)):
        x, y = rng.randrange(box[0], box[2]), rng.randrange(box[1], box[3])
        draw.line((x, y, x + rng.randrange(-2, 3), y - rng.randrange(1, 5)), fill=ink)


def _meadow(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, h: int) -> None:
    horizon = int(h * rng.uniform(0.25, 0.6))
    _sky(rng, draw, w, horizon)
    _fade(draw, (0, horizon, w, h), hsv(rng, 0.28, 0.55, 0.65), hsv(rng, 0.3, 0.65, 0.5))
    _specks(rng, draw, (0, horizon, w, h), hsv(rng, 0.3, 0.6, 0.4))
    for _ in range(rng.randrange(12)):
        x, y = rng.randrange(w), rng.randrange(horizon, h)
        draw.ellipse((x, y, x + 2, y + 2), fill=hsv(rng, rng.random(), 0.7, 0.95))


def _street(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, h: int) -> None:
    ground = int(h * rng.uniform(0.55, 0.75))
    _sky(rng, draw, w, ground)
    x = -rng.randrange(10)
    while x < w:
        wide, top = rng.randrange(14, 34), int(h * rng.uniform(0.02, 0.4))
        draw.rectangle(
            (x, top, x + wide, ground), fill=hsv(rng, rng.uniform(0, 0.12), 0.3, 0.6, 0.15)
        )
        pane = hsv(rng, 0.58, 0.25, rng.choice((0.35, 0.85)))
        for column in range(x + 3, x + wide - 4, 7):
            for row in range(top + 4, ground - 6, 9):
                draw.rectangle((column, row, column + 3, row + 4), fill=pane)
        x += wide + rng.randrange(3)
    _fade(draw, (0, ground, w, h), hsv(rng, 0.6, 0.05, 0.45), hsv(rng, 0.6, 0.05, 0.35))
    line = (ground + h) // 2
    for x in range(rng.randrange(10), w, 16):
        draw.line((x, line, x + 8, line), fill=(225, 225, 210), width=2)


def _beach(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, h: int) -> None:
    sea, sand = sorted(int(h * rng.uniform(*span)) for span in ((0.25, 0.45), (0.5, 0.75)))
    _sky(rng, draw, w, sea)
    _fade(draw, (0, sea, w, sand), hsv(rng, 0.55, 0.7, 0.6), hsv(rng, 0.5, 0.5, 0.75))
    _fade(draw, (0, sand, w, h), hsv(rng, 0.12, 0.32, 0.9), hsv(rng, 0.11, 0.4, 0.82))
    draw.line((0, sand, w, sand), fill=(245, 248, 248), width=rng.randrange(1, 4))
    _specks(rng, draw, (0, sand, w, h), hsv(rng, 0.1, 0.4, 0.7))


def _room(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, h: int) -> None:
    floor = int(h * rng.uniform(0.6, 0.82))
    wall = hsv(rng, rng.choice((0.1, 0.08, 0.55, 0.3)), 0.18, 0.82)
    draw.rectangle((0, 0, w, floor), fill=wall)
    _fade(draw, (0, floor, w, h), hsv(rng, 0.07, 0.5, 0.5), hsv(rng, 0.07, 0.55, 0.4))
    x, y = rng.randrange(w), int(h * rng.uniform(0.05, 0.3))
    wide, high = rng.randrange(14, 34), rng.randrange(14, 30)
    draw.rectangle((x, y, x + wide, y + high), fill=hsv(rng, 0.56, 0.3, 0.9), outline=(110, 80, 55))
    if rng.random() < 0.6:
        draw.rectangle((x - 40, y, x - 22, y + high), fill=hsv(rng, rng.random(), 0.4, 0.7))
    draw.line((0, floor, w, floor), fill=(90, 65, 45), width=2)


def _night(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, h: int) -> None:
    horizon = int(h * rng.uniform(0.55, 0.85))
    _fade(draw, (0, 0, w, horizon), hsv(rng, 0.64, 0.6, 0.1, 0.04), hsv(rng, 0.63, 0.6, 0.25, 0.05))
    for _ in range(rng.randrange(10, 50)):
        draw.point((rng.randrange(w), rng.randrange(horizon)), fill=(230, 230, 210))
    if rng.random() < 0.7:
        x, y, r = rng.randrange(w), rng.randrange(h // 3), rng.randrange(4, 9)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(235, 232, 200))
    draw.rectangle((0, horizon, w, h), fill=hsv(rng, 0.5, 0.4, 0.09, 0.03))


def _snow(rng: random.Random, draw: ImageDraw.ImageDraw, w: int, h: int) -> None:
    horizon = int(h * rng.uniform(0.3, 0.6))
    _fade(draw, (0, 0, w, horizon), hsv(rng, 0.59, 0.12, 0.8), hsv(rng, 0.59, 0.06, 0.9))
    _fade(draw, (0, horizon, w, h), (236, 240, 246), hsv(rng, 0.6, 0.07, 0.95, 0.02))
    for _ in range(rng.randrange(2, 7)):
        x, high = rng.randrange(w), rng.randrange(10, 26)
        ink = hsv(rng, 0.38, 0.35, 0.4)
        draw.polygon([(x, horizon - high), (x - high // 3, horizon), (x + high // 3, horizon)], ink)
    for _ in range(rng.randrange(4)):
        x, r = rng.randrange(w), rng.randrange(10, 40)
        draw.ellipse((x - r, h - r // 2, x + r, h + r), fill=(246, 248, 252))


PLACES: dict[str, Callable[[random.Random, ImageDraw.ImageDraw, int, int], None]] = {
    "meadow": _meadow,
    "street": _street,
    "beach": _beach,
    "room": _room,
    "night": _night,
    "snow": _snow,
}

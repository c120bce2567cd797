"""Draws a picture: two things, some of a kind, or a thing with or without a part."""

import random

from PIL import Image, ImageDraw

from contrasts_maker.features import BASES, BEHIND, PARTS, WHERE_IT_MATTERS
from contrasts_maker.shapes import COLOURS, THINGS, Pen
from contrasts_maker.sources import Scene

PIXELS = 192
_FINE = 2 * PIXELS
_GROUND = ("#e7eef2", "#f1ebdf", "#e8f0e4", "#efe8f0")
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def picture(scene: Scene) -> Image.Image:
    """Return a picture of a scene; both of a pair have the same background."""
    rng = random.Random("/".join(scene.words))
    image = Image.new("RGB", (_FINE, _FINE), rng.choice(_GROUND))
    draw = ImageDraw.Draw(image)
    {"two": _two, "count": _count, "feature": _feature}[scene.sort](draw, scene, rng)
    return image.resize((PIXELS, PIXELS), Image.Resampling.LANCZOS)


def _two(draw: ImageDraw.ImageDraw, scene: Scene, rng: random.Random) -> None:
    """Draw two things side by side; the other arrangement has them the other way round."""
    first, thing, second, other = scene.words
    first, second = (second, first) if scene.second else (first, second)
    size, top = _FINE * rng.uniform(0.4, 0.46), _FINE * rng.uniform(0.24, 0.34)
    left, right = _FINE * 0.05, _FINE * 0.95 - size
    places = (right, left) if scene.varied else (left, right)
    for x, name, colour in zip(places, (thing, other), (first, second), strict=True):
        THINGS[name](Pen(draw, x, top, size), COLOURS[colour])


def _count(draw: ImageDraw.ImageDraw, scene: Scene, rng: random.Random) -> None:
    """Draw some things in the cells of a grid; the other arrangement fills it from the end."""
    few, many, _, thing, colour = scene.words
    cells = [(row, column) for row in range(3) for column in range(3)]
    plain = rng.sample(cells, 9)
    varied = plain[::-1]
    size = _FINE * 0.27
    for row, column in (varied if scene.varied else plain)[: NUMBERS[(few, many)[scene.second]]]:
        x = _FINE * (0.05 + 0.31 * column) + rng.uniform(-6, 6)
        y = _FINE * (0.05 + 0.31 * row) + rng.uniform(-6, 6)
        THINGS[thing](Pen(draw, x, y, size), COLOURS[colour])


def _feature(draw: ImageDraw.ImageDraw, scene: Scene, rng: random.Random) -> None:
    """Draw a thing with one of its parts, or without; the other arrangement moves it."""
    base, _, part, colour = scene.words
    size = _FINE * rng.uniform(0.66, 0.72)
    places, y = rng.sample((0.2, 0.8), 2), _FINE * rng.uniform(0.2, 0.24)
    pen = Pen(draw, (_FINE - size) * places[scene.varied], y, size)
    body = WHERE_IT_MATTERS.get((base, part), BASES[base])
    layers = [(body, COLOURS[colour])]
    if not scene.second:
        layers.insert(0 if part in BEHIND else 1, (PARTS[part], COLOURS[colour]))
    for draw_it, fill in layers:
        draw_it(pen, fill)

"""Coverage masks for the outlines that products are made of, in a 0..100 frame."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Array = NDArray[np.float64]
Point = tuple[float, float]
SIZE = 384
SCALE = SIZE / 100


def _blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty mask image and its pen."""
    image = Image.new("L", (SIZE, SIZE), 0)
    return image, ImageDraw.Draw(image)


def _array(image: Image.Image) -> Array:
    """Return a mask image as numbers from 0 to 1."""
    return np.asarray(image, dtype=np.float64) / 255


@cache
def grid() -> tuple[Array, Array]:
    """Return the x and y coordinate of every pixel centre in the 0..100 frame."""
    axis = (np.arange(SIZE) + 0.5) / SCALE
    xs, ys = np.meshgrid(axis, axis)
    return xs, ys


def blur(mask: Array, radius: float) -> Array:
    """Blur a 0..1 array with a Gaussian whose radius is given in frame units."""
    image = Image.fromarray(np.uint8(np.clip(mask, 0, 1) * 255))
    return _array(image.filter(ImageFilter.GaussianBlur(radius * SCALE)))


def poly(points: Sequence[Point]) -> Array:
    """Return the mask of a straight-edged polygon."""
    image, pen = _blank()
    pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
    return _array(image)


def spline(points: Sequence[Point], closed: bool = True, steps: int = 12) -> list[Point]:
    """Return a Catmull-Rom curve through the points as many short segments."""
    given = np.array(points, dtype=np.float64)
    count = len(given)
    if closed:
        padded = np.vstack([given[-1], given, given[0], given[1]])
    else:
        padded = np.vstack([given[0], given, given[-1]])
        count -= 1
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    curve = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        cubic = (-a + 3 * b - 3 * c + d) * t**3
        curve.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + cubic))
    joined = np.vstack(curve[:count] + ([] if closed else [given[-1:]]))
    return [(float(x), float(y)) for x, y in joined]


def smooth(points: Sequence[Point]) -> Array:
    """Return the mask of a closed curve through the points."""
    return poly(spline(points))


def mirrored(left: Sequence[Point], rounded: bool = False) -> Array:
    """Return the mask of an outline given by its left half, mirrored at x = 50."""
    outline = [*left, *((100 - x, y) for x, y in reversed(left))]
    return smooth(outline) if rounded else poly(outline)


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Array:
    """Return the mask of an upright ellipse."""
    image, pen = _blank()
    box = [(cx - rx) * SCALE, (cy - ry) * SCALE, (cx + rx) * SCALE, (cy + ry) * SCALE]
    pen.ellipse(box, fill=255)
    return _array(image)


def rounded_box(x0: float, y0: float, x1: float, y1: float, radius: float) -> Array:
    """Return the mask of a rectangle with round corners."""
    image, pen = _blank()
    box = [x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE]
    pen.rounded_rectangle(box, radius=radius * SCALE, fill=255)
    return _array(image)


def stroke(points: Sequence[Point], width: float, curved: bool = True) -> Array:
    """Return the mask of a line of the given width with round ends."""
    path = spline(points, closed=False) if curved and len(points) > 2 else list(points)
    pixels = [(x * SCALE, y * SCALE) for x, y in path]
    image, pen = _blank()
    pen.line(pixels, fill=255, width=max(1, round(width * SCALE)), joint="curve")
    half = width * SCALE / 2
    for x, y in (pixels[0], pixels[-1]):
        pen.ellipse([x - half, y - half, x + half, y + half], fill=255)
    return _array(image)


def revolve(sides: Sequence[Point], tilt: float = 0.15, cx: float = 50) -> Array:
    """Return the mask of a turned body from (y, half width) pairs, top to bottom."""
    right = spline([(cx + w, y) for y, w in sides], closed=False)
    left = [(2 * cx - x, y) for x, y in reversed(right)]
    body = poly(right + left)
    for y, w in (sides[0], sides[-1]):
        body = np.maximum(body, ellipse(cx, y, w, w * tilt))
    return body


def union(*masks: Array) -> Array:
    """Return what any of the masks covers."""
    return np.asarray(np.maximum.reduce(masks))


def minus(mask: Array, hole: Array) -> Array:
    """Return the mask without the hole."""
    return np.clip(mask - hole, 0, 1)

"""A picture to draw places on, in shares of its width and height."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scenes_maker.pen import Colour, shade

Rng = np.random.Generator


def slope(
    size: int, top: Colour, bottom: Colour, start: float = 0.0, end: float = 1.0
) -> Image.Image:
    """Return a picture that goes from one colour to another between two heights."""
    at = np.clip((np.linspace(0, 1, size) - start) / max(end - start, 1e-6), 0, 1)[:, None]
    rows = np.array(top) * (1 - at) + np.array(bottom) * at
    whole = np.repeat(rows[:, None, :], size, axis=1)
    return Image.fromarray(whole.astype(np.uint8), "RGB")


class Canvas:
    """A picture that is drawn on with shares of its width and height."""

    def __init__(self, image: Image.Image) -> None:
        self.image, self.size = image, image.width
        self.draw = ImageDraw.Draw(image)

    def shape(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        """Draw a polygon."""
        self.draw.polygon([(x * self.size, y * self.size) for x, y in points], fill=fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Draw a rectangle from its left and top to its right and bottom."""
        self.draw.rectangle([v * self.size for v in (x0, y0, x1, y1)], fill=fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """Draw an ellipse around a point."""
        self.draw.ellipse([v * self.size for v in (x - rx, y - ry, x + rx, y + ry)], fill=fill)

    def line(self, points: Sequence[tuple[float, float]], width: float, fill: Colour) -> None:
        """Draw a line through points."""
        pixels = [(x * self.size, y * self.size) for x, y in points]
        self.draw.line(pixels, fill=fill, width=max(1, round(width * self.size)), joint="curve")

    def ridge(self, rng: Rng, y: float, rise: float, fill: Colour, waves: int = 3) -> None:
        """Draw hills from a height down to the bottom."""
        x = np.linspace(0, 1, 60)
        line = np.zeros(60)
        for n in range(waves):
            pitch, start = rng.uniform(0.7, 1.3), rng.uniform(0, 6)
            line += np.sin(x * np.pi * 2 * (n + 0.6) * pitch + start) / (n + 1)
        top = y - rise * (line + 1.5) / 3
        self.shape([*zip(x.tolist(), top.tolist(), strict=True), (1.0, 1.0), (0.0, 1.0)], fill)

    def specks(
        self, rng: Rng, count: int, top: float, fill: Colour, height: float, lean: float = 0.4
    ) -> None:
        """Draw strokes on the ground, larger towards the viewer."""
        for _ in range(count):
            x, y = rng.random(), top + (1 - top) * rng.random() ** 0.7
            long = height * (0.3 + (y - top) / (1 - top))
            self.line([(x, y), (x + lean * long * rng.uniform(-1, 1), y - long)], 0.004,
                      shade(fill, rng.uniform(0.75, 1.2)))  # fmt: skip


def soft(image: Image.Image, radius: float) -> Image.Image:
    """Return a picture that is a little out of focus."""
    return image.filter(ImageFilter.GaussianBlur(radius))

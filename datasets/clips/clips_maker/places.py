"""The six places where events happen, drawn once a clip at twice the size of a frame."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from .brush import Colour, shade

WIDE, HIGH = 320, 240
Rng = np.random.Generator


def _sky(top: Colour, low: Colour) -> Image.Image:
    """Return a canvas whose colour runs from top to bottom."""
    ramp = np.linspace(0, 1, HIGH)[:, None, None]
    rows = np.array(top) * (1 - ramp) + np.array(low) * ramp
    return Image.fromarray(np.broadcast_to(rows, (HIGH, WIDE, 3)).round().astype(np.uint8))


def _hills(draw: ImageDraw.ImageDraw, rng: Rng, level: float, tone: Colour) -> None:
    """Draw a rolling skyline that reaches down to the bottom."""
    shift, waves = rng.uniform(0, 6.28), rng.uniform(0.012, 0.03)
    tops = [(x, level + 10 * math.sin(waves * x + shift)) for x in range(0, WIDE + 8, 8)]
    draw.polygon([*tops, (WIDE, HIGH), (0, HIGH)], fill=tone)


def meadow(rng: Rng) -> Image.Image:
    """Green grass with flowers below a blue sky."""
    image = _sky((110, 170, 230), (214, 232, 240))
    draw = ImageDraw.Draw(image)
    _hills(draw, rng, 128, (120, 168, 96))
    _hills(draw, rng, 152, (96, 156, 66))
    for _ in range(70):
        x, y = rng.uniform(0, WIDE), rng.uniform(170, HIGH)
        draw.line([(x, y), (x + rng.uniform(-3, 3), y - 9)], fill=(64, 122, 44), width=2)
    for _ in range(22):
        x, y = rng.uniform(0, WIDE), rng.uniform(172, HIGH - 6)
        tone = ((250, 240, 240), (244, 208, 60), (226, 90, 110))[int(rng.integers(3))]
        draw.ellipse([x - 3, y - 3, x + 3, y + 3], fill=tone)
    return image


def street(rng: Rng) -> Image.Image:
    """Houses behind a pavement and a road with a broken line."""
    image = _sky((176, 190, 204), (214, 216, 216))
    draw, x = ImageDraw.Draw(image), -10.0
    while x < WIDE:
        wide, top = rng.uniform(48, 90), rng.uniform(14, 66)
        tones = ((172, 110, 90), (190, 170, 140), (140, 144, 152), (200, 186, 120))
        tone = tones[int(rng.integers(4))]
        draw.rectangle([x, top, x + wide, 168], fill=tone)
        draw.rectangle([x, top, x + wide, top + 6], fill=shade(tone, 0.7))
        for wx in np.arange(x + 8, x + wide - 14, 20):
            for wy in np.arange(top + 14, 146, 28):
                draw.rectangle([wx, wy, wx + 10, wy + 15], fill=(82, 98, 116))
        x += wide
    draw.rectangle([0, 166, WIDE, 184], fill=(168, 164, 158))
    draw.rectangle([0, 184, WIDE, HIGH], fill=(86, 88, 92))
    for x in np.arange(rng.uniform(-30, 0), WIDE, 56):
        draw.polygon([(x, 216), (x + 30, 216), (x + 27, 221), (x - 4, 221)], fill=(226, 224, 214))
    return image


def beach(rng: Rng) -> Image.Image:
    """Sand before a calm sea, with the sun or a parasol."""
    image = _sky((120, 192, 236), (228, 240, 240))
    draw = ImageDraw.Draw(image)
    sun = rng.uniform(30, 290)
    draw.ellipse([sun - 16, 18, sun + 16, 50], fill=(255, 236, 150))
    draw.rectangle([0, 112, WIDE, 150], fill=(60, 144, 176))
    for _ in range(14):
        x, y = rng.uniform(0, WIDE), rng.uniform(116, 146)
        draw.line([(x, y), (x + rng.uniform(8, 26), y)], fill=(120, 190, 206), width=2)
    _hills(draw, rng, 156, (232, 212, 160))
    for _ in range(30):
        x, y = rng.uniform(0, WIDE), rng.uniform(172, HIGH)
        draw.ellipse([x - 3, y - 1, x + 3, y + 1], fill=(208, 184, 130))
    x = rng.uniform(30, 290)
    draw.line([(x, 110), (x, 172)], fill=(240, 240, 236), width=3)
    draw.pieslice([x - 30, 92, x + 30, 140], 180, 360, fill=(216, 80, 70))
    return image


def room(rng: Rng) -> Image.Image:
    """A papered wall, a window or picture, and floor boards."""
    walls = ((222, 204, 176), (190, 204, 190), (206, 190, 204))
    wall = walls[int(rng.integers(3))]
    image = Image.new("RGB", (WIDE, HIGH), wall)
    draw = ImageDraw.Draw(image)
    for stripe in range(0, WIDE, 24):
        draw.rectangle([stripe, 0, stripe + 8, 176], fill=shade(wall, 0.95))
    x = rng.uniform(16, 220)
    draw.rectangle([x, 22, x + 78, 100], fill=(120, 86, 56))
    draw.rectangle([x + 6, 28, x + 72, 94], fill=(176, 210, 232))
    draw.rectangle([x + 36, 28, x + 42, 94], fill=(120, 86, 56))
    draw.rectangle([0, 168, WIDE, 178], fill=(240, 236, 228))
    for k in range(5):
        top = 178 + 13 * k
        draw.rectangle([0, top, WIDE, top + 13], fill=shade((158, 110, 70), 0.86 + 0.06 * k))
        draw.line([(0, top), (WIDE, top)], fill=(104, 70, 46), width=1)
    return image


def night(rng: Rng) -> Image.Image:
    """A dark sky with stars and the moon over black hills."""
    image = _sky((12, 16, 44), (38, 46, 84))
    draw = ImageDraw.Draw(image)
    for _ in range(46):
        x, y = rng.uniform(0, WIDE), rng.uniform(0, 140)
        draw.rectangle([x, y, x + 1.6, y + 1.6], fill=(214, 220, 236))
    moon = rng.uniform(30, 290)
    draw.ellipse([moon - 17, 16, moon + 17, 50], fill=(238, 234, 206))
    draw.ellipse([moon - 8, 12, moon + 24, 44], fill=(16, 20, 50))
    _hills(draw, rng, 146, (20, 26, 44))
    _hills(draw, rng, 172, (16, 22, 30))
    return image


def snow(rng: Rng) -> Image.Image:
    """White ground and firs with snow on them below a pale sky."""
    image = _sky((186, 198, 214), (226, 230, 236))
    draw = ImageDraw.Draw(image)
    _hills(draw, rng, 138, (212, 220, 230))
    for _ in range(7):
        x, foot = rng.uniform(0, WIDE), rng.uniform(138, 170)
        for k in range(3):
            y, half = foot - 22 * k, 22 - 5 * k
            draw.polygon([(x - half, y), (x, y - 34), (x + half, y)], fill=(58, 92, 80))
            draw.polygon(
                [(x - half / 2, y - 17), (x, y - 34), (x + half / 2, y - 17)], fill=(240, 244, 248)
            )
    _hills(draw, rng, 168, (240, 244, 250))
    for _ in range(24):
        x, y = rng.uniform(0, WIDE), rng.uniform(184, HIGH)
        draw.ellipse([x - 6, y - 2, x + 6, y + 2], fill=(216, 224, 236))
    return image


PLACES: dict[str, Callable[[Rng], Image.Image]] = {
    "meadow": meadow,
    "street": street,
    "beach": beach,
    "room": room,
    "night": night,
    "snow": snow,
}


def backdrop(name: str, rng: Rng) -> Image.Image:
    """Return a place with grain and uneven light."""
    pixels = np.asarray(PLACES[name](rng), dtype=np.float64)
    grain = rng.normal(0, 3.0, (HIGH // 2, WIDE // 2, 1)).repeat(2, 0).repeat(2, 1)
    down, across = np.mgrid[-1 : 1 : HIGH * 1j, -1 : 1 : WIDE * 1j]
    tilt, warm = rng.uniform(-0.08, 0.08, 2)
    light = (1 + tilt * across - 0.09 * (down**2 + across**2))[:, :, None]
    tint = np.array([1 + warm / 2, 1, 1 - warm / 2])
    return Image.fromarray(((pixels + grain) * light * tint).clip(0, 255).astype(np.uint8))

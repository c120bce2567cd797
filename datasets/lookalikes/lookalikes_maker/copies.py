"""What happens to photos that are passed on: cropped, saved again, mirrored, framed ..."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

Rng = np.random.Generator
Change = Callable[[Image.Image, Rng], Image.Image]
QUALITY = 80
_SAVED_AGAIN = {"recompressed": (24, 34), "recompressed hard": (6, 11)}


def _cut(image: Image.Image, share: float, rng: Rng) -> Image.Image:
    """Return a part of the image that is `share` as wide and high, at the old size."""
    side = round(image.width * share)
    left, top = (int(rng.integers(0, image.width - side + 1)) for _ in range(2))
    return image.crop((left, top, left + side, top + side)).resize(
        image.size, Image.Resampling.BICUBIC
    )


def cropped(image: Image.Image, rng: Rng) -> Image.Image:
    """Return four fifths of the image, enlarged."""
    return _cut(image, float(rng.uniform(0.76, 0.86)), rng)


def cropped_hard(image: Image.Image, rng: Rng) -> Image.Image:
    """Return about half of the image, enlarged."""
    return _cut(image, float(rng.uniform(0.58, 0.68)), rng)


def resized(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image with fewer pixels."""
    side = int(rng.integers(84, 113))
    return image.resize((side, side), Image.Resampling.BILINEAR)


def shrunk(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image as it is after being a tiny thumbnail once."""
    side = int(rng.integers(38, 49))
    tiny = image.resize((side, side), Image.Resampling.BILINEAR)
    return tiny.resize(image.size, Image.Resampling.BILINEAR)


def same(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image itself; saving it again is the change."""
    return image


def brightness(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image clearly brighter or darker."""
    factor = float(rng.choice([rng.uniform(0.62, 0.75), rng.uniform(1.25, 1.4)]))
    return ImageEnhance.Brightness(image).enhance(factor)


def mirrored(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image with left and right exchanged."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def watermark(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image with pale bands and a ring laid over it."""
    mark = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen, side = ImageDraw.Draw(mark), image.width
    start = int(rng.integers(-side // 2, 0))
    for left in range(start, side, 46):
        pen.line([(left, side), (left + side, 0)], fill=(255, 255, 255, 105), width=5)
    cx, cy = (int(rng.integers(50, 111)) for _ in range(2))
    pen.ellipse([cx - 26, cy - 26, cx + 26, cy + 26], outline=(255, 255, 255, 150), width=6)
    return Image.alpha_composite(image.convert("RGBA"), mark).convert("RGB")


def screenshot(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image as part of a screen: a bar above it, lines of text below, a border."""
    side = image.width
    dark = bool(rng.integers(2))
    paper, ink = ((32, 33, 36), (150, 152, 158)) if dark else ((246, 246, 248), (120, 122, 128))
    screen = Image.new("RGB", image.size, paper)
    inner = int(rng.integers(104, 121))
    left = int(rng.integers(6, side - inner - 5))
    screen.paste(image.resize((inner, inner), Image.Resampling.BICUBIC), (left, 22))
    pen = ImageDraw.Draw(screen)
    pen.rectangle([0, 0, side, 13], fill=ink)
    pen.rectangle([left - 1, 21, left + inner, 22 + inner], outline=ink)
    for row in range(22 + inner + 5, side - 3, 7):
        pen.rectangle([left, row, left + int(rng.integers(40, inner)), row + 2], fill=ink)
    return screen


def blurred(image: Image.Image, rng: Rng) -> Image.Image:
    """Return the image out of focus."""
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(1.8, 2.6))))


DUPLICATES: dict[str, Change] = {
    "crop": cropped,
    "recompressed": same,
    "resized": resized,
    "brightness": brightness,
    "mirrored": mirrored,
    "watermark": watermark,
}
DEGRADATIONS: dict[str, Change] = {
    "cropped": cropped_hard,
    "recompressed hard": same,
    "screenshot": screenshot,
    "shrunk": shrunk,
    "blurred": blurred,
}


def changed(image: Image.Image, change: str, rng: Rng) -> tuple[Image.Image, int]:
    """Return the changed copy of an image and the JPEG quality it is saved with."""
    copy = (DUPLICATES | DEGRADATIONS)[change](image, rng)
    low, high = _SAVED_AGAIN.get(change, (QUALITY, QUALITY + 1))
    return copy, int(rng.integers(low, high))

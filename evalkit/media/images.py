"""Encoded images in and out: the one place where bytes become RGB pixels.

Colour profiles are not applied, and only formats that Pillow decodes by itself are opened.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Item, Media

MAX_PIXELS = 50_000_000
"""Larger images are refused by their header, before a pixel is decoded."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_rgb(data: bytes, name: str) -> Image.Image:
    """Return an encoded image as upright RGB, transparency on white, the first frame alone.

    data: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or PPM. name: the item, for messages.
    Raises DataError where the bytes are no image, are cut short, or hold more than 50 megapixels.
    """
    return _rgb(data, f"item '{name}'")


def media_image(media: Media) -> Image.Image:
    """Return a piece of media as `open_rgb` does; errors name its file."""
    return _rgb(media.read(), str(media.path or ""))


def _rgb(data: bytes, where: str) -> Image.Image:
    """Return an encoded image as RGB; `where` it is, for messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes that are checked here, and of broken metadata
        image = _open(data, where)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_large(where, f"has {width} x {height} pixels")
        try:
            image.seek(0)
            image.load()
            rgb = _on_white(_upright(image))
        except Exception as e:  # decoders raise whatever they trip over
            raise _unreadable(where, "its image is broken or cut short.") from e
    rgb.info = {}
    return rgb


def item_image(item: Item) -> Image.Image:
    """Return the first image among an item's parts as RGB; raises DataError where there is none."""
    for part in item.parts:
        if isinstance(part, Media) and part.mime.startswith("image/"):
            return open_rgb(part.read(), item.id)
    raise DataError(Problem(f"item '{item.id}'", "it holds no image."))


def encode_png(image: Image.Image) -> bytes:
    """Return an image as PNG bytes without metadata; the same pixels give the same bytes."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def thumbnail(source: Item | Media | bytes, px: int, name: str = "") -> bytes:
    """Return a JPEG whose longer side has at most `px` pixels; small images keep their size.

    name: the item whose bytes these are, for messages. Raises DataError as `open_rgb`,
    `media_image` and `item_image` do.
    """
    if isinstance(source, bytes):
        image = open_rgb(source, name)
    else:
        image = item_image(source) if isinstance(source, Item) else media_image(source)
    image.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=None)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _open(data: bytes, where: str) -> Image.Image:
    """Return the image with its header read only."""
    if not data:
        raise _unreadable(where, "it is empty: it holds 0 bytes.")
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as e:
        raise _too_large(where, "is far too large") from e
    except Exception as e:  # decoders raise whatever they trip over
        raise _unreadable(where, "its bytes are not an image that can be read.") from e


def _too_large(where: str, what: str) -> DataError:
    """Return the error for an image beyond the limit."""
    limit = f"its image {what}; at most {MAX_PIXELS // 1_000_000} megapixels are read."
    return DataError(Problem(where, limit, "Make it smaller or leave it out."))


def _unreadable(where: str, what: str) -> DataError:
    """Return the error for bytes that cannot be decoded."""
    fix = "Store it again as PNG, JPEG or WebP, or leave it out."
    return DataError(Problem(where, what, fix))


def _upright(image: Image.Image) -> Image.Image:
    """Return the image turned as its EXIF orientation says; broken EXIF counts as none."""
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # an image is worth more than its metadata
        return image
    return image if turn is None else image.transpose(turn)


def _on_white(image: Image.Image) -> Image.Image:
    """Return RGB from any mode, laying transparent pixels on white."""
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a gray image of 16 bits (or floats from 0 to 1) as 8 bits, rounded."""
    values = np.asarray(image)
    if image.mode == "F":
        scaled = np.nan_to_num(values).clip(0, 1) * 255 + 0.5
    else:
        scaled = (values.clip(0, 65535).astype(np.uint32) + 128) // 257
    return Image.fromarray(scaled.astype(np.uint8))

import io
import re
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.media.images import encode_png, item_image, media_image, open_rgb, thumbnail


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, kind: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def pixel(data: bytes, x: int = 0, y: int = 0) -> Any:
    return open_rgb(data, "x").getpixel((x, y))


def complaint(data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        open_rgb(data, "p7")
    return str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM"])
def test_every_format_becomes_rgb(form: str) -> None:
    image = open_rgb(encoded(Image.new("RGB", (8, 6), (200, 30, 30)), form), "x")
    assert (image.mode, image.size, image.info) == ("RGB", (8, 6), {})
    red, green, blue = image.getpixel((3, 3))  # type: ignore[misc]
    assert red > 190
    assert max(green, blue) < 45


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright(orientation: int) -> None:
    upright = Image.new("RGB", (16, 32), "white")
    upright.paste("red", (0, 0, 8, 16))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, "PNG", exif=exif)
    assert open_rgb(data, "x").tobytes() == upright.tobytes()


def test_broken_exif_counts_as_none() -> None:
    image = Image.new("RGB", (8, 8), "red")
    assert pixel(encoded(image, "PNG", exif=b"Exif\0\0II*\0garbage")) == (255, 0, 0)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), (255, 0, 0)),
        ("RGBA", (0, 0, 0, 128), (127, 127, 127)),
        ("LA", (0, 0), (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
    ],
)
def test_transparency_lies_on_white(mode: str, colour: Any, expected: Any) -> None:
    assert pixel(encoded(Image.new(mode, (4, 4), colour))) == expected


def test_palettes_with_transparency() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((0, 0), 0)
    data = encoded(image, "PNG", transparency=0)
    assert pixel(data) == (255, 255, 255)
    assert pixel(data, 1, 1) == (200, 100, 50)
    assert pixel(encoded(image, "PNG", transparency=b"\xff\x00"), 1, 1) == (255, 255, 255)


def test_cmyk_and_sixteen_bits() -> None:
    cmyk = pixel(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))
    assert np.abs(np.subtract(cmyk, (255, 0, 0))).max() < 8
    values = np.array([0, 128, 129, 32768, 65535], ">u2").tobytes()
    gray = open_rgb(png(5, 1, 16, 0, b"\0" + values), "x")
    assert [gray.getpixel((x, 0))[0] for x in range(5)] == [0, 0, 1, 128, 255]  # type: ignore[index]
    wide = np.array([65535, 0, 32768], ">u2").tobytes()
    assert pixel(png(1, 1, 16, 2, b"\0" + wide)) == (255, 0, 128)


def test_floats_from_zero_to_one() -> None:
    values = np.array([[0.0, 0.5, 1.0, 7.0, np.nan]], np.float32)
    image = open_rgb(encoded(Image.fromarray(values), "TIFF"), "x")
    assert [image.getpixel((x, 0))[0] for x in range(5)] == [0, 128, 255, 255, 0]  # type: ignore[index]


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    for form in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], form, save_all=True, append_images=frames[1:], lossless=True)
        assert pixel(data) == (255, 0, 0)


UNREADABLE = (
    "item 'p7': its bytes are not an image that can be read."
    " Store it again as PNG, JPEG or WebP, or leave it out."
)
PNG = encoded(Image.new("RGB", (1, 1)))
BROKEN = (
    "item 'p7': its image is broken or cut short."
    " Store it again as PNG, JPEG or WebP, or leave it out."
)


@pytest.mark.parametrize("data", [b"text", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF\n"])
def test_bytes_that_are_no_image(data: bytes) -> None:
    assert complaint(data) == UNREADABLE


def test_zero_bytes() -> None:
    assert complaint(b"").startswith("item 'p7': it is empty: it holds 0 bytes. Store it again")


def test_media_are_named_by_their_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    media = Media("image/png", path)
    half = encoded(Image.effect_noise((64, 64), 80))[:1000]
    bad = {b"": "it is empty", b"text": "its bytes are not", half: "its image is broken"}
    for data, what in bad.items():
        path.write_bytes(data)
        with pytest.raises(DataError, match=re.escape(f"{path}: {what}")):
            media_image(media)
    path.write_bytes(PNG)
    assert media_image(media).size == (1, 1)
    assert thumbnail(media, 64) == thumbnail(PNG, 64)
    path.unlink()
    with pytest.raises(DataError, match=r"a\.png: cannot be read \(No such file"):
        media_image(media)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_single_pixel(form: str) -> None:
    assert open_rgb(encoded(Image.new("RGB", (1, 1), "white"), form), "x").size == (1, 1)


@pytest.mark.parametrize("mode", ["PA", "La", "RGBa", "YCbCr", "CMYK", "I;16", "I", "F", "1"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    form = "TIFF" if mode not in ("PA", "La", "RGBa") else "PNG"
    data = encoded(Image.new({"PA": "P", "La": "LA", "RGBa": "RGBA"}.get(mode, mode), (4, 4)), form)
    assert open_rgb(data, "x").mode == "RGB"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_images_that_are_cut_short(form: str) -> None:
    noise = Image.effect_noise((64, 64), 80).convert("RGB")
    data = encoded(noise, form)
    assert complaint(data[: len(data) // 2]) in (BROKEN, UNREADABLE)


@pytest.mark.parametrize("side", [8000, 10_000, 60_000])
def test_bombs_are_refused_by_their_header(side: int) -> None:
    data = png(side, side, 8, 2, b"\0" * 100)
    tracemalloc.start()
    told = complaint(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told.startswith("item 'p7': its image ")
    assert told.endswith("at most 50 megapixels are read. Make it smaller or leave it out.")
    assert peak < 2_000_000


def test_the_size_is_told() -> None:
    assert "its image has 8000 x 8000 pixels; at most" in complaint(png(8000, 8000, 8, 2, b""))


def test_png_holds_pixels_alone_and_is_the_same_each_time() -> None:
    source = Image.effect_noise((20, 10), 50).convert("RGB")
    data = encode_png(open_rgb(encoded(source, "PNG", dpi=(72, 72), icc_profile=b"x"), "x"))
    assert data == encode_png(source)
    assert open_rgb(data, "x").tobytes() == source.tobytes()


def test_thumbnails_are_small_jpegs_and_the_same_each_time() -> None:
    item = Item("a", ("see", Media("image/png", data=encoded(Image.new("RGB", (300, 150), "red")))))
    small = thumbnail(item, 64)
    assert small == thumbnail(item, 64)
    image = Image.open(io.BytesIO(small))
    assert (image.format, image.size) == ("JPEG", (64, 32))
    tiny = Image.open(io.BytesIO(thumbnail(encoded(Image.new("L", (5, 9))), 64)))
    assert tiny.size == (5, 9)


def test_an_item_without_an_image() -> None:
    with pytest.raises(DataError, match=r"^item 'a': it holds no image\.$"):
        item_image(Item("a", "text"))


def test_pillow_is_left_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS
    open_rgb(encoded(Image.new("RGB", (8, 8))), "x")
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_library_warns_of_nothing() -> None:
    broken = encoded(Image.new("RGB", (8, 8), "red"), "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\0")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        open_rgb(broken, "x")
        complaint(png(10_000, 10_000, 8, 2, b""))
    assert not caught

"""A contact sheet: small pictures in rows, each with its words below."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from evalkit.report.text import one_line

_EDGE, _GAP = 24, 18
_TITLE, _BODY, _LABEL = 24, 16, 18
_INK, _SOFT, _LINE = "#1a1a1a", "#555555", "#cccccc"
_WIDE = 2.2
"""Width by height from which pictures stand two in a row instead of three."""


class Tile(NamedTuple):
    """A picture with a label and more words below it; None leaves the place empty."""

    label: str
    words: str
    picture: bytes | None


def draw_sheet(title: str, words: str, tiles: Sequence[Tile]) -> bytes:
    """Return a PNG with a title, words below it, and the tiles in rows; the same bytes each time.

    Each picture keeps its pixels; all places are as large as the largest. At least one tile must
    have a picture.
    """
    pictures = [None if t.picture is None else _opened(t.picture) for t in tiles]
    there = [p for p in pictures if p is not None]
    wide, high = max(p.width for p in there), max(p.height for p in there)
    columns = 2 if wide > _WIDE * high else 3
    width = 2 * _EDGE + columns * wide + (columns - 1) * _GAP
    head, body = _fitting(words, width - 2 * _EDGE), ImageFont.load_default(_BODY)
    top = _EDGE + _TITLE + 14 + len(head) * (_BODY + 6) + 14
    place = high + _LABEL + _BODY + 24 + _GAP
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (width, top + rows * place + _EDGE - _GAP), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_EDGE, _EDGE), _spaced(title), _INK, ImageFont.load_default(_TITLE))
    for row, line in enumerate(head):
        draw.text((_EDGE, _EDGE + _TITLE + 14 + row * (_BODY + 6)), _spaced(line), _SOFT, body)
    for number, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
        at = _EDGE + number % columns * (wide + _GAP), top + number // columns * place
        _put(sheet, draw, at, (wide, high), tile, picture)
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _put(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    size: tuple[int, int],
    tile: Tile,
    picture: Image.Image | None,
) -> None:
    """Draw one tile at a place: the picture in a frame, its label, its words."""
    (x, y), (wide, high) = at, size
    shown = wide, high
    if picture is not None:
        shown = picture.size
        sheet.paste(picture, (x, y))
    draw.rectangle((x - 1, y - 1, x + shown[0], y + shown[1]), outline=_LINE)
    draw.text((x, y + high + 8), _spaced(tile.label), _INK, ImageFont.load_default(_LABEL))
    line = (_fitting(tile.words, wide) or [""])[0]
    draw.text((x, y + high + _LABEL + 14), _spaced(line), _SOFT, ImageFont.load_default(_BODY))


def _spaced(words: str) -> str:
    """Return words further apart: the blank of Pillow's own font is too narrow to be seen."""
    return one_line(words).replace(" ", "  ")


def _fitting(words: str, width: int) -> list[str]:
    """Return words in lines of at most so many pixels."""
    return textwrap.wrap(one_line(words), max(10, round(width / (_BODY * 0.5))))


def _opened(picture: bytes) -> Image.Image:
    """Return an encoded picture as RGB."""
    with Image.open(io.BytesIO(picture)) as image:
        return image.convert("RGB")

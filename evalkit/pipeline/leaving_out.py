"""An item without one of its pieces: a word, a tile of an image, a second, a region of a page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item, Media, Page, Part
from evalkit.media.audio import encode_sound, read_sound
from evalkit.media.images import encode_png, media_image
from evalkit.media.segments import spans
from evalkit.media.soundtracks import soundtrack
from evalkit.media.video import Pixels, has_picture, painted, remade_video
from evalkit.probes._films import length
from evalkit.probes._pages import PDF, change_pages, pages_of

if TYPE_CHECKING:
    from PIL import Image

    from evalkit.media.video import Shot

GRID = 4
"""Images and pages are taken apart into so many rows of so many tiles."""
MOST_WORDS = 60
"""A longer text loses several words at a time, so that it has so many pieces."""
MOST_SECONDS = {"audio": 30, "video": 12}
"""Longer recordings lose more than a second at a time, so that they have so many pieces."""

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Japanese syllables and Chinese characters, which are written without blanks between words."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")

Kind = Literal["word", "tile", "second", "region", "page"]
Place = tuple[float, ...]
_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Without:
    """An item without one of its pieces, beside the item to compare it with.

    part: which part of the item the piece is of, from 0. place: where it is: letters from and to,
    seconds from and to, shares of width and height (left, top, right, bottom), or the number of a
    page. whole: the item with that part written anew and nothing left out, so that writing alone
    makes no difference.
    """

    part: int
    kind: Kind
    label: str
    place: Place
    item: Item
    whole: Item


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a part is without one of its pieces; None where nothing of it is left."""

    kind: Kind
    label: str
    place: Place
    part: Part | None


def without(item: Item) -> Iterator[Without]:
    """Yield an item without each of its pieces, part by part.

    Of a text each word is taken away, of an image each of 4 x 4 tiles covered with the mean colour
    of the image, of a page each of 4 x 4 regions with white, of a document of several pages each
    page; a second of sound is made silent, a second of a film black and silent. Covering what is to
    be left out: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014. A
    text of one word alone, which would be nothing without it, is left out. Raises DataError where a
    part cannot be read.
    """
    for number, part in enumerate(item.parts):
        whole, pieces = _taken_apart(part)
        for piece in pieces:
            lesser = _with(item, number, piece.part)
            if lesser is not None:
                same = item if whole is part else _with(item, number, whole)
                assert same is not None
                yield Without(number, piece.kind, piece.label, piece.place, lesser, same)


def _with(item: Item, number: int, part: Part | None) -> Item | None:
    """Return an item with another part in a place, or without it; None where nothing is left."""
    parts = [*item.parts]
    parts[number : number + 1] = [] if part is None else [part]
    if not parts:
        return None
    return item.with_content(tuple(parts) if isinstance(item.content, tuple) else parts[0])


def _taken_apart(part: Part) -> tuple[Part, Iterable[_Piece]]:
    """Return a part written anew, and what it is without each of its pieces."""
    if isinstance(part, str):
        return part, _words(part)
    if isinstance(part, Page) or part.mime == PDF:
        return _pages(part)
    kind = part.mime.partition("/")[0]
    if kind == "image":
        return part, _tiles(part)
    if kind == "video" and has_picture(part):
        return _dark(part, 0.0, 0.0), _film(part)
    if kind in ("audio", "video"):
        return _sound(part)
    return part, ()


# --- text -----------------------------------------------------------------------------------------


def _words(text: str) -> Iterator[_Piece]:
    """Yield a text without each of its words, or each run of them where there are many."""
    found = [match.span() for match in _WORD.finditer(text)]
    size = math.ceil(len(found) / MOST_WORDS) or 1
    for at in range(0, len(found), size):
        start, end = found[at][0], found[min(at + size, len(found)) - 1][1]
        after = found[at + size][0] if at + size < len(found) else len(text)
        rest = (text[:start] + text[after:]).strip()
        yield _Piece("word", text[start:end], (start, end), rest or None)


# --- images and pages -----------------------------------------------------------------------------


def _boxes() -> Iterator[tuple[str, _Box]]:
    """Yield each tile of the grid: what it is called, and its edges as shares."""
    for row in range(GRID):
        for column in range(GRID):
            edges = (column / GRID, row / GRID, (column + 1) / GRID, (row + 1) / GRID)
            yield f"row {row + 1}, column {column + 1}", edges


def _covered(image: Image.Image, box: _Box, colour: int | tuple[int, ...]) -> Image.Image:
    """Return an image with a tile covered; the image itself where that changes nothing."""
    width, height = image.size
    edges = [round(share * side) for share, side in zip(box, (width, height) * 2, strict=True)]
    new = image.copy()
    new.paste(colour, (edges[0], edges[1], edges[2], edges[3]))
    return new


def _tiles(part: Media) -> Iterator[_Piece]:
    """Yield an image without each of its tiles, which take the mean colour of the image."""
    image = media_image(part)
    red, green, blue = np.asarray(image).reshape(-1, 3).mean(axis=0).round().astype(int).tolist()
    for label, box in _boxes():
        data = encode_png(_covered(image, box, (red, green, blue)))
        yield _Piece("tile", label, box, Media("image/png", data=data))


def _pages(part: Media | Page) -> tuple[Part, Iterator[_Piece]]:
    """Return a page or a document as pictures, and without each region or each page."""
    count = len(pages_of(part))
    whole = _redrawn(part, 0, None)
    if count > 1:
        numbers = range(1, count + 1)
        blank = ((n, _redrawn(part, n, (0.0, 0.0, 1.0, 1.0))) for n in numbers)
        return whole, (_Piece("page", f"page {n}", (n,), new) for n, new in blank)
    regions = ((label, box, _redrawn(part, 1, box)) for label, box in _boxes())
    return whole, (_Piece("region", label, box, new) for label, box, new in regions)


def _redrawn(part: Media | Page, number: int, box: _Box | None) -> Part:
    """Return pages as pictures, one of them with a white box; number: of that page, from 1."""
    seen = 0

    def draw(image: Image.Image, _: float) -> Image.Image:
        nonlocal seen
        seen += 1
        if box is None or seen != number:
            return image.copy()
        return _covered(image, box, 255 if image.mode == "L" else (255, 255, 255))

    made = change_pages(Item("", part), draw)
    return part if made is None else made.parts[0]


# --- sound and film -------------------------------------------------------------------------------


def _seconds(total: float, kind: str) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the stretches of a recording, a second long or longer: a label, from and to."""
    step = max(1, math.ceil(total / MOST_SECONDS[kind]))
    for start, end in spans(total, step):
        yield f"{start:.4g} to {end:.4g} s", (start, end)


def _sound(part: Media) -> tuple[Part, Iterator[_Piece]]:
    """Return a recording as mono WAV, and with each second of it silent."""
    with soundtrack(part) as track:
        rate = track.rate
    samples = read_sound(part, rate)
    pieces = (
        _Piece("second", label, span, _wav(_silent(samples, rate, span), rate))
        for label, span in _seconds(len(samples) / rate, "audio")
    )
    return _wav(samples, rate), pieces


def _wav(samples: Float32, rate: int) -> Media:
    """Return samples as a recording."""
    return Media("audio/wav", data=encode_sound(samples, rate, "audio/wav"))


def _silent(samples: Float32, rate: int, span: tuple[float, float]) -> Float32:
    """Return samples, float32 (n,), with a stretch of seconds made silent."""
    new = samples.copy()
    new[round(span[0] * rate) : round(span[1] * rate)] = 0
    return new


def _film(part: Media) -> Iterator[_Piece]:
    """Yield a film with each second of it black and silent."""
    for label, (start, end) in _seconds(length(part), "video"):
        yield _Piece("second", label, (start, end), _dark(part, start, end))


def _dark(film: Media, start: float, end: float) -> Media:
    """Return a film that is black and silent from start to end, in seconds."""

    def paint(time: float, pixels: Pixels) -> Pixels:
        return np.zeros_like(pixels) if start <= time < end else pixels

    def pictures(shots: Iterator[Shot]) -> Iterator[Shot]:
        return painted(shots, paint)

    def quiet(blocks: Iterator[Float32], rate: int) -> Iterator[Float32]:
        place = 0
        for block in blocks:
            new = block.copy()
            low, high = (max(0, round(at * rate) - place) for at in (start, end))
            new[low:high] = 0
            place += len(block)
            yield new

    return remade_video(film, pictures, quiet)

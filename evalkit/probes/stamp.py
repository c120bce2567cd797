"""Puts a rubber stamp on pages, first beside the text, then over it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_SHARES = (0.0, 0.01, 0.03, 0.06, 0.10, 0.20)
_OVER = 3
"""The severity from which a stamp goes where most print is."""
_WORDS = ("RECEIVED", "COPY", "APPROVED", "REGISTERED", "ARCHIVE", "CHECKED")
_INKS = ((170, 30, 40), (30, 50, 150), (30, 110, 60))
_FLAT = 0.4
"""Height of a stamp over its width."""
_TILT = 15.0
"""Degrees by which a stamp may stand askew, either way."""
_GRID = 32
"""Pixels of the side of a square in which ink is counted."""


@plugin("probes", "stamp")
@dataclass(frozen=True, slots=True)
class Stamp:
    """Stamps 1, 3, 6, 10 or 20 % of a page: a frame with a word, in red, blue or green, askew.

    Severities 1 and 2 choose the emptiest place of the page, 3 to 5 the one with most print. It
    can be read through the ink of the stamp where its letters and its frame are not. Levels of
    evalkit. A changed page is a picture without a text layer. Raises DataError where a document
    cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "The word of the stamp stands on the page, and some words under it."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with stamped pages, or None where it has no page."""
        if check_severity("stamp", severity) == 0:
            return item
        return change_pages(item, lambda page, _: _stamped(page, severity, ctx.rng))


def _stamped(page: Image.Image, severity: int, rng: np.random.Generator) -> Image.Image:
    """Return a page with a stamp, in colour."""
    from PIL import ImageChops

    stamp = _stamp(page.size, _SHARES[severity], rng)
    stamp = stamp.crop((0, 0, min(stamp.width, page.width), min(stamp.height, page.height)))
    left, top = _place(page, stamp.size, severity >= _OVER, rng)
    under = (left, top, left + stamp.width, top + stamp.height)
    out = page.convert("RGB")
    out.paste(ImageChops.multiply(out.crop(under), stamp), under)
    return out


def _stamp(page: tuple[int, int], share: float, rng: np.random.Generator) -> Image.Image:
    """Return a stamp on white whose frame takes a share of a page, no wider than the page."""
    from PIL import Image, ImageDraw, ImageFont

    area = share * page[0] * page[1]
    width = max(8, min(round(math.sqrt(area / _FLAT)), round(0.9 * page[0])))
    height = max(4, min(round(area / width), round(0.9 * page[1])))
    line = max(1, height // 14)
    face = Image.new("RGB", (width, height), "white")
    ink = _INKS[int(rng.integers(len(_INKS)))]
    word = _WORDS[int(rng.integers(len(_WORDS)))]
    pen = ImageDraw.Draw(face)
    pen.rounded_rectangle((0, 0, width - 1, height - 1), height // 5, outline=ink, width=line)
    size = min(0.6 * height, 1.2 * width / len(word))
    font = ImageFont.load_default(max(4.0, size))
    pen.text((width / 2, height / 2), word, ink, font, anchor="mm", stroke_width=size / 24)
    return face.rotate(
        rng.uniform(-_TILT, _TILT), Image.Resampling.BICUBIC, expand=True, fillcolor="white"
    )


def _place(
    page: Image.Image, size: tuple[int, int], over: bool, rng: np.random.Generator
) -> tuple[int, int]:
    """Return the left and top pixel of the place of a size with most print, or with least ink."""
    cell = min(_GRID, max(1, min(page.size) // 8))
    ink = _strokes(page, cell) if over else _ink(page, cell)
    wide, high = (min(side // cell + 1, n) for side, n in zip(size, ink.shape[::-1], strict=True))
    total = np.pad(ink.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    upto, above = total[high:], total[:-high]
    under = (upto[:, wide:] - upto[:, :-wide]) - (above[:, wide:] - above[:, :-wide])
    best = np.argwhere(np.isclose(under, under.max() if over else under.min()))
    top, left = best[int(rng.integers(len(best)))] * cell
    return min(int(left), page.width - size[0]), min(int(top), page.height - size[1])


def _ink(page: Image.Image, cell: int) -> Float64:
    """Return how dark each square of a page is on average, 0 to 255, (rows, columns)."""
    small = page.convert("L").reduce(cell)
    return 255 - np.asarray(small, np.float64)


def _strokes(page: Image.Image, cell: int) -> Float64:
    """Return how much pixels of each square differ from their right neighbours, (rows, columns)."""
    from PIL import ImageChops

    gray = page.convert("L")
    apart = ImageChops.difference(gray, ImageChops.offset(gray, 1, 0))
    return np.asarray(apart.reduce(cell), np.float64)

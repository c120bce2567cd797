"""Pages that the reader learns from: random words in many fonts, with the place of each letter.

Rendered with reportlab and pypdfium2, which only the fit needs to have beside Pillow.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .page_ink import marks
from .page_lines import SLANTS, TALL, Strip, strips

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from PIL import Image

FONTS = (
    *("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique"),
    *("Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"),
    *("Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"),
    *("Vera", "VeraBd", "VeraIt", "VeraBI"),
)
SIZES = (7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5, 11, 12, 13, 14, 16, 18, 20, 24)
DPI = 100
PAGE = (595, 842)


class Line(NamedTuple):
    """A written line: its text, font, size and start in points, y from the top of the page."""

    text: str
    font: str
    size: float
    x: float
    y: float


class Placed(NamedTuple):
    """A strip with the text in it and the columns between its letters (len(text) + 1)."""

    strip: Strip
    text: str
    edges: list[float]


def lines(
    rng: random.Random, words: Sequence[str], font: str, size: float, most: int = 200
) -> list[Line]:
    """A page of at most `most` lines of random words in one font."""
    found: list[Line] = []
    y = rng.uniform(40, 60)
    leading = size * rng.uniform(1.15, 1.6)
    while y < PAGE[1] - 40 and len(found) < most:
        x = rng.uniform(40, 80)
        text = _text(rng, words, round(rng.uniform(300, 460) / (size * 0.55)))
        found.append(Line(text, font, size, x, y))
        y += leading
    return found


def _text(rng: random.Random, words: Sequence[str], letters: int) -> str:
    text = rng.choice(words)
    while True:
        word = rng.choice(words)
        if len(text) + 1 + len(word) > letters:
            return text
        text += " " + word


def render(written: Sequence[Line], grain: int = 0, seed: int = 0) -> Image.Image:
    """The page at DPI; with grain it is blurred and speckled like a scan."""
    import pypdfium2
    from PIL import Image, ImageFilter
    from reportlab.pdfgen.canvas import Canvas

    _register()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=PAGE, invariant=1)
    for line in written:
        canvas.setFont(line.font, line.size)
        canvas.drawString(line.x, PAGE[1] - line.y, line.text)
    canvas.save()
    document = pypdfium2.PdfDocument(buffer.getvalue())
    page: Image.Image = document[0].render(scale=DPI / 72).to_pil().convert("L")
    document.close()
    if not grain:
        return page
    soft = page.filter(ImageFilter.GaussianBlur(0.25 + 0.1 * grain))
    noise = np.random.default_rng(seed).normal(0, 4 * grain, (page.height, page.width))
    return Image.fromarray(np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8))


def placed(written: Sequence[Line], page: Image.Image) -> list[Placed]:
    """The strips found on a rendered page that hold one written line each."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    found, scale = [], DPI / 72
    for strip in strips(marks(page).letters):
        near = [x for x in written if abs(x.y * scale - strip.foot) < 0.3 * x.size * scale]
        if len(near) != 1:
            continue
        text, font, size, x, _ = near[0]
        ends = [stringWidth(text[:count], font, size) + x for count in range(len(text) + 1)]
        edges = [(e * scale - strip.box.left) * TALL / strip.tall + SLANTS[-1] for e in ends]
        found.append(Placed(strip, text, edges))
    return found


def _register() -> None:
    """Make reportlab know its own TrueType fonts, whose files lie beside it."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in FONTS[12:]:
        if name not in pdfmetrics.getRegisteredFontNames():
            file = Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf"
            pdfmetrics.registerFont(TTFont(name, str(file)))

"""Document pages as pictures that a probe redraws, and back as pages of the same kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from evalkit.core.items import Item, Media, Page, Part
from evalkit.probes._parts import with_parts
from evalkit.probes._scans import scanned

if TYPE_CHECKING:
    from PIL import Image

DPI = 200
"""Pixels an inch at which pages are redrawn; levels in pixels are for this many."""
PDF = "application/pdf"

_SHORT_SIDE = 8.27
"""Inches of an A4 page across, which a picture without a size of its own is taken for."""

Redraw = Callable[["Image.Image", float], "Image.Image"]
"""Returns a page changed, from the page (RGB, or L where it has no colour) and its pixels an inch;
the page itself where there is nothing to change. The result is RGB, L or 1."""


def change_pages(item: Item, redraw: Redraw) -> Item | None:
    """Return an item with its pages redrawn, None where it has none or none of them changes.

    A page of a PDF becomes a PDF of that one page as a picture, a whole PDF one of as many pages,
    all drawn at 200 dpi. They have no text layer, on purpose: a scan has none, and a model that
    read it would not see the change. A page that is a picture by itself stays one, of PNG. Raises
    DataError where a document cannot be read.
    """
    parts = tuple(_changed(part, redraw) for part in item.parts)
    return with_parts(item, parts)


def sheet(page: Page) -> tuple[Image.Image, float]:
    """Return a page as a picture, RGB, or L where it has no colour, and its pixels an inch.

    A very large page is drawn at less than 200 dpi; a page that is a picture keeps its pixels and
    is taken for one of A4 width.
    """
    from evalkit.media.pages import MAX_PIXELS, page_image

    picture = page_image(page, DPI)
    dpi: float = DPI
    if page.document.mime.startswith("image/"):
        dpi = min(picture.size) / _SHORT_SIDE
    elif picture.width * picture.height > 0.99 * MAX_PIXELS:
        dpi = picture.width / page_image(page, 10).width * 10
    return (picture.convert("L") if _colourless(picture) else picture), dpi


def pages_of(part: Part) -> tuple[Page, ...]:
    """Return the pages of a part that is a page or a whole PDF, () for any other part."""
    from evalkit.media.pages import pages

    if isinstance(part, Page):
        return (part,)
    return pages(part) if isinstance(part, Media) and part.mime == PDF else ()


def is_white(page: Image.Image) -> bool:
    """Return whether a page is blank paper."""
    return page.convert("L").getextrema() == (255, 255)


def _changed(part: Part, redraw: Redraw) -> Part:
    """Return a part with its pages redrawn; the part itself where none of them changes."""
    found = pages_of(part)
    if not found:
        return part
    if isinstance(part, Page) and part.document.mime.startswith("image/"):
        return _picture(part, redraw)
    changes: list[bool] = []
    document = Media(PDF, data=scanned(_redrawn(found, redraw, changes)))
    if not any(changes):
        return part
    return Page(document, 1) if isinstance(part, Page) else document


def _redrawn(
    found: tuple[Page, ...], redraw: Redraw, changes: list[bool]
) -> Iterator[tuple[Image.Image, float]]:
    """Yield each page redrawn and its pixels an inch, and note in `changes` whether it changed."""
    for page in found:
        old, dpi = sheet(page)
        new = redraw(old, dpi)
        changes.append(new is not old)
        yield new, dpi


def _picture(page: Page, redraw: Redraw) -> Page:
    """Return a page that is a picture by itself redrawn as one."""
    from evalkit.media.images import encode_png

    old, dpi = sheet(page)
    new = redraw(old, dpi)
    return page if new is old else Page(Media("image/png", data=encode_png(new)), 1)


def _colourless(picture: Image.Image) -> bool:
    """Return whether red, green and blue are alike everywhere."""
    from PIL import ImageChops

    red, green, blue = picture.split()
    return all(ImageChops.difference(red, c).getbbox() is None for c in (green, blue))

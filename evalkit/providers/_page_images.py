"""Pages of PDF documents, drawn as images for services that take images and no documents.

A page is looked up when its item is checked and drawn when it is sent, so that a batch of pages is
never held in memory.
"""

from __future__ import annotations

from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item, Media, Page, Part
from evalkit.providers._calls import Rejected
from evalkit.providers._containers import normal_mime

DPI = 150
"""Pixels an inch, where a suite says nothing else: a letter has about 1240 x 1650."""
WHOLE_PDF = (
    "it is a whole PDF document, and the model takes pages as images: the system step `pages` "
    "embeds every page by itself."
)
_PDF = "application/pdf"
_LEAST, _MOST = 30, 600


def check_dpi(dpi: int) -> None:
    """Raise UsageError for a resolution that pages are not drawn at."""
    if not _LEAST <= dpi <= _MOST:
        raise UsageError(f"page_dpi: {dpi} is not from {_LEAST} to {_MOST}.")


def is_pdf(media: Media) -> bool:
    """Return whether a piece of media is said to be a PDF document."""
    return normal_mime(media.mime) == _PDF


def is_pdf_page(part: Part) -> bool:
    """Return whether a part is a page that has to be drawn before it is an image."""
    return isinstance(part, Page) and is_pdf(part.document)


def check_page(page: Page) -> None:
    """Raise DataError for a PDF that cannot be opened, or that has no such page."""
    from evalkit.media.pages import page_count

    count = page_count(page.document)
    if not 1 <= page.page <= count:
        raise DataError(f"its document has {count:,} pages, and no page {page.page}.")


def too_many_pages(item: Item, most: int) -> str:
    """Return the sentence for a whole PDF document with too many pages, or one that is broken."""
    from evalkit.media.pages import page_count

    part = item.parts[0]
    if not isinstance(part, Media) or not is_pdf(part):
        return ""
    try:
        count = page_count(part)
    except DataError as e:
        return str(e)
    what = f"its document has {count:,} pages; the model takes {most}"
    each = "the system step `pages` embeds every page by itself."
    return f"{what}: {each}" if count > most else ""


def with_pages_drawn(item: Item, dpi: int, most_bytes: int) -> Item:
    """Return an item whose pages of PDF documents are images, everything else as it is.

    dpi: pixels an inch. most_bytes: of one image; a page that has more as PNG is encoded as JPEG
    instead. Raises Rejected where it has more even so, or cannot be drawn.
    """
    if not any(map(is_pdf_page, item.parts)):
        return item
    try:
        parts = tuple(_drawn(part, dpi, most_bytes) for part in item.parts)
    except DataError as e:
        raise Rejected(str(e)) from None
    return item.with_content(parts if isinstance(item.content, tuple) else parts[0])


def _drawn(part: Part, dpi: int, most_bytes: int) -> Part:
    """Return a page of a PDF document as the page that an image is."""
    from evalkit.media.pages import page_media

    if not isinstance(part, Page) or not is_pdf_page(part):
        return part
    image = page_media(part, dpi)
    if len(image.read()) > most_bytes:
        image = page_media(part, dpi, "image/jpeg")
    size = len(image.read())
    if size > most_bytes:
        what = f"at {dpi} pixels an inch its page has {size:,} bytes even as JPEG"
        raise DataError(f"{what}; the model takes {most_bytes:,}. Lower `page_dpi`.")
    return Page(image, 1)

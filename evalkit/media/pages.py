"""Pages of PDF documents as pictures and as text; a document may also be a single image.

PDFium is not safe to use from several threads at once, so that one lock guards all of it.
"""

from __future__ import annotations

import atexit
import io
import math
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from evalkit.core.errors import DataError, UsageError
from evalkit.core.extras import expect
from evalkit.core.items import Media, Page
from evalkit.media.containers import broken, file_of
from evalkit.media.images import encode_png, media_image

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument, PdfPage

MAX_PIXELS = 40_000_000
"""Pages that would hold more pixels are drawn at a lower resolution."""

_MARGIN = 0.999
_POINTS = 72
_PASSWORD = 4
_HEAD, _TAIL = 1024, 4096
_LOCK = threading.Lock()


class _Last:
    """The document that was opened last, and what it is known by."""

    def __init__(self) -> None:
        self.pdf: PdfDocument | None = None
        self.key: tuple[object, ...] = ()

    def close(self) -> None:
        """Close the document, if there is one."""
        if self.pdf is not None:
            self.pdf.close()
        self.pdf, self.key = None, ()


_LAST = _Last()


def page_count(document: Media) -> int:
    """Return how many pages a document has; 1 for an image.

    Raises DataError for a document that is empty, broken, cut short, protected by a password, or
    without pages.
    """
    if document.mime.startswith("image/"):
        return 1
    with _opened(document) as pdf:
        return len(pdf)


def pages(document: Media) -> tuple[Page, ...]:
    """Return every page of a document, in order; raises DataError as `page_count` does."""
    return tuple(Page(document, number) for number in range(1, page_count(document) + 1))


def page_image(page: Page, dpi: int = 100) -> Image.Image:
    """Return a page as it is printed, RGB on white.

    dpi: pixels an inch, fewer where a page would hold more than 40 megapixels; an image that is a
    document by itself keeps its own pixels. Raises DataError as `page_count` does and for a page
    that is not there; UsageError where dpi is below 1.
    """
    if dpi < 1:
        raise UsageError(f"{dpi} pixels an inch is no resolution: it must be 1 or more.")
    if page.document.mime.startswith("image/"):
        _in_range(page, 1)
        return media_image(page.document)
    with _page(page) as leaf:
        width, height = leaf.get_size()
        scale = min(dpi / _POINTS, _MARGIN * math.sqrt(MAX_PIXELS / (width * height)))
        bitmap = leaf.render(scale=scale, rev_byteorder=True)
        try:
            image: Image.Image = bitmap.to_pil().convert("RGB")  # a copy in any case
            return image
        finally:
            bitmap.close()


def page_text(page: Page) -> str:
    """Return the text layer of a page, "" where it has none, as an image has not.

    Lines end in a line feed; words that were hyphenated at a line's end are joined. Raises
    DataError as `page_image` does.
    """
    if page.document.mime.startswith("image/"):
        _in_range(page, 1)
        return ""
    with _page(page) as leaf:
        layer = leaf.get_textpage()
        try:
            text = str(layer.get_text_bounded())
        finally:
            layer.close()
    return text.replace("\r\n", "\n").replace("\ufffe", "").replace("\0", "").strip()


def page_media(page: Page, dpi: int = 100, mime: str = "image/png") -> Media:
    """Return a page as an encoded image for services that take images but no documents.

    mime: image/png or image/jpeg. The bytes are what is sent, so that their digest is of what was
    sent; the same page gives the same bytes. Raises DataError and UsageError as `page_image` does.
    """
    if mime not in ("image/png", "image/jpeg"):
        raise UsageError(f"'{mime}' is no image that a page is written as: PNG and JPEG are.")
    image = page_image(page, dpi)
    if mime == "image/png":
        return Media(mime, data=encode_png(image))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return Media(mime, data=out.getvalue())


@contextmanager
def _opened(document: Media) -> Iterator[PdfDocument]:
    """Open a PDF while no other thread uses PDFium; the last one stays open for its next page."""
    with file_of(document) as file, _LOCK:
        key = _key(document, file)
        if _LAST.key != key:
            _LAST.close()
            _LAST.pdf, _LAST.key = _loaded(document, file), key
        assert _LAST.pdf is not None
        yield _LAST.pdf


def _key(document: Media, file: BinaryIO) -> tuple[object, ...]:
    """Return what tells one document from another, and from itself after a change."""
    if document.data is not None:
        return (document.data,)
    about = os.fstat(file.fileno())
    return (document.path, about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)


def _loaded(document: Media, file: BinaryIO) -> PdfDocument:
    """Return a PDF opened; raises DataError where it is none, or is protected."""
    expect("pypdfium2")
    import pypdfium2

    atexit.unregister(_LAST.close)
    atexit.register(_LAST.close)  # after PDFium's own, so that it runs before that
    _whole(document, file)
    try:
        pdf = pypdfium2.PdfDocument(document.path if document.data is None else document.data)
        pdf.init_forms()
    except pypdfium2.PdfiumError as e:
        raise _refused(document, file, e) from e
    return pdf


def _whole(document: Media, file: BinaryIO) -> None:
    """Raise DataError for what is no PDF, or lacks its end; PDFium would open what is left."""
    head = file.read(_HEAD)
    file.seek(-min(_TAIL, file.seek(0, 2)), 2)
    tail = file.read()
    file.seek(0)
    if b"%PDF-" not in head:
        raise broken(document, "its bytes are no PDF.")
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise broken(document, "it is cut short: the end of the PDF is missing.")


@contextmanager
def _page(page: Page) -> Iterator[PdfPage]:
    """Open one page of a PDF."""
    import pypdfium2

    with _opened(page.document) as pdf:
        _in_range(page, len(pdf))
        try:
            leaf = pdf[page.page - 1]
            try:
                yield leaf
            finally:
                leaf.close()
        except pypdfium2.PdfiumError as e:
            raise broken(page.document, f"its page {page.page} cannot be read.") from e


def _in_range(page: Page, count: int) -> None:
    """Raise DataError where a document has no such page."""
    if not 1 <= page.page <= count:
        have = f"it has {count} page" + "s" * (count != 1)
        raise broken(page.document, f"{have}, and no page {page.page}.", "Correct the page number.")


def _refused(document: Media, file: BinaryIO, error: Exception) -> DataError:
    """Return the error for a PDF that PDFium does not open, which its bytes tell better."""
    file.seek(0)
    data = file.read()
    if getattr(error, "err_code", None) == _PASSWORD and b"/Encrypt" in data:
        fix = "Store it without its password, or leave it out."
        return broken(document, "it is protected by a password.", fix)
    if re.search(rb"/Count\s+0\b", data) and not re.search(rb"/Type\s*/Page\b", data):
        return broken(document, "it has no pages.")
    return broken(document, "its bytes are no PDF that can be read, or are cut short.")

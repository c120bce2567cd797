"""Writes pictures as the pages of a PDF, as a scanner does: no text layer, no date."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 92
_FIRST = 3
"""The number of the first page's object, after the catalogue and the list of pages."""
_HAIR = 0.001
"""Points by which a page is narrower, so that no rounding makes it a pixel wider when drawn."""
_SPACES = {"RGB": "DeviceRGB", "L": "DeviceGray", "1": "DeviceGray"}


def scanned(sheets: Iterable[tuple[Image.Image, float]]) -> bytes:
    """Return pictures as a PDF of one page each; the same pictures give the same bytes.

    sheets: picture (RGB, L or 1) and its pixels an inch. RGB and L are stored as JPEG of quality 92
    without subsampling, 1 as it is. Only the encoded form of earlier pages is held.
    """
    body: list[bytes] = []
    for number, (picture, dpi) in enumerate(sheets):
        body += _page(picture, dpi, _FIRST + 3 * number)
    kids = " ".join(f"{n} 0 R" for n in range(_FIRST, _FIRST + len(body), 3))
    catalogue = b"<< /Type /Catalog /Pages 2 0 R >>"
    listing = f"<< /Type /Pages /Kids [{kids}] /Count {len(body) // 3} >>".encode()
    return _file([catalogue, listing, *body])


def _page(picture: Image.Image, dpi: float, number: int) -> list[bytes]:
    """Return the objects of one page: the page, what it draws, and the picture."""
    width, height = (f"{72 * side / dpi - _HAIR:.4f}" for side in picture.size)
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
        f"/Resources << /XObject << /Scan {number + 2} 0 R >> >> /Contents {number + 1} 0 R >>"
    )
    drawn = f"q {width} 0 0 {height} 0 0 cm /Scan Do Q".encode()
    return [page.encode(), _stream("", drawn), _picture(picture)]


def _picture(picture: Image.Image) -> bytes:
    """Return a picture as an object."""
    coding, bits = "DCTDecode", 8
    if picture.mode == "1":
        coding, bits = "FlateDecode", 1
        data = zlib.compress(np.packbits(np.asarray(picture), axis=1).tobytes())
    else:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
        data = out.getvalue()
    about = (
        f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
        f"/ColorSpace /{_SPACES[picture.mode]} /BitsPerComponent {bits} /Filter /{coding} "
    )
    return _stream(about, data)


def _stream(about: str, data: bytes) -> bytes:
    """Return bytes with their dictionary as the content of an object."""
    return f"<< {about}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: list[bytes]) -> bytes:
    """Return objects, numbered from 1, as a file with its table of places."""
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    table = [b"0000000000 65535 f \n"]
    for number, content in enumerate(objects, 1):
        table.append(b"%010d 00000 n \n" % out.tell())
        out.write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
    start, size = out.tell(), len(table)
    out.write(b"xref\n0 %d\n" % size + b"".join(table))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
    return out.getvalue()

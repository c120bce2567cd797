"""A picture that a page shows several times is held once: other places refer to the first one."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter

_PICTURE = re.compile(r'<img src="(data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+)" alt="([^"]*)">')


def hold_once(page: str) -> str:
    """Return a page in which each repeated picture is held by its first place alone.

    Those places become drawings (SVG) of the picture, so that no script is needed. Foreign text
    cannot be taken for a picture, since its quotes are escaped.
    """
    counts = Counter(found[1] for found in _PICTURE.finditer(page))
    sizes = {data: size for data in counts if counts[data] > 1 and (size := _size(data))}
    names = {data: f"picture-{n}" for n, data in enumerate(sizes)}
    seen: set[str] = set()

    def drawn(found: re.Match[str]) -> str:
        data, words = found[1], found[2]
        if data not in names:
            return found[0]
        name, (wide, high) = names[data], sizes[data]
        first, size = data not in seen, f'width="{wide}" height="{high}"'
        seen.add(data)
        inner = f'<image id="{name}" href="{data}" {size}/>' if first else f'<use href="#{name}"/>'
        said = f'class="pic" role="img" aria-label="{words}"'
        return f'<svg {said} {size} viewBox="0 0 {wide} {high}">{inner}</svg>'

    return _PICTURE.sub(drawn, page)


def _size(data: str) -> tuple[int, int] | None:
    """Return width and height of a picture in an address, None where it cannot be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError):
        return None  # it stays as it is, a picture each time

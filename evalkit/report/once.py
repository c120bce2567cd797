"""A picture or a sound that a page has several times is held once: other places refer to it."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Callable

_PICTURE = re.compile(r'<img src="(data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+)" alt="([^"]*)">')
_SOUND = re.compile(
    r'<audio controls preload="none" src="(data:audio/(?:ogg|mpeg);base64,[A-Za-z0-9+/=]+)"'
    r' aria-label="([^"]*)"></audio>'
)
AGAIN = '<a class="again"'
"""How a place begins that refers to a sound."""


def hold_once(page: str) -> str:
    """Return a page in which each repeated picture or sound is held by its first place alone.

    Places of a picture become drawings (SVG), so that no script is needed. Further places of a
    sound become links to its player, which a script turns into players where it may run. Foreign
    text cannot be taken for either, since its quotes are escaped.
    """
    return _once(_once(page, _PICTURE, "picture", _drawing), _SOUND, "sound", _player)


_Place = Callable[[re.Match[str], str, bool], str | None]
"""What stands at a place of a medium: from the match, its name, and whether it is the first."""


def _once(page: str, pattern: re.Pattern[str], kind: str, place: _Place) -> str:
    """Return a page whose media that match a pattern several times are held by the first place."""
    counts = Counter(found[1] for found in pattern.finditer(page))
    names = {data: f"{kind}-{n}" for n, data in enumerate(d for d in counts if counts[d] > 1)}
    seen: set[str] = set()

    def held(found: re.Match[str]) -> str:
        data = found[1]
        if data not in names:
            return found[0]
        first = data not in seen
        seen.add(data)
        return place(found, names[data], first) or found[0]

    return pattern.sub(held, page)


def _drawing(found: re.Match[str], name: str, first: bool) -> str | None:
    """Return a picture as a drawing, None where its size cannot be read."""
    data, words = found[1], found[2]
    wide_high = _size(data)
    if wide_high is None:
        return None
    wide, high = wide_high
    size = f'width="{wide}" height="{high}"'
    inner = f'<image id="{name}" href="{data}" {size}/>' if first else f'<use href="#{name}"/>'
    said = f'class="pic" role="img" aria-label="{words}"'
    return f'<svg {said} {size} viewBox="0 0 {wide} {high}">{inner}</svg>'


def _player(found: re.Match[str], name: str, first: bool) -> str:
    """Return the player of a sound with a name, and a link to it in other places."""
    if first:
        return found[0].replace("<audio ", f'<audio id="{name}" ', 1)
    return f'{AGAIN} href="#{name}" data-label="{found[2]}">Same sound as further up</a>'


def _size(data: str) -> tuple[int, int] | None:
    """Return width and height of a picture in an address, None where it cannot be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError):
        return None  # it stays as it is, a picture each time

"""Items to compare as cards: words, picture, page, first frame, and a sound with its player."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import look
from dashboard.look import Markup
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page
from evalkit.report.view.pictures import Content

_PIXELS, _SECONDS, _LETTERS = 320, 10.0, 240


def look_at(a: Item, others: Sequence[Item]) -> None:
    """Show what is compared with what; text alone, which stands in its field, is not repeated."""
    named = [("A", a), *(("B", b) for b in others)]
    cards = [look.card(_content(i.id, i.digest(), i), name) for name, i in named if _is(i)]
    if cards:
        look.html(Markup('<div class="items">{}</div>').format(Markup().join(cards)))


def _is(item: Item) -> bool:
    """Return whether an item is more than words that a visitor wrote."""
    return item.id != "text" or item.modality != "text"


@st.cache_data(show_spinner=False, max_entries=64)
def _content(name: str, digest: str, _item: Item) -> Content:
    """Return an item as it can be shown; what of it cannot be drawn or heard is left out."""
    words = " ".join(part for part in _item.parts if isinstance(part, str))
    media = next((part for part in _item.parts if not isinstance(part, str)), None)
    short = words if len(words) <= _LETTERS else f"{words[: _LETTERS - 1]}…"
    picture, sound = _previews(media) if media is not None else (None, None)
    return Content(name, _item.modality, short, picture=picture, sound=sound)


def _previews(part: Media | Page) -> tuple[bytes | None, bytes | None]:
    """Return a small picture of media and its first seconds of sound, where there are any."""
    from evalkit.media import previews

    try:
        sound = previews.player(part, _SECONDS) if isinstance(part, Media) else None
        return previews.picture(part, _PIXELS), sound
    except DataError:
        return None, None

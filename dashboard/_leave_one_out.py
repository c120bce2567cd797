"""What each piece of an item does to a similarity, drawn on the item: words, tiles, seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import look
from dashboard.look import Markup
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page, Part

if TYPE_CHECKING:
    from evalkit.pipeline.similarity import Change

_PIXELS = 480
_STYLE = Markup(
    "<style>.pieces { line-height: 2; white-space: pre-wrap; overflow-wrap: anywhere; }"
    ".pieces span { border-radius: 4px; padding: .1em .15em; }"
    ".tiles { position: relative; width: 100%; max-width: 480px; line-height: 0; }"
    ".tiles img { width: 100%; } .tiles span { position: absolute; border: 1px solid #0003; }"
    "</style>"
)
_ALIKE, _UNLIKE = "0, 114, 178", "213, 94, 0"
"""Blue for what makes two items more alike, vermilion for what makes them less (Okabe and Ito)."""


def leave_one_out(item: Item, changes: Sequence[Change], dim: int, name: str) -> None:
    """Show what leaving out each piece of an item changes at a size. name: `A` or `B`."""
    known = [one for one in changes if one.item == name and one.changes]
    if not known:
        st.caption(f"Nothing can be left out of {name}.")
        return
    look.html(_STYLE)
    most = max(abs(one.changes[dim]) for one in known) or 1.0
    for number, part in enumerate(item.parts):
        mine = [one for one in known if one.part == number]
        if mine:
            _part(part, mine, dim, most, f"{name}-{number}")
    strongest = sorted(known, key=lambda one: -abs(one.changes[dim]))
    rows = [(one.label, one.kind, one.changes[dim]) for one in strongest]
    with st.expander(f"Every piece of {name}"):
        data = pd.DataFrame(rows, columns=["left out", "kind", f"change at {dim}"])
        look.frame(data, f"pieces-of-{name}", key=f"pieces-{name}")


def _part(part: Part, changes: Sequence[Change], dim: int, most: float, name: str) -> None:
    """Show one part of an item."""
    if isinstance(part, str):
        look.html(_words(part, changes, dim, most))
    elif changes[0].kind in ("tile", "region"):
        picture = _picture(part)
        if picture is not None:
            look.html(_tiles(picture, changes, dim, most))
    else:
        _bars(changes, dim, name)


def _shade(change: float, most: float) -> str:
    """Return the colour of a change, the stronger the more of it."""
    colour = _ALIKE if change < 0 else _UNLIKE
    return f"rgba({colour}, {0.75 * abs(change) / most:.3f})"


def _words(text: str, changes: Sequence[Change], dim: int, most: float) -> Markup:
    """Return a text with its words shaded."""
    found, last = Markup(), 0
    word = Markup('<span style="background: {}" title="{}">{}</span>')
    for one in sorted(changes, key=lambda c: c.place):
        start, end = map(int, one.place)
        value = one.changes[dim]
        found += look.esc(text[last:start])
        found += word.format(_shade(value, most), f"{value:+.3f}", look.esc(text[start:end]))
        last = end
    return Markup('<p class="pieces" dir="auto">{}</p>').format(found + look.esc(text[last:]))


def _picture(part: Media | Page) -> bytes | None:
    """Return a picture to shade, None where the part cannot be drawn."""
    from evalkit.media import previews

    try:
        return previews.picture(part, _PIXELS)
    except DataError:
        return None


def _tiles(picture: bytes, changes: Sequence[Change], dim: int, most: float) -> Markup:
    """Return a picture with its tiles shaded."""
    tile = Markup(
        '<span style="left: {:.2f}%; top: {:.2f}%; width: {:.2f}%; height: {:.2f}%;'
        ' background: {}" title="{}"></span>'
    )
    tiles = Markup().join(
        tile.format(
            100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top),
            _shade(one.changes[dim], most), f"{one.label}: {one.changes[dim]:+.3f}",
        )
        for one in changes
        for left, top, right, bottom in [one.place]
    )  # fmt: skip
    strongest = min(changes, key=lambda one: one.changes[dim])
    alt = f"the tile that makes the two most alike is in {strongest.label}"
    whole = Markup('<div class="tiles"><img src="{}" alt="{}">{}</div>')
    return whole.format(look.address(picture), alt, tiles)


def _bars(changes: Sequence[Change], dim: int, name: str) -> None:
    """Show a bar for each second, or page."""
    import altair as alt

    ordered = sorted(changes, key=lambda one: one.place)
    data = pd.DataFrame(
        [(one.label, one.changes[dim]) for one in ordered], columns=["at", "change"]
    )
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("at:N", sort=None, title=None),
            y=alt.Y("change:Q", title="change in cosine"),
            color=alt.condition(
                "datum.change < 0", alt.value(f"rgb({_ALIKE})"), alt.value(f"rgb({_UNLIKE})")
            ),
            tooltip=["at", alt.Tooltip("change:Q", format="+.3f")],
        )
    )
    look.chart(bars, f"left-out-{name}", "What leaving out each stretch changes in the cosine.")

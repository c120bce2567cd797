"""Queries and items as they can be shown, with no more media than a page can carry."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_LETTERS = 240
_BYTES = 2_000_000
"""Of all pictures of a report together, before they are written as text."""
_SOUND_BYTES = 2_500_000
"""Of all sounds, likewise."""


@dataclass(frozen=True, slots=True)
class Content:
    """A query or an item as it can be shown.

    picture: a small JPEG or PNG; sound: some seconds as Ogg or MP3; None where there is none.
    """

    id: str
    modality: str = ""
    text: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    picture: bytes | None = None
    sound: bytes | None = None


def contents(items: pa.Table, case: str, side: str, ids: Collection[str]) -> dict[str, Content]:
    """Return some queries or items of a case by id."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = items.filter(pc.is_in(items["id"], pa.array(sorted(ids), pa.string())))
    rows = rows.filter(pc.and_(pc.equal(rows["case"], case), pc.equal(rows["side"], side)))
    return {row["id"]: _content(row) for row in rows.to_pylist()}


def _content(row: Mapping[str, Any]) -> Content:
    """Return a row of the table as it can be shown; older runs have no sounds."""
    return Content(
        id=row["id"],
        modality=row["modality"],
        text=_cut(row["text"]),
        tags=_tags(row["tags"]),
        picture=row["picture"],
        sound=row.get("sound"),
    )


def place(modality: str, start: float | None, end: float | None) -> str:
    """Return which part of an item won in words, "" where it is the whole.

    A part of a document is given in pages, of a recording in seconds, of a text in characters.
    """
    if start is None or end is None or not (math.isfinite(start) and math.isfinite(end)):
        return ""
    if modality == "document":
        return f"page {start:.0f}" if start == end else f"pages {start:.0f} to {end:.0f}"
    if modality in ("audio", "video"):
        return f"{_clock(start)} to {_clock(end)}"
    return f"from character {start:.0f}" if modality == "text" else ""


def _clock(seconds: float) -> str:
    """Return seconds as m:ss or h:mm:ss, with tenths where there are any."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"


def _cut(text: str) -> str:
    """Return a text of at most so many letters."""
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    """Return tags from their JSON, the values of each joined, with weights where there are any."""
    tags: dict[str, Any] = json.loads(text or "{}")
    return tuple((name, ", ".join(_values(tag))) for name, tag in tags.items())


def _values(tag: Mapping[str, float] | Iterable[str]) -> list[str]:
    """Return the values of a tag as they are shown."""
    if isinstance(tag, Mapping):
        return [f"{value} {weight:g}" for value, weight in tag.items()]
    return list(map(str, tag))


class Album:
    """Hands out contents, their pictures and sounds as long as there is room.

    Each of the sections may use its share; what one leaves over goes to those that follow. What a
    page has already takes no more room, since it is held once. share: of the room of a page.
    """

    def __init__(self, sections: int, share: float = 1.0) -> None:
        self._shares = {k: int(size * share) // max(sections, 1) for k, size in _room().items()}
        self._left = dict.fromkeys(self._shares, 0)
        self._held: set[bytes] = set()
        self._pages: dict[str, Mapping[str, Content]] = {}

    def open(self, page: Mapping[str, Content], side: str) -> None:
        """Take the contents of one side of a section; a section begins with its queries."""
        for kind, share in self._shares.items() if side == "query" else ():
            self._left[kind] += share
        self._pages[side] = page

    def show(self, side: str, name: str) -> Content:
        """Return a content, without the picture or the sound for which no room is left."""
        content = self._pages[side].get(name, Content(name))
        picture = self._kept("picture", content.picture)
        return replace(content, picture=picture, sound=self._kept("sound", content.sound))

    def either(self, name: str) -> Content:
        """Return the content of an item on whichever side it stands."""
        return self.show("corpus" if name in self._pages["corpus"] else "query", name)

    def _kept(self, kind: str, data: bytes | None) -> bytes | None:
        """Return a picture or sound if there is room for it."""
        if data is None or data in self._held:
            return data
        if len(data) > self._left[kind]:
            return None
        self._left[kind] -= len(data)
        self._held.add(data)
        return data


def _room() -> dict[str, int]:
    """Return how many bytes of each kind a page can carry."""
    return {"picture": _BYTES, "sound": _SOUND_BYTES}

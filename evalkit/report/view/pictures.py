"""Queries and items as they can be shown, with no more pictures than a page can carry."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_LETTERS = 240
_BYTES = 1_250_000
"""Of all pictures of a report together, before they are written as text."""


@dataclass(frozen=True, slots=True)
class Content:
    """A query or an item as it can be shown. picture: a small JPEG, None where there is none."""

    id: str
    modality: str = ""
    text: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    picture: bytes | None = None


def contents(items: pa.Table, case: str, side: str, ids: Collection[str]) -> dict[str, Content]:
    """Return some queries or items of a case by id."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = items.filter(pc.is_in(items["id"], pa.array(sorted(ids), pa.string())))
    rows = rows.filter(pc.and_(pc.equal(rows["case"], case), pc.equal(rows["side"], side)))
    return {
        r["id"]: Content(r["id"], r["modality"], _cut(r["text"]), _tags(r["tags"]), r["picture"])
        for r in rows.to_pylist()
    }


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
    """Hands out contents, their pictures as long as there is room.

    Each of the sections may use its share; what one leaves over goes to those that follow.
    """

    def __init__(self, sections: int) -> None:
        self._share = _BYTES // max(sections, 1)
        self._left = 0
        self._pages: dict[str, Mapping[str, Content]] = {}

    def open(self, page: Mapping[str, Content], side: str) -> None:
        """Take the contents of one side of a section; a section begins with its queries."""
        self._left += self._share if side == "query" else 0
        self._pages[side] = page

    def show(self, side: str, name: str) -> Content:
        """Return a content, without its picture where there is no room left."""
        content = self._pages[side].get(name, Content(name))
        size = len(content.picture or b"")
        if size > self._left:
            return replace(content, picture=None)
        self._left -= size
        return content

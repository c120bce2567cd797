"""Vectors that stand for those of a real model: those of the built-in encoder, cut to a size.

Where the built-in encoder finds nothing to go by (a text of symbols, a silent sound) the vector is
that of a text that holds the digest of the bytes: equal bytes, equal vectors.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Role
from evalkit.providers.reference import Reference

WIDTH = 3072
_ROLE = Role("corpus", frozenset({"text", "image", "document", "audio", "video"}))
_NOTHING = "finds nothing in it"
_MOST_KNOWN = 4096
_KNOWN: dict[str, Float32] = {}
"""Vectors of media by the digest of their content."""
_LOCK = threading.Lock()


class Unreadable(Exception):
    """What should be a picture, a sound or a film is none."""


def _encoded(item: Item) -> Float32 | str:
    """Return the vector of an item, or why it has none."""
    outcome = next(iter(Reference().embed([item], _ROLE, WIDTH)))
    if not isinstance(outcome, Embedded):
        return outcome.reason
    outcome.vector.flags.writeable = False
    return outcome.vector


@lru_cache(maxsize=4096)
def of_text(text: str) -> Float32:
    """Return the vector of a text, float32 (3072,); of its digest where nothing can be read."""
    found = _encoded(Item("text", text))
    if isinstance(found, str):
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = _encoded(Item("text", f"text {digest}"))
    if isinstance(found, str):
        raise AssertionError(f"the built-in model reads no digest: {found}")
    return found


def of_media(content: Media | Page) -> Float32:
    """Return the vector of a picture, page, sound or film, float32 (3072,).

    Raises Unreadable where it is none.
    """
    item = Item("media", content)
    digest = item.digest()
    known = _KNOWN.get(digest)
    if known is None:
        found = _encoded(item)
        if isinstance(found, str) and _NOTHING not in found:
            raise Unreadable(found)
        known = of_text(f"media {digest}") if isinstance(found, str) else found
        with _LOCK:
            if len(_KNOWN) >= _MOST_KNOWN:
                del _KNOWN[next(iter(_KNOWN))]
            _KNOWN[digest] = known
    return known


def sized(vector: Float32, dim: int, *, unit: bool = True) -> Float32:
    """Return the first `dim` values, made a unit vector again unless that is not wanted."""
    cut = vector[:dim].astype(np.float64)
    length = float(np.linalg.norm(cut))
    return np.asarray(cut / length if unit and length else cut, np.float32)


def mean(vectors: Sequence[Float32]) -> Float32:
    """Return the mean direction of unit vectors, for inputs of several parts."""
    return sized(np.asarray(np.mean(vectors, axis=0, dtype=np.float64), np.float32), WIDTH)


def shifted(vector: Float32, share: float) -> Float32:
    """Return a vector as a silently changed model would give it; a share of 0 changes nothing."""
    if not share:
        return vector
    moved: Float32 = ((1 - share) * vector + share * np.roll(vector, 1)).astype(np.float32)
    return sized(moved, WIDTH)

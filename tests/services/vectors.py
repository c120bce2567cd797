"""Vectors that stand for those of a real model: those of the built-in encoder, cut to a size.

Texts and pictures get what the built-in encoder makes of them. Sound and video, which it does not
read, get the vector of a text that holds the digest of their bytes: equal bytes, equal vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Role
from evalkit.providers.reference import Reference

WIDTH = 3072
_ROLE = Role("corpus", frozenset({"text", "image"}))


class Unreadable(Exception):
    """What should be a picture is none."""


def _encoded(item: Item) -> Float32 | str:
    """Return the vector of an item, or why it has none."""
    outcome = next(iter(Reference().embed([item], _ROLE, WIDTH)))
    return outcome.vector if isinstance(outcome, Embedded) else outcome.reason


@lru_cache(maxsize=4096)
def of_text(text: str) -> Float32:
    """Return the vector of a text, float32 (3072,); of its digest where nothing can be read."""
    found = _encoded(Item("text", text))
    if isinstance(found, str):
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = _encoded(Item("text", f"text {digest}"))
    if isinstance(found, str):
        raise AssertionError(f"the built-in model reads no digest: {found}")
    found.flags.writeable = False
    return found


@lru_cache(maxsize=1024)
def of_image(data: bytes, mime: str) -> Float32:
    """Return the vector of a picture, float32 (3072,); raises Unreadable where it is none."""
    found = _encoded(Item("image", Media(mime, data=data)))
    if isinstance(found, str):
        raise Unreadable(found)
    found.flags.writeable = False
    return found


def of_bytes(kind: str, data: bytes, part: str = "") -> Float32:
    """Return a vector that depends on kind, bytes and part alone, float32 (3072,)."""
    return of_text(f"{kind} {hashlib.sha256(data).hexdigest()} {part}".strip())


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

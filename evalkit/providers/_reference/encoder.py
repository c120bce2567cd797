"""The encoder: features of a modality, its linear map to concepts, and the shared last step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import head, image, text
from .numbers import Words, normals, scramble, signs
from .weights import FOLDER, Weights, load

if TYPE_CHECKING:
    from PIL import Image

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
T = TypeVar("T")

CODE_VERSION = 1
"""Raised whenever the same weights would give other vectors."""

IMAGE_UNIT = 512
"""One deviation of an image feature, in the integers that the map multiplies."""
TOKEN_PLACES = 64
DETAIL_SHARE = 1 / 384
"""Weight of the text-only concepts in a sketch: one of them is worth about all its tokens."""
_TOKEN_SIGNS, _DETAIL_SKETCH, _IMAGE_SKETCH = 21, 22, 23
_BATCH = 64


class ReferenceEncoder:
    """Encodes texts and pictures into one space of `width` numbers, from their content alone."""

    width = head.WIDTH

    def __init__(self, folder: Path = FOLDER) -> None:
        self._weights, digest = load(folder)
        self.revision: str = f"{digest[:12]}-{CODE_VERSION}"

    def encode_texts(self, texts: list[str]) -> Vectors:
        """Unit vectors (n, width) float32, one a text."""
        return _batched(texts, self._texts)

    def encode_images(self, images: list[Image.Image]) -> Vectors:
        """Unit vectors (n, width) float32, one a picture of any size and mode."""
        return _batched(images, self._images)

    def _texts(self, texts: Sequence[str]) -> Vectors:
        concepts, sketches = [], []
        shared = len(self._weights.image_map)
        for one in texts:
            said, sketch = text_concepts(one, self._weights)
            details = np.rint(said[shared:] * 1024) @ _detail_sketch(said.size - shared)
            concepts.append(said[:shared])
            sketches.append(sketch + np.rint(details * DETAIL_SHARE))
        return head.spread(np.array(concepts), np.array(sketches))

    def _images(self, images: Sequence[Image.Image]) -> Vectors:
        raw = np.array([np.concatenate(image.groups(one)) for one in images])
        features = quantised(raw, self._weights.image_mean, self._weights.image_scale)
        concepts = features @ self._weights.image_map.T * self._weights.image_gain
        return head.spread(concepts, features @ _image_sketch(features.shape[1]))


def text_concepts(one: str, weights: Weights) -> tuple[Floats, Floats]:
    """What a text says, concepts and details (c + d,), and the sketch of its tokens (width,)."""
    found = text.tokens(one)
    size = text.weights(found, weights.text_rarity)
    said = weights.text_map[:, found.slots] @ size * weights.text_gain
    places, sign = _token_places(found.hashes)
    values = (size[:, None] * sign).ravel()
    return said, np.bincount(places.ravel(), values, head.WIDTH).astype(np.float64)


def quantised(raw: Floats, mean: Floats, scale: Floats) -> Floats:
    """Standardised features as integers within four deviations, of the shape of `raw`."""
    return np.rint(IMAGE_UNIT * np.clip((raw - mean) / scale, -4, 4))


def _batched(items: Sequence[T], encode: Callable[[Sequence[T]], Vectors]) -> Vectors:
    starts = range(0, len(items), _BATCH)
    parts = [encode(items[start : start + _BATCH]) for start in starts]
    return np.concatenate(parts) if parts else np.empty((0, head.WIDTH), dtype=np.float32)


def _token_places(hashes: Words) -> tuple[NDArray[np.int64], Floats]:
    """Where and with which signs each token is laid down, two (n, TOKEN_PLACES) arrays."""
    offsets = np.arange(TOKEN_PLACES, dtype=np.uint64) + np.uint64(_TOKEN_SIGNS << 40)
    mixed = scramble(scramble(hashes)[:, None] + offsets)
    places = (mixed % np.uint64(head.WIDTH)).astype(np.int64)
    return places, 1.0 - 2.0 * (mixed >> np.uint64(63)).astype(np.float64)


@lru_cache(maxsize=1)
def _detail_sketch(details: int) -> Floats:
    return normals(_DETAIL_SKETCH, details, head.WIDTH)


@lru_cache(maxsize=1)
def _image_sketch(features: int) -> Floats:
    return signs(_IMAGE_SKETCH, features, head.WIDTH)

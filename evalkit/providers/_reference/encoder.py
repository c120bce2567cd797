"""The encoder: features of a modality, its linear map to concepts, and the shared last step."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import head, image, senses, text
from .numbers import Words, normals, scramble, signs
from .sight import Timed, look
from .sound import Heard, listen
from .weights import FOLDER, Weights, load, load_senses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from PIL import Image

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
T = TypeVar("T")

CODE_VERSION = 2
"""Raised whenever the same weights would give other vectors."""

UNIT = 512
"""One deviation of a feature, in the integers that a map multiplies."""
TOKEN_PLACES = 64
DETAIL_SHARE = 1 / 384
"""Weight of the text-only concepts in a sketch: one of them is worth about all its tokens."""
FAINT = 0.3
"""A block of sound or motion that a text names less than this is not named at all."""
_TOKEN_SIGNS, _DETAIL_SKETCH, _IMAGE_SKETCH = 21, 22, 23
_SOUND_SKETCH, _MOTION_SKETCH, _LANDMARKS = 24, 25, 26
_BATCH = 64


class ReferenceEncoder:
    """Encodes all modalities into one space of `width` numbers, from their content alone."""

    width = head.WIDTH

    def __init__(self, folder: Path = FOLDER) -> None:
        self._weights, digest = load(folder)
        self._senses, other = load_senses(folder)
        self.revision: str = f"{digest[:8]}-{other[:8]}-{CODE_VERSION}"

    def encode_texts(self, texts: list[str]) -> Vectors:
        """Unit vectors (n, width) float32, one a text."""
        return _batched(texts, self._texts)

    def encode_images(self, images: list[Image.Image]) -> Vectors:
        """Unit vectors (n, width) float32, one a picture of any size and mode."""
        return _batched(images, self._images)

    def encode_sound(self, blocks: Iterable[Vectors]) -> Vectors:
        """A unit vector (width,) float32 of a recording, its mono samples at 16 kHz in blocks."""
        concepts, sketch = self._heard(listen(blocks))
        return self._spread(concepts, sketch)

    def encode_video(self, frames: Iterable[Timed], sound: Iterable[Vectors] = ()) -> Vectors:
        """A unit vector (width,) float32 of a film.

        frames: second and RGB picture, `sight.PER_SECOND` of them a second. sound: as for
        `encode_sound`, nothing where the film is silent.
        """
        stills, motion = look(frames).features
        fitted, own = self._senses, self._weights
        raw = np.concatenate([stills, motion])
        features = quantised(raw, fitted.sight_mean, fitted.sight_scale)
        concepts = features @ fitted.sight_map.T * fitted.sight_gain
        heard, sounds = self._heard(listen(sound))
        shown = quantised(stills, own.image_mean, own.image_scale)
        moved = features[stills.size :]
        sketch = _even(shown @ _image_sketch(shown.size))
        sketch = sketch + _even(moved @ _motion_sketch(moved.size)) + _even(sounds)
        return self._spread(concepts + heard, sketch)

    def _texts(self, texts: Sequence[str]) -> Vectors:
        concepts, sketches = [], []
        shared = len(self._weights.image_map)
        for one in texts:
            said, sketch = text_concepts(one, self._weights)
            details = np.rint(said[shared:] * 1024) @ _detail_sketch(said.size - shared)
            sensed = _clear(self._text_senses(one))
            concepts.append(np.concatenate([said[:shared], sensed]))
            sketches.append(sketch + np.rint(details * DETAIL_SHARE))
        return head.spread(np.array(concepts), np.array(sketches))

    def _text_senses(self, one: str) -> Floats:
        """What a text says of sounds and films (s,)."""
        found = text.tokens(one)
        size = text.weights(found, self._weights.text_rarity)
        said: Floats = size @ self._senses.text_map.T[found.slots] * self._senses.text_gain
        return said

    def _images(self, images: Sequence[Image.Image]) -> Vectors:
        raw = np.array([np.concatenate(image.groups(one)) for one in images])
        features = quantised(raw, self._weights.image_mean, self._weights.image_scale)
        concepts = features @ self._weights.image_map.T * self._weights.image_gain
        concepts = np.pad(concepts, ((0, 0), (0, senses.SIZE)))
        return head.spread(concepts, features @ _image_sketch(features.shape[1]))

    def _heard(self, heard: Heard) -> tuple[Floats, Floats]:
        """Concepts (s,) and a sketch (width,) of what was heard; zeros for silence."""
        raw, fitted = heard.features, self._senses
        if raw is None:
            return np.zeros(senses.SIZE), np.zeros(head.WIDTH)
        features = quantised(raw, fitted.sound_mean, fitted.sound_scale)
        concepts = features @ fitted.sound_map.T * fitted.sound_gain
        dense = features @ _sound_sketch(features.size)
        return concepts, _even(dense) + 2 * _even(_landmark_sketch(heard.counts))

    def _spread(self, concepts: Floats, sketch: Floats) -> Vectors:
        things = len(self._weights.image_map)
        whole = np.concatenate([np.zeros(things), concepts])
        return np.asarray(head.spread(whole[None], sketch[None])[0])


def text_concepts(one: str, weights: Weights) -> tuple[Floats, Floats]:
    """What a text says, concepts and details (c + d,), and the sketch of its tokens (width,)."""
    found = text.tokens(one)
    size = text.weights(found, weights.text_rarity)
    said = size @ weights.text_map.T[found.slots] * weights.text_gain
    places, sign = _token_places(found.hashes)
    values = (size[:, None] * sign).ravel()
    return said, np.bincount(places.ravel(), values, head.WIDTH).astype(np.float64)


def quantised(raw: Floats, mean: Floats, scale: Floats) -> Floats:
    """Standardised features as integers within four deviations, of the shape of `raw`."""
    return np.rint(UNIT * np.clip((raw - mean) / scale, -4, 4))


def _clear(said: Floats) -> Floats:
    """The concepts with each block shortened, those that are faint to nothing."""
    shortened = said.copy()
    for block in senses.slices():
        length = float(np.sqrt((said[block] ** 2).sum()))
        shortened[block] *= max(0.0, length - FAINT) / (1 - FAINT) / max(length, FAINT)
    return shortened


def _even(sketch: Floats) -> Floats:
    """A sketch at a fixed length, in integers; nothing stays nothing."""
    length = np.sqrt(max(float((sketch * sketch).sum()), 1.0))
    return np.asarray(np.rint(sketch / length * (1 << 20)))


def _landmark_sketch(counts: NDArray[np.int64]) -> Floats:
    """Counted landmarks (SLOTS,) laid down over the places (width,)."""
    slots = np.flatnonzero(counts)
    places, sign = _token_places(slots.astype(np.uint64) + np.uint64(_LANDMARKS << 32))
    values = (np.rint(64 * np.sqrt(counts[slots]))[:, None] * sign).ravel()
    return np.bincount(places.ravel(), values, head.WIDTH).astype(np.float64)


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


@lru_cache(maxsize=1)
def _sound_sketch(features: int) -> Floats:
    return signs(_SOUND_SKETCH, features, head.WIDTH)


@lru_cache(maxsize=1)
def _motion_sketch(features: int) -> Floats:
    return signs(_MOTION_SKETCH, features, head.WIDTH)

"""From what was recognised to 3072 numbers: the last step, which all modalities share.

A vector is the sum of two layers over the same places. The first is common to the modalities:
random Fourier features of the concepts, whose products estimate a smooth kernel between concept
vectors. The second is private to a modality: a signed sketch of its own raw features, so that two
texts or two pictures can agree in more than concepts. Both spread over all places evenly; a prefix
is therefore the same estimate from fewer samples.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .numbers import keys, normals

Floats = NDArray[np.float64]

WIDTH = 3072
SIGMA = 0.6
"""Width of the kernel between concept vectors of length 1."""
DETAIL = 0.7
"""Length of the private layer; the common one has length 1."""
SOFTNESS = 150
"""Concepts far weaker than this length, in thousandths, leave the common layer neutral."""

_STEP = 1024
_CIRCLE = 4096
_COSINE = np.rint(32768 * np.cos(np.arange(_CIRCLE) * (2 * np.pi / _CIRCLE)))
_DIRECTIONS, _PHASES = 11, 12


def spread(concepts: Floats, sketch: Floats) -> NDArray[np.float32]:
    """Unit vectors (n, WIDTH) from concepts (n, c) and private sketches (n, WIDTH) of integers."""
    layers = _common(concepts) + _private(sketch)
    length = np.sqrt((layers * layers).sum(1, keepdims=True))
    vectors: NDArray[np.float32] = (layers / length).astype(np.float32)
    return vectors


def _common(concepts: Floats) -> Floats:
    """Random Fourier features (n, WIDTH), integers of about 32768 / sqrt(2) each."""
    scaled = np.rint(_STEP * concepts)
    floor = (SOFTNESS * _STEP // 1000) ** 2
    length = np.sqrt((scaled * scaled).sum(1, keepdims=True) + floor)
    angles = np.rint(_STEP * scaled / length) @ _directions(concepts.shape[1])
    turns = np.rint(angles * (_CIRCLE / (2 * np.pi * SIGMA * 256 * _STEP)))
    places = (turns.astype(np.int64) + _phases()) % _CIRCLE
    return np.asarray(_COSINE[places])


def _private(sketch: Floats) -> Floats:
    """The sketch at DETAIL times the length of the common layer, in integers (n, WIDTH)."""
    length = np.sqrt(np.maximum((sketch * sketch).sum(1, keepdims=True), 1.0))
    return np.asarray(np.rint(sketch / length * (DETAIL * 32768 * np.sqrt(WIDTH / 2))))


@lru_cache(maxsize=2)
def _directions(concepts: int) -> Floats:
    """Normal integers (concepts, WIDTH) of deviation 256."""
    return normals(_DIRECTIONS, concepts, WIDTH)


@lru_cache(maxsize=1)
def _phases() -> NDArray[np.int64]:
    return (keys(_PHASES, WIDTH) % np.uint64(_CIRCLE)).astype(np.int64)

"""The built-in model: a small offline encoder fitted on generated data.

It is no competitor to anything; it lets suites, tests and examples run without a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError, Problem, ProviderError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.core.registry import plugin

if TYPE_CHECKING:
    from PIL import Image

_SIZES = (3072, 1024, 384, 256)
_PIXELS_AT_ONCE = 16_000_000


@cache
def _encoder() -> Any:
    """Return the encoder, its weights loaded once per process."""
    from evalkit.providers._reference.encoder import ReferenceEncoder

    return ReferenceEncoder()


@plugin("providers", "reference")
@dataclass(frozen=True, slots=True)
class Reference:
    """A small offline encoder fitted on generated data; no competitor to anything.

    It knows short product texts in a few languages and plain pictures of products. Vectors are
    unit, and a smaller size is the beginning of a larger one, made unit again.
    """

    @property
    def model(self) -> str:
        """Return the name that its vectors are filed under."""
        return "reference"

    @property
    def revision(self) -> str:
        """Return what changes with the encoder's weights or code."""
        return str(_encoder().revision)

    @property
    def modalities(self) -> frozenset[str]:
        """Return text and image."""
        return frozenset({"text", "image"})

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the vector sizes, widest first."""
        return _SIZES

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Return yes: a smaller size is the beginning of a larger one."""
        return "yes"

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once."""
        return 64

    def request(self, role: Role, dim: int) -> Mapping[str, object]:
        """Return nothing: only the item and the size change a vector."""
        return {}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield a unit vector for each text and image, `Failed` for everything else."""
        if dim not in _SIZES:
            offered = ", ".join(map(str, _SIZES))
            raise ProviderError(f"the reference model offers the sizes {offered}, not {dim}.")
        yield from _texts(items, dim)
        yield from _images(items, dim)
        for index, item in enumerate(items):
            if item.modality not in self.modalities:
                yield Failed(index, f"the reference model takes no {item.modality} items.")


def _texts(items: Sequence[Item], dim: int) -> Iterator[Embedded | Failed]:
    """Yield the outcome for each item that is text, its parts joined by line breaks."""
    texts: dict[int, str] = {}
    for index, item in enumerate(items):
        if item.modality != "text":
            continue
        text = "\n".join(part for part in item.parts if isinstance(part, str))
        if text.strip():
            texts[index] = text
        else:
            yield Failed(index, "its text is empty.")
    rows = _encoder().encode_texts(list(texts.values())) if texts else ()
    for index, row in zip(texts, rows, strict=True):
        yield _outcome(index, row[:dim])


def _images(items: Sequence[Item], dim: int) -> Iterator[Embedded | Failed]:
    """Yield the outcome for each item that is an image, a bounded number of pixels at a time."""
    waiting: dict[int, Image.Image] = {}
    for index, item in enumerate(items):
        if item.modality != "image":
            continue
        opened = _open(index, item)
        if isinstance(opened, Failed):
            yield opened
            continue
        waiting[index] = opened
        if sum(image.width * image.height for image in waiting.values()) > _PIXELS_AT_ONCE:
            yield from _encoded(waiting, dim)
            waiting = {}
    yield from _encoded(waiting, dim)


def _open(index: int, item: Item) -> Image.Image | Failed:
    """Return the pixels of an item that is one image."""
    from evalkit.media.images import item_image

    if len(item.parts) > 1:
        return Failed(index, "the reference model takes one image at a time, not several.")
    try:
        return item_image(item)
    except DataError as e:
        own = f"item '{item.id}'"  # which whoever lists the failure names by itself
        told = [Problem("" if p.where == own else p.where, p.what, p.fix) for p in e.problems]
        return Failed(index, "\n".join(map(str, told)))


def _encoded(images: Mapping[int, Image.Image], dim: int) -> Iterator[Embedded | Failed]:
    """Yield the outcome for each image by its position in the batch."""
    rows = _encoder().encode_images(list(images.values())) if images else ()
    for index, row in zip(images, rows, strict=True):
        yield _outcome(index, row[:dim])


def _outcome(index: int, row: Float32) -> Embedded | Failed:
    """Return a unit vector, or `Failed` where the row has no direction."""
    length = float(np.linalg.norm(row.astype(np.float64)))
    if not np.isfinite(length) or length == 0:
        return Failed(index, "the reference model finds nothing in it to encode.")
    vector = (row / length).astype(np.float32)
    return Embedded(index, vector, norm=float(np.linalg.norm(vector.astype(np.float64))))

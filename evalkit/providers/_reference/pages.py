"""Document pages in the space of the texts: by the words read on them and what is drawn."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .page_ink import marks
from .page_layout import layout
from .reading import page_lines
from .reading_letters import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from .encoder import ReferenceEncoder

Vectors = NDArray[np.float32]

PASSAGE = 40
"""Words of a passage, about; a page is the sum of its passages, as one alone drowns words."""
STEP = 1 << 20
"""Vectors are added in integers of this many to one."""
DRAWN = 4
"""What a drawing counts, in sixteenths of a passage."""


class PageEncoder:
    """Encodes page images with the text path of an encoder; a page without words as a picture."""

    def __init__(self, encoder: ReferenceEncoder) -> None:
        self._encoder = encoder
        self.revision: str = load()[1][:12]

    def encode(self, images: Sequence[Image.Image]) -> Vectors:
        """Unit vectors (n, width) float32, one a page image of about 100 dpi and any mode."""
        rows = [self._page(image) for image in images]
        return np.stack(rows) if rows else np.empty((0, self._encoder.width), dtype=np.float32)

    def _page(self, image: Image.Image) -> Vectors:
        texts, drawn = page_texts(image)
        if not texts:
            picture: Vectors = self._encoder.encode_images([image])[0]
            return picture
        vectors = self._encoder.encode_texts([*texts, *drawn]).astype(np.float64)
        parts = np.rint(vectors * STEP)
        total = 16 * parts[: len(texts)].sum(0) + DRAWN * parts[len(texts) :].sum(0)
        length = np.sqrt((total * total / STEP).sum())
        return np.asarray(total / np.sqrt(STEP) / length, dtype=np.float32)


def page_texts(image: Image.Image) -> tuple[list[str], list[str]]:
    """The passages read on a page, and the names of what is drawn on it."""
    found = marks(image)
    lines = page_lines(found)
    words = [word.text for line in lines for word in line.words]
    count = max(1, round(len(words) / PASSAGE))
    bounds = [len(words) * part // count for part in range(count + 1)]
    texts = [" ".join(words[a:b]) for a, b in itertools.pairwise(bounds) if a < b]
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    return texts, layout(grey, found, lines)

"""The built-in model: a small offline encoder fitted on generated data.

It is no competitor to anything; it lets suites, tests and examples run without a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError, Problem, ProviderError
from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.core.registry import plugin

if TYPE_CHECKING:
    from PIL import Image

_SIZES = (3072, 1024, 384, 256)
_PIXELS_AT_ONCE = 16_000_000
_PAGES = 20
"""A whole document is the mean of this many of its first pages."""
_READ_PAGES = 2048
"""Vectors of pages that are kept, 12 KB each."""
_READ: dict[tuple[str, str, str, int], Float32] = {}
"""By the encoder's revision, and the type, digest and number of the page."""


@cache
def _encoder() -> Any:
    """Return the encoder, its weights loaded once per process."""
    from evalkit.providers._reference.encoder import ReferenceEncoder

    return ReferenceEncoder()


@cache
def _page_encoder() -> Any:
    """Return the encoder of document pages, its weights loaded once per process."""
    from evalkit.providers._reference.pages import PageEncoder

    return PageEncoder(_encoder())


@plugin("providers", "reference")
@dataclass(frozen=True, slots=True)
class Reference:
    """A small offline encoder fitted on generated data; no competitor to anything.

    It knows short texts in a few languages, plain pictures of products, everyday sounds and tunes,
    short films of such events, and printed pages. An item of several parts is the mean of their
    vectors. Vectors are unit, and a smaller size is the beginning of a larger one, made unit again.
    """

    @property
    def model(self) -> str:
        """Return the name that its vectors are filed under."""
        return "reference"

    @property
    def revision(self) -> str:
        """Return what changes with the encoder's weights or code."""
        return f"{_encoder().revision}-{_page_encoder().revision[:8]}"

    @property
    def modalities(self) -> frozenset[str]:
        """Return all five; mixes of them too."""
        return frozenset({"text", "image", "audio", "video", "document", "mixed"})

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

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return nothing: only the item and the size change a vector."""
        return {}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield a unit vector for each item, `Failed` where a part of it cannot be read."""
        if dim not in _SIZES:
            offered = ", ".join(map(str, _SIZES))
            raise ProviderError(f"the reference model offers the sizes {offered}, not {dim}.")
        yield from _texts(items, dim)
        yield from _images(items, dim)
        for index, item in enumerate(items):
            if item.modality not in ("text", "image") or _several(item):
                yield _mixed(index, item, dim)


def _several(item: Item) -> bool:
    """Return whether an item has several parts that are not all text."""
    return len(item.parts) > 1 and item.modality != "text"


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
            yield Failed(index, _EMPTY)
    rows = _encoder().encode_texts(list(texts.values())) if texts else ()
    for index, row in zip(texts, rows, strict=True):
        yield _outcome(index, row[:dim])


def _images(items: Sequence[Item], dim: int) -> Iterator[Embedded | Failed]:
    """Yield the outcome for each item that is one image, a bounded number of pixels at a time."""
    waiting: dict[int, Image.Image] = {}
    for index, item in enumerate(items):
        if item.modality != "image" or _several(item):
            continue
        try:
            waiting[index] = _picture(item, item.parts[0])
        except DataError as e:
            yield _failed(index, item, e)
            continue
        if sum(image.width * image.height for image in waiting.values()) > _PIXELS_AT_ONCE:
            yield from _encoded(waiting, dim)
            waiting = {}
    yield from _encoded(waiting, dim)


def _encoded(images: Mapping[int, Image.Image], dim: int) -> Iterator[Embedded | Failed]:
    """Yield the outcome for each image by its position in the batch."""
    with _one_thread():
        rows = _encoder().encode_images(list(images.values())) if images else ()
    for index, row in zip(images, rows, strict=True):
        yield _outcome(index, row[:dim])


def _one_thread() -> AbstractContextManager[object]:
    """Return a context in which products of matrices take one thread.

    Those of pictures, pages and sounds are small: a second thread would wait more than it works.
    """
    limited: AbstractContextManager[object] = _threads().limit(limits=1, user_api="blas")
    return limited


@cache
def _threads() -> Any:
    """Return what sets the number of threads; looking for libraries takes a while."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _mixed(index: int, item: Item, dim: int) -> Embedded | Failed:
    """Return the outcome for an item: the mean of the vectors of its parts."""
    try:
        with _one_thread():
            rows = [_vector(item, part) for part in item.parts]
    except DataError as e:
        return _failed(index, item, e)
    return _outcome(index, _mean(rows)[:dim])


def _mean(rows: Sequence[Float32]) -> Float32:
    """Return the mean of vectors (n, width), the row itself where there is one."""
    if len(rows) == 1:
        return rows[0]
    return np.asarray(np.sum(rows, axis=0, dtype=np.float64) / len(rows)).astype(np.float32)


def _vector(item: Item, part: Part) -> Float32:
    """Return the full vector of one part; raises DataError where it cannot be read."""
    if isinstance(part, str):
        if not part.strip():
            raise DataError(Problem(_own(item), _EMPTY))
        return np.asarray(_encoder().encode_texts([part])[0])
    if isinstance(part, Page):
        return _page(part)
    kind = part.mime.partition("/")[0]
    if kind == "image":
        return np.asarray(_encoder().encode_images([_picture(item, part)])[0])
    return _MEDIA.get(kind, _document)(part)


def _picture(item: Item, part: Part) -> Image.Image:
    """Return the pixels of a part that is an image."""
    from evalkit.media.images import item_image

    return item_image(item.with_content(part))


def _audio(media: Media) -> Float32:
    """Return the vector of a recording, heard block by block."""
    from evalkit.media.audio import sound_blocks

    return np.asarray(_encoder().encode_sound(sound_blocks(media)))


def _video(media: Media) -> Float32:
    """Return the vector of a film with its sound, both taken block by block."""
    from evalkit.media.audio import sound_blocks
    from evalkit.media.video import frame_blocks, has_sound
    from evalkit.providers._reference.sight import HEIGHT, PER_SECOND

    sound = sound_blocks(media) if has_sound(media) else ()
    return np.asarray(_encoder().encode_video(frame_blocks(media, PER_SECOND, HEIGHT), sound))


def _page(page: Page) -> Float32:
    """Return the vector of a document page by what is to be read and seen on it.

    A process reads a page once: whole documents and pages, and both sides, share what was read.
    """
    from evalkit.media.pages import page_image

    encoder, document = _page_encoder(), page.document
    key = (encoder.revision, document.mime, _digest(document), page.page)
    row = _READ.get(key)
    if row is None:
        row = np.asarray(encoder.encode([page_image(page, dpi=100)])[0])
        if len(_READ) >= _READ_PAGES:
            _READ.clear()
        _READ[key] = row
    return row


def _digest(document: Media) -> str:
    """Return the SHA-256 of a document's bytes; a file's is kept until the file changes."""
    if document.data is not None or document.path is None:
        return hashlib.sha256(document.read()).hexdigest()
    try:
        state = document.path.stat()
    except OSError:
        return hashlib.sha256(document.read()).hexdigest()  # says what is wrong with the file
    return _file_digest(document, state.st_ino, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _file_digest(document: Media, *state: int) -> str:
    """Return the SHA-256 of a file in one state of it."""
    return hashlib.sha256(document.read()).hexdigest()


def _document(media: Media) -> Float32:
    """Return the vector of a whole document: the mean of its first pages."""
    from evalkit.media.pages import pages

    mean = _mean([_page(page) for page in pages(media)[:_PAGES]])
    length = np.linalg.norm(mean.astype(np.float64))
    return mean if length == 0 else np.asarray(mean / length, dtype=np.float32)


_MEDIA = {"audio": _audio, "video": _video}
_EMPTY = "its text is empty."


def _own(item: Item) -> str:
    """Return the place that whoever lists a failure names by itself."""
    return f"item '{item.id}'"


def _failed(index: int, item: Item, error: DataError) -> Failed:
    """Return the failure of an item in the words of the error."""
    told = [
        Problem("" if p.where == _own(item) else p.where, p.what, p.fix) for p in error.problems
    ]
    return Failed(index, "\n".join(map(str, told)))


def _outcome(index: int, row: Float32) -> Embedded | Failed:
    """Return a unit vector, or `Failed` where the row has no direction."""
    length = float(np.linalg.norm(row.astype(np.float64)))
    if not np.isfinite(length) or length == 0:
        return Failed(index, "the reference model finds nothing in it to encode.")
    vector = (row / length).astype(np.float32)
    return Embedded(index, vector, norm=float(np.linalg.norm(vector.astype(np.float64))))

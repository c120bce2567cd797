"""Vectors that were made elsewhere and are looked up by item id.

    path: vectors.npz                an archive with the arrays `ids` and `vectors`
    path: vectors.parquet            a table with the columns `id` and `vector` (a list of numbers)
    path: vectors.npy                an array (n, width); the ids lie beside it, one a line in
                                     `vectors.ids.txt` or `ids.txt`, or as a JSON list in
                                     `vectors.ids.json` or `ids.json`, or where `ids` says

`queries` and `corpus` name files of their own for the two sides, instead of `path` or in its place.
Relative paths are relative to the current folder; whoever reads them from a file resolves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed, Refused, Role, SideName
from evalkit.core.registry import plugin
from evalkit.providers._vector_files import VectorFile, read_vectors

_EVERYTHING = frozenset({"text", "image", "audio", "video", "document", "mixed"})


@plugin("providers", "precomputed")
@dataclass(frozen=True, slots=True)
class Precomputed:
    """Looks vectors up in files; what an item contains does not matter, its id does.

    nested: whether a smaller size is the beginning of a larger one. sizes: with `nested: yes`, the
    sizes to offer, none wider than the vectors; otherwise the one width there is.
    Raises UsageError for parameters that cannot work, DataError for files that are wrong.
    """

    files: ClassVar[tuple[str, ...]] = ("path", "ids", "queries", "corpus")
    """The parameters that name files, relative to the suite."""

    keyed_by: ClassVar[str] = "id"
    """What tells a stored vector apart: the item's id here, its `content` in every other model."""

    path: str = ""
    ids: str = ""
    queries: str = ""
    corpus: str = ""
    nested: Literal["yes", "no", "unknown"] = "unknown"
    sizes: tuple[int, ...] = ()
    _files: Mapping[SideName, VectorFile] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the files, so that everything wrong with them is known before a run."""
        if self.nested not in ("yes", "no", "unknown"):
            raise UsageError(f"'nested' is {self.nested!r}; write yes, no or unknown.")
        files = _read_files(self)
        object.__setattr__(self, "_files", files)
        object.__setattr__(self, "sizes", _check_sizes(self, files["query"].width))

    @property
    def model(self) -> str:
        """Return the name that its vectors are filed under."""
        return "precomputed"

    @property
    def revision(self) -> str:
        """Return the SHA-256 of the file; of both, joined by +, where the sides differ."""
        return "+".join(dict.fromkeys(file.digest for file in self._files.values()))

    @property
    def modalities(self) -> frozenset[str]:
        """Return every modality, since nothing is looked into."""
        return _EVERYTHING

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once."""
        return 4096

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return the side where the two have files of their own, else nothing."""
        apart = self._files["query"] is not self._files["corpus"]
        return {"side": role.side} if apart else {}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield each item's vector as stored, `Failed` where the file has none."""
        if dim not in self.sizes:
            offered = ", ".join(map(str, self.sizes))
            raise ProviderError(f"the precomputed vectors offer the sizes {offered}, not {dim}.")
        file = self._files[role.side]
        missing = f"the file '{Path(file.path).name}' has no vector for it."
        for index, item in enumerate(items):
            row = file.rows.get(item.id)
            if row is None:
                yield Failed(index, missing)
                continue
            vector = np.array(file.matrix[row, :dim], np.float32)
            yield Embedded(index, vector, float(np.linalg.norm(vector.astype(np.float64))))


def _read_files(model: Precomputed) -> dict[SideName, VectorFile]:
    """Return the file of each side; raises UsageError where one has none or widths differ."""
    paths = {"query": model.queries or model.path, "corpus": model.corpus or model.path}
    if not all(paths.values()):
        raise UsageError("'precomputed' needs 'path', or both 'queries' and 'corpus'.")
    if model.ids and not model.path:
        raise UsageError("'ids' belongs to 'path'; the others find their ids beside them.")
    opened = {
        path: read_vectors(path, model.ids if path == model.path else "")
        for path in dict.fromkeys(paths.values())
    }
    files: dict[SideName, VectorFile] = {
        "query": opened[paths["query"]],
        "corpus": opened[paths["corpus"]],
    }
    widths = files["query"].width, files["corpus"].width
    if widths[0] != widths[1]:
        raise UsageError(
            f"the query vectors have {widths[0]} values and the corpus vectors {widths[1]};"
            " both must come from one model."
        )
    return files


def _check_sizes(model: Precomputed, width: int) -> tuple[int, ...]:
    """Return the sizes offered, widest first."""
    if not model.sizes:
        return (width,)
    for size in model.sizes:
        if type(size) is not int or not 1 <= size <= width:
            raise UsageError(f"the size {size!r} is not a whole number from 1 to {width}.")
    sizes = tuple(sorted(set(model.sizes), reverse=True))
    if model.nested != "yes" and sizes != (width,):
        raise UsageError("smaller 'sizes' are cut from the vectors, which needs 'nested: yes'.")
    return sizes

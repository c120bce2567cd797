"""Transforms of vectors: fitted once per size, applied to both sides before the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from evalkit.core.arrays import Float64, Vectors, make_vectors
from evalkit.core.errors import DataError, Problem, SuiteError
from evalkit.core.items import UNKNOWN, Item, SideName
from evalkit.core.protocols import Side
from evalkit.core.systems import Fitted, Sample, System
from evalkit.pipeline.directions import Directed, told, without
from evalkit.pipeline.embed import Embeddings

Fits = Mapping[int, Fitted]
NOTHING_LEFT = 1e-6
"""What a transform leaves of a unit vector that is no longer than this is its rounding to float32.

A unit row is off by about 3e-8 once it is rounded.
"""


def fitted(embeddings: Embeddings, system: System) -> Fits:
    """Return the transform of a system fitted at each size, {} where it has none.

    Raises SuiteError where the items to fit on do not suffice.
    """
    if system.transform is None:
        return {}
    sides, transform = embeddings.fitting[system.name], system.transform
    tag = transform.attribute
    try:
        return {
            d: transform.fit([replace(s, chosen=_chosen(system)) for s in _samples(sides, tag, d)])
            for d in embeddings.dims
        }
    except DataError as e:
        where = f"{embeddings.case.name}, system '{system.name}' on {embeddings.model.name}"
        problems = (Problem(where, f"{p.where}: {p.what}", p.fix) for p in e.problems)
        raise SuiteError(*problems) from e


def _chosen(system: System) -> str:
    """Return which items a transform is fitted on, in words."""
    name = system.fitting.name if system.fitting else ""
    tags = ", ".join(f"{tag} {' or '.join(values)}" for tag, values in system.fit.items())
    return ", ".join(filter(None, (name, tags)))


def _samples(sides: Mapping[SideName, Side], tag: str, dim: int) -> Iterator[Sample]:
    """Yield the vectors to fit on, one sample a modality, with the group of each row."""
    items = [item for side in sides.values() for item in side.items]
    groups = tuple(sorted({value for item in items for value in item.tag(tag)} - {UNKNOWN}))
    for modality in sorted({item.modality for item in items}):
        parts = [_rows(side, modality, tag, groups, dim) for side in sides.values()]
        matrix = np.concatenate([rows for rows, _ in parts])
        if len(matrix):
            yield Sample(matrix, np.concatenate([of for _, of in parts]), groups, modality)


def _rows(
    side: Side, modality: str, tag: str, groups: tuple[str, ...], dim: int
) -> tuple[Float64, np.ndarray]:
    """Return the unit rows of the items of a modality, and the group of each, -1 for none."""
    vectors = side.vectors[dim]
    known = {item.id: item for item in side.items}
    items = [known[vectors.ids[owner]] for owner in vectors.owners]
    rows = [n for n, item in enumerate(items) if item.modality == modality]
    return _cut(vectors, rows, dim), np.array(
        [_group(items[n], tag, groups) for n in rows], np.int64
    )


def _group(item: Item, tag: str, groups: tuple[str, ...]) -> int:
    """Return the place of an item's one group, -1 where it has none or several."""
    own = [value for value in item.tag(tag) if value in groups]
    return groups.index(own[0]) if len(own) == 1 else -1


def _cut(vectors: Vectors, rows: list[int] | slice, dim: int) -> Float64:
    """Return rows cut to a size and made unit again, float64 (n, dim)."""
    matrix: Float64 = vectors.matrix[rows, :dim].astype(np.float64)
    matrix /= np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
    return matrix


def transformed(side: Side, name: SideName, system: str, fits: Fits) -> dict[int, Directed]:
    """Return the vectors of a side transformed, a matrix of its own at every size.

    Raw lengths grow or shrink as the unit rows do, so that dot products follow. A row that nothing
    is left of is lost, as one that begins with nothing but zeros is.
    """
    made = {}
    for dim, fit in fits.items():
        vectors = side.vectors[dim]
        moved = fit.apply(_cut(vectors, slice(None), dim), name)
        lengths = np.sqrt((moved * moved).sum(axis=1))
        weak = np.flatnonzero(lengths <= NOTHING_LEFT)
        left = without(vectors, weak) if len(weak) else vectors
        padded = np.zeros((len(left), dim))
        padded[:, : moved.shape[1]] = np.delete(moved, weak, axis=0)
        norms = left.norms * np.delete(lengths, weak)
        new = make_vectors(left.ids, padded, left.owners, left.spans, norms)
        made[dim] = told(vectors, weak, new, f"transformed by {system} at {dim} values")
    return made

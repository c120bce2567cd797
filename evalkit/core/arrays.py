"""Vectors and rankings: the two array types that hold evalkit's numerical invariants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evalkit.core.errors import DataError, Problem

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Similarity = Literal["cosine", "dot", "euclidean"]

_ROWS_AT_ONCE = 8192
_TINY = 1e-3
SCORE_PLACES = 6
"""Similarities of unit vectors are rounded to so many decimal places before ids break ties."""
NO_DIRECTION = 1e-12
"""The beginning of a unit vector that is no longer than this counts as nothing but zeros."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Unit vectors and what each row stands for; made only by `make_vectors`.

    ids: the items, in order. owners: int64 (n,), the position in `ids` of the item that a row
    belongs to; an item such as a long video may own many rows. spans: float64 (n, 2), the seconds
    or places a row covers, NaN where it covers the whole item. matrix: float32 (n, width), unit
    rows, read-only. norms: float64 (n,), the length of each row before it was made a unit.
    """

    ids: tuple[str, ...]
    owners: Int64
    spans: Float64
    matrix: Float32
    norms: Float64

    @property
    def width(self) -> int:
        """The number of values in a row."""
        return int(self.matrix.shape[1])

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.matrix.shape[0])


def make_vectors(
    ids: Sequence[str],
    raw: npt.NDArray[np.floating],
    owners: Int64 | None = None,
    spans: Float64 | None = None,
    norms: Float64 | None = None,
    out: Float32 | None = None,
) -> Vectors:
    """Return unit vectors from raw ones.

    raw: float (n, width), one row per item, or per part of an item where `owners` is given.
    norms: the lengths of the original vectors where `raw` was already made unit. out: an array of
    the same shape, memory-mapped for instance, to write the unit rows to.
    Raises DataError naming the items whose rows are zero, NaN or infinite.
    """
    n, width = raw.shape
    owners = np.arange(n, dtype=np.int64) if owners is None else owners
    spans = np.full((n, 2), np.nan) if spans is None else spans
    matrix = np.empty((n, width), np.float32) if out is None else out
    lengths = np.empty(n)
    for start in range(0, n, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        block = raw[rows].astype(np.float64)
        lengths[rows] = np.sqrt((block * block).sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            matrix[rows] = block / lengths[rows, None]
    _refuse_unusable(ids, owners, lengths)
    kept = lengths if norms is None else norms
    for array in (owners, spans, matrix, kept):
        array.flags.writeable = False
    return Vectors(tuple(ids), owners, spans, matrix, kept)


def _refuse_unusable(ids: Sequence[str], owners: Int64, lengths: Float64) -> None:
    """Raise DataError for rows that have no direction."""
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        raise DataError(
            *(
                Problem(
                    f"item '{ids[owners[row]]}'",
                    "its vector is zero."
                    if lengths[row] == 0
                    else "its vector holds NaN or infinity.",
                    "Embed it again or leave it out.",
                )
                for row in bad[:20]
            )
        )


def without_direction(matrix: Float32, dim: int) -> Int64:
    """Return the rows whose first `dim` values are zero, or as good as: int64 (m,), rising.

    matrix: float32 (n, width), unit rows. Such a beginning has no cosine with anything.
    """
    beginning = matrix[:, :dim]
    squares = np.einsum("ij,ij->i", beginning, beginning)
    return np.flatnonzero(~(squares > NO_DIRECTION**2))


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The best items for each query, best first.

    query_ids and doc_ids name the rows and what `rows` points to. rows: int64 (n_queries, k),
    positions in doc_ids, -1 where the list is shorter. scores: float64 (n_queries, k), NaN there.
    hits: int64 (n_queries, k), the winning row of the corpus `Vectors`, -1 there.
    """

    query_ids: tuple[str, ...]
    doc_ids: tuple[str, ...]
    rows: Int64
    scores: Float64
    hits: Int64

    @property
    def depth(self) -> int:
        """The number of places in each list."""
        return int(self.rows.shape[1])


def id_ranks(ids: Sequence[str]) -> Int64:
    """Return each id's place in code-point order, int64 (n,): the tie-breaker of all rankings."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ranks = np.empty(len(ids), np.int64)
    ranks[order] = np.arange(len(ids))
    return ranks


def score_places(sizes: Float64) -> Int64:
    """Return to how many decimal places similarities of a size are rounded: 6 where that is 1.

    sizes: float64 (n,), how large a similarity can be, above 0: for a dot product the product of
    the lengths. A size ten times as large has one place less, so that the rounding is as fine for
    short and for long vectors as for unit ones. Returns int64 (n,).
    """
    return SCORE_PLACES - np.rint(np.log10(np.clip(sizes, 1e-290, 1e290))).astype(np.int64)


def rounded(scores: Float64) -> Float64:
    """Return similarities rounded, so that those which differ by next to nothing are equal.

    They are rounded to 6 places; where even the largest is below 0.001, as dot products of short
    vectors are, to as many places as suit a size like that.
    """
    largest = float(np.max(np.abs(scores), initial=0.0, where=np.isfinite(scores)))
    tiny = 0.0 < largest < _TINY
    return np.round(scores, score_places(np.array([largest]))[0] if tiny else SCORE_PLACES)


def best_first(scores: Float64, tie_ranks: Int64, places: int = SCORE_PLACES) -> Int64:
    """Return the order that puts the best first: score falling (rounded), then id rising.

    This is the one place where evalkit decides an order. scores: float64 (n,); tie_ranks: int64
    (n,) from `id_ranks`; places: see `score_places`. Returns positions, int64 (n,).
    """
    return np.lexsort((tie_ranks, -np.round(scores, places)))

"""What is searched, as plain arrays, and the two ways to score it: fast, and once and for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import SCORE_PLACES, Bool, Float32, Float64, Int64, Similarity
from evalkit.core.errors import DataError, Problem

NEAR = 1e-5
"""How far below the k-th a float32 score may lie and still be nominated, for unit vectors.

It covers the error of both scores compared and the rounding to 6 places (1e-6), so each float32
score may err by 4.5e-6. A matrix product adds up at most a few hundred products in a register
before it adds that sum to the next (384 in OpenBLAS), and here the sums of a few prefixes. With
u = 6e-8 and sums that are at most 1, rounding errors that do not all conspire add up to about
u * sqrt(384 + 3072 / 384) = 1.2e-6 at worst, and 1e-7 is what is seen.
"""
NO_DIRECTION = 1e-12
_VALUES_AT_ONCE = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Queries and corpus rows, with what is needed to score and order them.

    queries: float32 (nq, width), unit rows; query_norms: float64 (nq,), the lengths they had.
    corpus: float32 (n, width), unit rows, perhaps memory-mapped; corpus_norms: float64 (n,).
    rows: int64 (m,), the rows that may be found, rising; None for all of them.
    owners: int64 (n,), the item of each row. ties: int64 (n,), what breaks ties between rows: the
    code-point order of the items' ids, then the order of rows within an item.
    banned: two int64 arrays (b,), pairs of a query and a row that may not be found, by row.
    ids: what the items that own rows are called, for messages.
    """

    queries: Float32
    query_norms: Float64
    corpus: Float32
    corpus_norms: Float64
    rows: Int64 | None
    owners: Int64
    ties: Int64
    banned: tuple[Int64, Int64]
    similarity: Similarity
    ids: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows that may be found."""
        return len(self.corpus) if self.rows is None else len(self.rows)

    def block(self, start: int, stop: int) -> tuple[Float32, Int64]:
        """Return the findable rows from start to stop: their unit vectors and their row numbers."""
        if self.rows is None:
            return np.asarray(self.corpus[start:stop]), np.arange(start, min(stop, len(self.corpus)))
        rows = self.rows[start:stop]
        return np.asarray(self.corpus[rows]), rows

    def most_rows(self) -> int:
        """Return the most rows that any item has."""
        owners = self.owners if self.rows is None else self.owners[self.rows]
        return int(np.bincount(owners).max()) if len(owners) else 1

    def is_banned(self, queries: Int64, rows: Int64) -> Bool:
        """Return whether pairs may not be found; the arrays broadcast."""
        pairs = queries * len(self.owners) + rows
        if not len(self.banned[0]):
            return np.zeros(pairs.shape, bool)
        banned = np.sort(self.banned[0] * len(self.owners) + self.banned[1])
        place = np.minimum(np.searchsorted(banned, pairs), len(banned) - 1)
        return np.asarray(banned[place] == pairs)

    def fast_queries(self) -> Float32:
        """Return the queries as the float32 products want them: raw for euclidean, else unit."""
        if self.similarity != "euclidean":
            return self.queries
        return (self.queries * self.query_norms[:, None]).astype(np.float32)

    def fast_scale(self, rows: Int64, lengths: Float32) -> tuple[Float32, Float32 | None]:
        """Return a and b that make the product p of a query and a row the score `a * p + b`.

        lengths: float32 (len(rows),), of the rows' prefixes. The scores order the rows of one query
        as the similarity does but lie on a scale of their own; `margin` is on the same scale.
        """
        if self.similarity == "cosine":
            self._refuse_no_direction(rows, lengths)
            return 1 / lengths, None
        norms = self.corpus_norms[rows].astype(np.float32)
        if self.similarity == "dot":
            return norms, None
        return norms, -((norms * lengths) ** 2) / 2

    def _refuse_no_direction(self, rows: Int64, lengths: Float32) -> None:
        """Raise DataError for rows whose prefix is zero: a cosine with it means nothing."""
        bad = rows[~(lengths > NO_DIRECTION)]
        if len(bad):
            raise no_direction(self.ids[self.owners[row]] for row in bad[:20])

    def margin(self, dim: int) -> Float64:
        """Return what a fast score may lie below the k-th and still belong: float64 (nq,)."""
        lengths = prefix_lengths(self.queries, dim)
        if self.similarity == "cosine":
            return NEAR * lengths
        longest = float(self.corpus_norms.max(initial=0.0))
        rounding = 10.0**-SCORE_PLACES
        if self.similarity == "dot":
            return NEAR * lengths * longest + rounding / self.query_norms
        lengths = lengths * self.query_norms
        return (NEAR * longest + rounding) * (lengths + longest)

    def scores(self, dim: int, queries: Int64, rows: Int64) -> Float64:
        """Return the similarity of pairs at a size: float64 (m,), rounded to 6 places.

        Cosine: the product of the prefixes over their lengths. Dot: the product of the raw
        vectors' prefixes. Euclidean: minus the distance of the raw vectors' prefixes, so that
        higher is better there too. Each pair is added up alone and in one order, so the result
        depends neither on the other pairs nor on the number of threads.
        """
        out = np.empty(len(rows))
        step = max(1, _VALUES_AT_ONCE // dim)
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            out[part] = self._exact(dim, queries[part], rows[part])
        return np.round(out, SCORE_PLACES) + 0.0  # no minus zero

    def _exact(self, dim: int, queries: Int64, rows: Int64) -> Float64:
        """Return the unrounded similarity of a few pairs."""
        left = self.queries[queries, :dim].astype(np.float64)
        right = self.corpus[rows, :dim].astype(np.float64)
        if self.similarity == "euclidean":
            left *= self.query_norms[queries, None]
            right *= self.corpus_norms[rows, None]
            left -= right
            return -np.sqrt(_products(left, left))
        products = _products(left, right)
        if self.similarity == "dot":
            return products * (self.query_norms[queries] * self.corpus_norms[rows])
        return products / np.sqrt(_products(left, left) * _products(right, right))


def _products(left: Float64, right: Float64) -> Float64:
    """Return the inner product of each pair of rows, added up in one order: float64 (m,)."""
    products: Float64 = np.einsum("ij,ij->i", left, right)
    return products


def prefix_lengths(matrix: Float32, dim: int) -> Float64:
    """Return the length of the first `dim` values of each row: float64 (n,)."""
    out = np.empty(len(matrix))
    step = max(1, _VALUES_AT_ONCE // dim)
    for start in range(0, len(matrix), step):
        block = matrix[start : start + step, :dim].astype(np.float64)
        out[start : start + step] = np.sqrt(_products(block, block))
    return out


def no_direction(ids: Iterable[str]) -> DataError:
    """Return the error for items whose vectors begin with nothing but zeros."""
    return DataError(
        *(
            Problem(
                f"item '{name}'",
                "its vector, cut to one of the sizes asked for, holds only zeros.",
                "Such a vector has no direction; leave out the size or the item.",
            )
            for name in ids
        )
    )

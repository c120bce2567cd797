"""What is searched, as plain arrays, and the two ways to score it: fast, and once and for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from evalkit.core.arrays import (
    NO_DIRECTION,
    SCORE_PLACES,
    Bool,
    Float32,
    Float64,
    Int64,
    Similarity,
    score_places,
    without_direction,
)
from evalkit.core.errors import DataError, Problem
from evalkit.search._loops import loops

Pairs = tuple[Int64, Int64]
"""Queries and rows, int64 (m,) each."""

NEAR = 1e-5
"""How far below the k-th a float32 score may lie and still be nominated, for unit vectors.

It covers the error of both scores compared and the rounding to 6 places (1e-6), so each float32
score may err by 4.5e-6. A matrix product adds up at most a few hundred products in a register
before it adds that sum to the next (384 in OpenBLAS), and here come the sums of a few prefixes.
With u = 6e-8 and sums that are at most 1, rounding errors that do not all conspire add up to about
u * sqrt(384 + 3072 / 384) = 1.2e-6 at worst; 1e-7 is what is seen.
"""


@dataclass(frozen=True, eq=False)
class Space:
    """Queries and corpus rows, with what is needed to score and order them.

    queries: float32 (nq, width), unit rows; query_norms: float64 (nq,), the lengths they had.
    corpus: float32 (n, width), unit rows, perhaps memory-mapped; corpus_norms: float64 (n,).
    found_in: int64 (m,), the rows that may be found, rising; None for all of them.
    owners: int64 (n,), the item of each row. ties: int64 (n,), what breaks ties between rows: the
    code-point order of the items' ids, then the order of rows within an item.
    banned: pairs of a query and a row that may not be found, by row.
    ids: what the items that own rows are called, for messages.
    """

    queries: Float32
    query_norms: Float64
    corpus: Float32
    corpus_norms: Float64
    found_in: Int64 | None
    owners: Int64
    ties: Int64
    banned: Pairs
    similarity: Similarity
    ids: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows that may be found."""
        return len(self.corpus) if self.found_in is None else len(self.found_in)

    @cached_property
    def most_rows(self) -> int:
        """The most rows that any item has among those that may be found."""
        owners = self.owners if self.found_in is None else self.owners[self.found_in]
        return int(np.bincount(owners).max()) if len(owners) else 1

    @cached_property
    def places(self) -> Int64:
        """The decimal places to which the scores of each query are rounded, int64 (nq,).

        They follow the lengths of the raw vectors where those count, so that vectors that are all
        a thousand times as long are ranked alike.
        """
        if self.similarity == "cosine":
            return np.full(len(self.queries), SCORE_PLACES)
        longest = float(self.corpus_norms.max(initial=0.0))
        if self.similarity == "dot":
            return score_places(self.query_norms * longest)
        return score_places(np.maximum(self.query_norms, longest))

    def of_queries(self, part: slice) -> Space:
        """Return the same space for a run of its queries."""
        inside = (self.banned[0] >= part.start) & (self.banned[0] < part.stop)
        return replace(
            self,
            queries=self.queries[part],
            query_norms=self.query_norms[part],
            banned=(self.banned[0][inside] - part.start, self.banned[1][inside]),
        )

    def block(self, start: int, stop: int) -> tuple[Float32, Int64]:
        """Return the findable rows from start to stop: their unit vectors and their numbers."""
        if self.found_in is None:
            part = np.asarray(self.corpus[start:stop])
            return part, np.arange(start, start + len(part))
        rows = self.found_in[start:stop]
        return np.asarray(self.corpus[rows]), rows

    def banned_in(self, rows: Int64) -> Pairs:
        """Return the banned pairs of a block, as queries and columns of the block."""
        queries, banned = self.banned
        low, high = np.searchsorted(banned, [rows[0], rows[-1] + 1])
        columns = np.searchsorted(rows, banned[low:high])
        inside = rows[columns] == banned[low:high]
        return queries[low:high][inside], columns[inside]

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

    def fast_scale(self, rows: Int64, lengths: Float32) -> tuple[Float32, Float32]:
        """Return a and b that make the product p of a query and a row the score `a * (p - b)`.

        lengths: float32 (len(rows),), of the rows' prefixes. The scores order the rows of one
        query as the similarity does but on a scale of their own, on which `margin` lies too.
        Raises DataError for a prefix without direction where the cosine needs one.
        """
        if self.similarity == "cosine":
            bad = rows[~(lengths > NO_DIRECTION)]
            if len(bad):
                raise no_direction(self.ids[self.owners[row]] for row in bad[:20])
            return np.float32(1) / lengths, np.zeros_like(lengths)
        norms = self.corpus_norms[rows].astype(np.float32)
        if self.similarity == "dot":
            return norms, np.zeros_like(lengths)
        return norms, norms * lengths * lengths / np.float32(2)

    def margin(self, dim: int) -> Float64:
        """Return what a fast score may lie below the k-th and still belong: float64 (nq,)."""
        lengths = prefix_lengths(self.queries, dim)
        if self.similarity == "cosine":
            return NEAR * lengths
        longest = float(self.corpus_norms.max(initial=0.0))
        rounding = 10.0 ** -self.places.astype(np.float64)
        if self.similarity == "dot":
            return NEAR * lengths * longest + rounding / self.query_norms
        both = lengths * self.query_norms + longest
        return NEAR * both**2 + rounding * both

    def scores(self, dim: int, queries: Int64, rows: Int64) -> Float64:
        """Return the similarity of pairs, sorted by query, at a size: float64 (m,), rounded.

        Cosine: the product of the prefixes over their lengths. Dot: the product of the raw
        vectors' prefixes. Euclidean: minus the distance of the raw vectors' prefixes, so that
        higher is better there too. Each pair is added up alone and in one order, so the result
        depends neither on the other pairs nor on the number of threads.
        """
        out = np.empty(len(rows))
        queries, rows = np.ascontiguousarray(queries), np.ascontiguousarray(rows)
        pairs = self.queries, self.corpus, queries, rows, dim
        if self.similarity == "euclidean":
            loops().distances(*pairs, self.query_norms, self.corpus_norms, out)
            return self._rounded(-out, queries)
        squares = np.empty(len(rows))
        loops().products(*pairs, out, squares)
        if self.similarity == "dot":
            norms = self.query_norms[queries] * self.corpus_norms[rows]
            return self._rounded(out * norms, queries)
        own, of_pair = np.unique(queries, return_inverse=True)
        lengths = prefix_lengths(self.queries[own], dim)[of_pair]
        return self._rounded(out / (lengths * np.sqrt(squares)), queries)

    def _rounded(self, scores: Float64, queries: Int64) -> Float64:
        """Return the scores of pairs, each query's to its places, and no minus zero."""
        for places in np.unique(self.places):
            at = self.places[queries] == places
            scores[at] = np.round(scores[at], places)
        return scores + 0.0


def prefix_lengths(matrix: Float32, dim: int) -> Float64:
    """Return the length of the first `dim` values of each row: float64 (n,)."""
    rows = np.arange(len(matrix))
    squares = np.empty(len(matrix))
    loops().products(matrix, matrix, rows, rows, dim, squares, np.empty(len(matrix)))
    return np.sqrt(squares)


def check_direction(matrix: Float32, dim: int, ids: tuple[str, ...]) -> None:
    """Raise DataError for rows, named by `ids`, whose first `dim` values are all zero."""
    bad = without_direction(matrix, dim)
    if len(bad):
        raise no_direction(ids[row] for row in bad[:20])


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

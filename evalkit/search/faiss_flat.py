"""FAISS's own exact index, one per size: the second opinion on the sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32, Int64, Ranking, Similarity
from evalkit.core.extras import expect
from evalkit.core.protocols import Side
from evalkit.core.registry import plugin
from evalkit.search._rank import Limits, rank_sides
from evalkit.search._space import Pairs, Space
from evalkit.search._sweep import prefix_lengths

_SPARE = 16
_ROWS_AT_ONCE = 8192


@plugin("search", "faiss_flat")
@dataclass(frozen=True, slots=True)
class FaissFlat:
    """Searches an `IndexFlat` per size; it copies the corpus, so it is for corpora that fit."""

    def rank(
        self,
        queries: Side,
        corpus: Side,
        k: int,
        dims: Sequence[int],
        similarity: Similarity,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> dict[int, Ranking]:
        """Return the top k items per query and size; euclidean scores are minus the distance.

        Raises DataError for an empty corpus or a prefix without direction, UsageError for sizes
        that are not there.
        """
        limits = Limits(exclude, pools)
        return rank_sides(_nominate, queries, corpus, k, dims, similarity, limits)


def _nominate(space: Space, dims: Sequence[int], k: int) -> Iterator[tuple[int, Pairs]]:
    """Yield (size, pairs) so that all that may be among the k best of a query is in."""
    for dim in dims:
        yield dim, _nominate_one(space, dim, k)


def _nominate_one(space: Space, dim: int, k: int) -> Pairs:
    """Return the nominees of one size, asking for more until a list ends below the margin."""
    index, numbers = _index(space, dim)
    left = np.ascontiguousarray(space.fast_queries()[:, :dim])
    margin = space.margin(dim).astype(np.float32)[:, None]
    nth = (k - 1) * space.most_rows  # the k-th item is not below this row, counted from 0
    depth = min(len(numbers), nth + 1 + _SPARE)
    waiting = np.arange(len(left))
    pairs = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    while len(waiting):
        scores, places = _search(index, left[waiting], depth)
        rows = numbers[places]
        scores[space.is_banned(waiting[:, None], rows)] = -np.inf
        last = np.where(np.isneginf(scores), np.inf, scores).min(axis=1, initial=np.inf)
        floor = _nth_largest(scores, nth)[:, None] - margin[waiting]
        done = (floor[:, 0] > last) | (depth == len(numbers))
        at = np.nonzero((scores >= floor) & np.isfinite(scores) & done[:, None])
        pairs.append((waiting[at[0]], rows[at]))
        waiting, depth = waiting[~done], min(len(numbers), depth * 4)
    queries, rows = (np.concatenate(part) for part in zip(*pairs, strict=True))
    order = np.argsort(queries, kind="stable")
    return queries[order], rows[order]


def _index(space: Space, dim: int) -> tuple[Any, Int64]:
    """Return an index whose scores order the rows as the similarity does, and their numbers."""
    expect("faiss")
    import faiss

    euclidean = space.similarity == "euclidean"
    index = faiss.IndexFlatL2(dim) if euclidean else faiss.IndexFlatIP(dim)
    numbers = np.arange(len(space.corpus)) if space.found_in is None else space.found_in
    for start in range(0, len(numbers), _ROWS_AT_ONCE):
        block, rows = space.block(start, start + _ROWS_AT_ONCE)
        scale, _ = space.fast_scale(rows, prefix_lengths(block, [dim])[0])
        index.add(block[:, :dim] * scale[:, None])
    return index, numbers


def _search(index: Any, left: Float32, depth: int) -> tuple[Float32, Int64]:
    """Return scores, higher is better, and places of the best rows: (nq, depth) each."""
    import faiss

    scores, places = index.search(left, depth)
    return (-scores / 2 if index.metric_type == faiss.METRIC_L2 else scores), places


def _nth_largest(scores: Float32, n: int) -> Float32:
    """Return the n-th largest value of each row, from 0; minus infinity in rows without one."""
    place = scores.shape[1] - 1 - n
    if place < 0:
        return np.full(len(scores), -np.inf, np.float32)
    return np.partition(scores, place, axis=1)[:, place]

"""Queries of several parts: every part searches by itself, and the lists are made into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Int64, Ranking, Similarity, Vectors
from evalkit.core.errors import Problem, UsageError
from evalkit.core.protocols import Side
from evalkit.core.registry import plugin
from evalkit.ranking.fusing import Fusion
from evalkit.search._fusing import check_depth, fused
from evalkit.search.exact import Exact


@plugin("search", "parts_fusion")
@dataclass(frozen=True, slots=True)
class PartsFusion:
    """Fusion at score level: each vector of a query is searched for exactly, then lists are fused.

    It is for queries with a vector per part, such as a picture and words. The rival is fusion at
    item level, where the parts are combined into their mean and searched for once. A query with one
    vector is left as exact search answers it, its scores similarities; those of the others are
    fused scores. weights: one per part, in order, for the methods that take them, and only where
    every query of several parts has that many. fusion, norm, depth, rrf_k: as in `keyword_fusion`.
    memory: MiB for each exact search.
    """

    fusion: str = "rrf"
    weights: tuple[float, ...] = ()
    norm: str = "min-max"
    depth: int = 100
    rrf_k: int = 60
    memory: int = 1024

    def __post_init__(self) -> None:
        """Refuse parameters that are unknown or that contradict each other."""
        check_depth(self.depth)
        self._fusion()

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
        """Return the top k items per query and size, higher is better.

        An item's hit is that of the first part that found it. Raises as the exact search does, and
        UsageError for weights that do not fit the parts.
        """
        missing = [dim for dim in dims if dim not in queries.vectors]
        if missing:
            raise UsageError(f"The queries have no vectors of size {missing[0]}.")
        found: dict[int, Ranking] = {}
        for sizes in _sharing(queries, dims):
            vectors = queries.vectors[sizes[0]]
            parts = _parts(vectors)
            depth = max(k, min(self.depth, len(corpus.items))) if len(parts) > 1 else k
            sides = [Side(queries.items, dict.fromkeys(sizes, part)) for part in parts]
            limits = exclude, pools
            search = Exact(self.memory)
            lists = [search.rank(s, corpus, depth, sizes, similarity, *limits) for s in sides]
            for dim in sizes:
                found[dim] = self._joined([one[dim] for one in lists], vectors, k)
        return {dim: found[dim] for dim in dims}

    def _joined(self, lists: list[Ranking], vectors: Vectors, k: int) -> Ranking:
        """Return one list per query, from those of its parts."""
        counts = np.bincount(vectors.owners)
        counts = counts[counts > 0]
        table = _cut(lists[0], k)
        for count in np.unique(counts[counts > 1]):
            at = np.flatnonzero(counts == count)
            names = tuple(table.query_ids[n] for n in at)
            self._check_weights(int(count), names[0])
            some = [_of_queries(one, names) for one in lists[:count]]
            together = fused(some, names, table.doc_ids, k, self._fusion())
            table.rows[at], table.scores[at] = together.rows, together.scores
            table.hits[at] = together.hits
        return table

    def _check_weights(self, count: int, query: str) -> None:
        """Raise UsageError where there are weights for another number of parts."""
        if self.weights and len(self.weights) != count:
            what = f"there are {len(self.weights)}, and the query '{query}' has {count} parts."
            raise UsageError(Problem("weights", what, "Write one per part, or leave them out."))

    def _fusion(self) -> Fusion:
        """Return how lists are fused."""
        return Fusion(self.fusion, self.weights, self.norm, self.rrf_k)


def _sharing(queries: Side, dims: Sequence[int]) -> Iterable[list[int]]:
    """Return sizes in groups that share the vectors of the queries."""
    together: dict[int, list[int]] = {}
    for dim in dims:
        together.setdefault(id(queries.vectors[dim]), []).append(dim)
    return together.values()


def _parts(vectors: Vectors) -> list[Vectors]:
    """Return the first vector of every item, the second of those that have one, and so on."""
    order = np.argsort(vectors.owners, kind="stable")
    owners = vectors.owners[order]
    place = np.arange(len(owners)) - np.searchsorted(owners, owners)
    count = int(place.max(initial=0)) + 1
    return [_rows(vectors, order[place == part]) for part in range(count)]


def _rows(vectors: Vectors, rows: Int64) -> Vectors:
    """Return some rows, each of another item, with the items that own them."""
    return replace(
        vectors,
        ids=tuple(vectors.ids[owner] for owner in vectors.owners[rows]),
        owners=np.arange(len(rows)),
        spans=vectors.spans[rows],
        matrix=vectors.matrix[rows],
        norms=vectors.norms[rows],
    )


def _of_queries(ranking: Ranking, names: tuple[str, ...]) -> Ranking:
    """Return the lists of some queries."""
    place = {name: n for n, name in enumerate(ranking.query_ids)}
    at = np.array([place[name] for name in names], np.int64)
    lists = ranking.rows[at], ranking.scores[at], ranking.hits[at]
    return Ranking(names, ranking.doc_ids, *lists)


def _cut(ranking: Ranking, k: int) -> Ranking:
    """Return the best k of every list, in arrays of their own."""
    return replace(
        ranking,
        rows=ranking.rows[:, :k].copy(),
        scores=ranking.scores[:, :k].copy(),
        hits=ranking.hits[:, :k].copy(),
    )

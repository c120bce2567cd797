"""Keyword search beside vectors, their lists made into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evalkit.core.arrays import Ranking, Similarity
from evalkit.core.errors import Problem, UsageError
from evalkit.core.protocols import Side
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.core.systems import TUNED
from evalkit.ranking.fusing import Fusion
from evalkit.search._fusing import check_depth, fused
from evalkit.search._tuning import ndcg_at_10
from evalkit.search.exact import Exact
from evalkit.search.keyword import Keyword

_GRID = tuple(tenth / 10 for tenth in range(11))


@plugin("search", "keyword_fusion")
@dataclass(frozen=True, slots=True)
class KeywordFusion:
    """Exact search over vectors and BM25 over words, fused: hybrid search.

    fusion: a method of ranx that needs no training: `rrf` (reciprocal rank, Cormack et al. 2009),
    `wsum` (weighted sum), sum, mnz, anz, max, med, min, mixed, wmnz, isr, log_isr, logn_isr,
    bordafuse, w_bordafuse, condorcet, w_condorcet. weights: of the vectors and of the words, for
    the methods that take them; equal where left out. norm: how scores are made comparable where a
    method adds them: min-max, max, sum, zmuv, rank, borda; the last of a list then has 0 under
    min-max and sum. depth: how many places of each list are fused, at least 100. rrf_k: the
    constant of `rrf`. tune: tag -> values, which chooses queries that the case does not measure, to
    find the weights by, per size. memory: MiB for the exact search, as there.
    """

    fusion: str = "rrf"
    weights: tuple[float, ...] = ()
    norm: str = "min-max"
    depth: int = 100
    rrf_k: int = 60
    tune: dict[str, list[str] | str] = field(default_factory=dict)
    memory: int = 1024
    _weights_by_size: tuple[tuple[int, float], ...] = ()
    _tuned_on: int = 0

    def __post_init__(self) -> None:
        """Refuse parameters that are unknown or that contradict each other."""
        check_depth(self.depth)
        fusion = self._fusion(self.weights)
        if self.weights and len(self.weights) != 2:
            what = f"there are {len(self.weights)} weights."
            raise UsageError(Problem("weights", what, "Write two: of the vectors, of the words."))
        if self.tune and not fusion.weighted:
            fix = "Write fusion: wsum, or leave out 'tune'."
            raise UsageError(Problem("tune", f"'{self.fusion}' has no weights to tune.", fix))
        if self.tune and self.weights:
            raise UsageError(Problem("tune", "stands beside 'weights'.", "Leave one of them out."))

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
        """Return the top k items per query and size, with fused scores, higher is better.

        It names all items of both sides: what has no vector is found by its words alone. A hit is
        the row by which the vectors found an item, -1 where only its words did. Raises as the exact
        search does, and UsageError for `tune` before the weights were tuned.
        """
        chosen = dict(self._weights_by_size)
        if self.tune and not chosen.keys() >= set(dims):
            raise UsageError(Problem("tune", "the weights were not tuned.", "Call 'tuned' first."))
        lists = self._lists(queries, corpus, k, dims, similarity, exclude, pools)
        return {dim: self._fuse(lists[dim], queries, corpus, k, chosen.get(dim)) for dim in dims}

    def tuned(
        self,
        queries: Side,
        corpus: Side,
        judgements: Mapping[str, Mapping[str, int]],
        dims: Sequence[int],
        similarity: Similarity,
    ) -> KeywordFusion:
        """Return this retriever with the best weights for each size.

        queries: other ones than those to be measured. judgements: query id -> item id -> grade. The
        weight of the vectors is the one of 0, .1, ... 1 with the highest mean ndcg@10, that of the
        words is the rest; among equal ones the nearest to .5 wins, then the larger one. Raises
        UsageError for a method without weights, DataError where no query has a positive grade.
        """
        if not self._fusion(()).weighted:
            fix = "Write fusion: wsum."
            raise UsageError(Problem("tune", f"'{self.fusion}' has no weights to tune.", fix))
        lists = self._lists(queries, corpus, 10, dims, similarity, None, None)
        best = []
        for dim in dims:
            tried = {
                weight: ndcg_at_10(self._fuse(lists[dim], queries, corpus, 10, weight), judgements)
                for weight in _GRID
            }
            best.append((dim, max(_GRID, key=lambda w: (tried[w], -abs(w - 0.5), w))))
        return replace(self, weights=(), _weights_by_size=tuple(best), _tuned_on=len(queries.items))

    def table(self, dim: int) -> Table | None:
        """Return the weights of a size that were found by tuning, None where there are none."""
        vectors = dict(self._weights_by_size).get(dim)
        if vectors is None:
            return None
        words = round(1 - vectors, 1)
        told = (
            f"tuned on {self._tuned_on} other queries: {vectors:g} for the vectors, "
            f"{words:g} for the words"
        )
        columns = ("queries tuned on", "weight of the vectors", "weight of the words", "in words")
        row = (self._tuned_on, vectors, words, told)
        return Table(TUNED, "What it was tuned to", columns, (row,))

    def _lists(
        self,
        queries: Side,
        corpus: Side,
        k: int,
        dims: Sequence[int],
        similarity: Similarity,
        exclude: Mapping[str, frozenset[str]] | None,
        pools: Mapping[str, frozenset[str]] | None,
    ) -> dict[int, tuple[Ranking, Ranking]]:
        """Return the list of the vectors and that of the words, at every size."""
        depth = max(1, min(max(self.depth, k), len(corpus.items)))
        limits = exclude, pools
        dense = Exact(self.memory).rank(queries, corpus, depth, dims, similarity, *limits)
        words = Keyword().rank(queries, corpus, depth, dims, similarity, *limits)
        return {dim: (dense[dim], words[dim]) for dim in dims}

    def _fuse(
        self,
        lists: tuple[Ranking, Ranking],
        queries: Side,
        corpus: Side,
        k: int,
        weight: float | None,
    ) -> Ranking:
        """Return two lists fused, with a tuned weight of the vectors or as configured."""
        weights = self.weights if weight is None else (weight, round(1 - weight, 1))
        query_ids = tuple(item.id for item in queries.items)
        doc_ids = tuple(item.id for item in corpus.items)
        return fused(lists, query_ids, doc_ids, k, self._fusion(weights))

    def _fusion(self, weights: tuple[float, ...]) -> Fusion:
        """Return how lists are fused with some weights."""
        return Fusion(self.fusion, weights, self.norm, self.rrf_k)

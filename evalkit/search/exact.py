"""Exact search at all sizes in one pass over the corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from evalkit.core.arrays import Ranking, Similarity
from evalkit.core.protocols import Side
from evalkit.core.registry import plugin
from evalkit.search._rank import Limits, rank_sides
from evalkit.search._sweep import sweep


@plugin("search", "exact")
@dataclass(frozen=True, slots=True)
class Exact:
    """Compares every query with every row; the oracle of all approximate retrievers.

    memory: MiB that a search may use beside the vectors and the rankings it returns.
    """

    memory: int = 1024

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
        nominate = partial(sweep, budget_bytes=self.memory << 20)
        return rank_sides(nominate, queries, corpus, k, dims, similarity, limits)

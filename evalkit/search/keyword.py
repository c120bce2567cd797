"""Keyword search: BM25 over the words of the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evalkit.core.arrays import (
    SCORE_PLACES,
    Bool,
    Float64,
    Int64,
    Ranking,
    Similarity,
    best_first,
    id_ranks,
)
from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Side
from evalkit.core.registry import plugin
from evalkit.search._words import item_words


@plugin("search", "keyword")
@dataclass(frozen=True, slots=True)
class Keyword:
    """BM25 over the text of the items, without any vector: what a model has to beat.

    It reads the text in an item's content, and finds an item that has no vector too. An item
    without text is never found, a query without text finds nothing, and an item is in a list only
    where it shares a word with the query that counts. k1: how soon further occurrences of a word
    stop counting. b: how much long texts are marked down, 0 to 1. method: the variant of the
    formula. How rare a word is, is counted over the whole corpus, whatever a query may find in it.
    Source: Robertson and Zaragoza 2009; the variants are those of Kamphuis et al. 2020, by bm25s.
    """

    k1: float = 1.5
    b: float = 0.75
    method: Literal["lucene", "robertson", "atire"] = "lucene"

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        if not 0 <= self.k1 < float("inf"):
            raise UsageError(Problem("k1", f"is {self.k1}.", "Write 0 or more; 1.5 is usual."))
        if not 0 <= self.b <= 1:
            raise UsageError(Problem("b", f"is {self.b}.", "Write 0 to 1; 0.75 is usual."))

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
        """Return the top k items per query, the same ranking for every size.

        It names all items of both sides, with a vector or without; `hits` are -1, since no vector
        won; the similarity plays no part. Raises DataError for an empty corpus, UsageError for a k
        below 1.
        """
        ranking = self.ranking(queries.items, corpus.items, k, exclude or {}, pools or {})
        return dict.fromkeys(dims, ranking)

    def ranking(
        self,
        queries: Sequence[Item],
        corpus: Sequence[Item],
        k: int,
        exclude: Mapping[str, frozenset[str]],
        pools: Mapping[str, frozenset[str]],
    ) -> Ranking:
        """Return the top k items per query."""
        if k < 1:
            raise UsageError(f"k is {k}; search for at least one item.")
        if not corpus:
            raise DataError("The corpus is empty: there is nothing to search; give it an item.")
        if not any(isinstance(part, str) for item in corpus for part in item.parts):
            what = "no corpus item has words, so keyword search can find nothing."
            raise DataError(Problem("", what, "Put the step 'captions' or 'chunks' before it."))
        query_ids, doc_ids = (tuple(item.id for item in side) for side in (queries, corpus))
        index, ties = _Index(corpus, self), id_ranks(doc_ids)
        place = {name: at for at, name in enumerate(doc_ids)}
        rows, scores = np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), np.nan)
        for n, query in enumerate(queries):
            found = index.scores(item_words(query))
            found[~_allowed(place, pools.get(query.id), exclude.get(query.id))] = 0.0
            best = _best(found, ties, k)
            rows[n, : len(best)], scores[n, : len(best)] = best, found[best]
        return Ranking(query_ids, doc_ids, rows, scores, np.full_like(rows, -1))


class _Index:
    """The BM25 scores of every word of a corpus."""

    def __init__(self, corpus: Sequence[Item], settings: Keyword) -> None:
        import bm25s

        texts = [item_words(item) for item in corpus]
        self._places = np.array([n for n, text in enumerate(texts) if text], np.int64)
        self._size = len(corpus)
        self._words: dict[str, int] = {}
        for text in texts:
            for word in text:
                self._words.setdefault(word, len(self._words))
        self._scorer: Any = bm25s.BM25(
            k1=settings.k1,
            b=settings.b,
            method=settings.method,
            dtype="float64",
            backend="numpy",
            csc_backend="numpy",
        )
        if self._words:
            numbers = [[self._words[word] for word in text] for text in texts if text]
            given = (numbers, dict(self._words))
            self._scorer.index(given, create_empty_token=False, show_progress=False)

    def scores(self, query: Sequence[str]) -> Float64:
        """Return the score of every item, float64 (n,), rounded; 0 where no word is shared."""
        out = np.zeros(self._size)
        known = [self._words[word] for word in query if word in self._words]
        if known:
            out[self._places] = np.round(self._scorer.get_scores_from_ids(known), SCORE_PLACES)
        return out


def _allowed(
    place: Mapping[str, int], pool: frozenset[str] | None, exclude: frozenset[str] | None
) -> Bool:
    """Return which items a query may find, bool (n,)."""
    allowed = np.full(len(place), pool is None)
    for names, may in ((pool, True), (exclude, False)):
        allowed[[place[name] for name in names or () if name in place]] = may
    return allowed


def _best(scores: Float64, ties: Int64, k: int) -> Int64:
    """Return the best k items with a score above 0, best first: int64 (at most k,)."""
    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        last = np.partition(scores[found], -k)[-k]
        found = found[scores[found] >= last]
    return found[best_first(scores[found], ties[found])][:k]

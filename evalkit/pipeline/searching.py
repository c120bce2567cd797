"""Search as tasks see it: which vectors, which system and which similarity are fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evalkit.core import registry
from evalkit.core.arrays import Float64, Int64, Ranking, Similarity, Vectors, make_vectors
from evalkit.core.errors import ProviderError
from evalkit.core.items import Item, SideName
from evalkit.core.protocols import Retriever, Side
from evalkit.core.results import CLEAN, Cell, Listing, Lost
from evalkit.core.systems import System
from evalkit.pipeline.asking import stop_where_asked
from evalkit.pipeline.directions import Directed
from evalkit.pipeline.embed import Embeddings, Gone, losses, rows_of
from evalkit.pipeline.transforming import Fits, transformed


def tuned(embeddings: Embeddings, system: System) -> System:
    """Return the system with its retriever tuned on the queries set aside for that, if any."""
    if system.tuning is None:
        return system
    retriever: Any = system.retriever
    corpus = embeddings.side("corpus", CLEAN, system)
    found = retriever.tuned(
        embeddings.tuning[system.name],
        corpus,
        system.tuning.truth.grades,
        embeddings.dims,
        embeddings.case.similarity,
    )
    return replace(system, retriever=found)


@dataclass(slots=True)
class Search:
    """Ranks, compares and hands out the vectors of a case on a model, under a system and a label.

    It is the `Rank` of a task, and keeps what it ranked last.
    """

    embeddings: Embeddings
    system: System
    label: str
    others: Mapping[str, Embeddings]
    fits: Fits = field(default_factory=dict)
    _sides: dict[SideName, Side] = field(default_factory=dict)
    _moved: dict[SideName, Mapping[int, Directed]] = field(default_factory=dict)
    _found: dict[int, Ranking] = field(default_factory=dict)
    _spans: dict[int, Float64] = field(default_factory=dict)

    def __call__(
        self,
        depth: int,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> Mapping[int, Ranking]:
        """Return a ranking per size, one list for every query, rows counting in the corpus."""
        queries, corpus = self._side("query"), self._side("corpus")
        self._refuse_empty()
        rerank = self.system.rerank
        deepest = min(max(depth, rerank.depth if rerank else 0), len(corpus.items))
        similarity = self.embeddings.case.similarity
        retriever: Retriever = self.system.retriever
        found = retriever.rank(
            queries, corpus, deepest, self.embeddings.dims, similarity, exclude, pools
        )
        self._spans = {dim: corpus.vectors[dim].spans for dim in found}
        if rerank:
            found = self._reranked(found, min(depth, deepest), self.others[rerank.model])
        self._found = {
            dim: _aligned(ranking, queries.items, corpus.items) for dim, ranking in found.items()
        }
        return self._found

    def vectors(self, side: SideName) -> Mapping[int, Vectors]:
        """Return a side's unit vectors at each size, cut to it."""
        whole = self._side(side).vectors
        return {dim: _cut(whole[dim], dim) for dim in self.embeddings.dims}

    def similarity(self, pairs: Sequence[tuple[str, str]]) -> Mapping[int, Float64]:
        """Return the similarity of items by id at each size, float64 (n,), best rows of each."""
        sides = [self.vectors(name) for name in ("corpus", "query")]
        measure = self.embeddings.case.similarity
        return {
            dim: np.array([_alike(_rows(a, at), _rows(b, at), measure) for a, b in pairs], float)
            for dim in self.embeddings.dims
            for at in [[(side[dim], rows_of(side[dim])) for side in sides]]
        }

    def listings(self, keep: int) -> Iterator[Listing]:
        """Yield the top of every ranking that was found last."""
        case, model = self.embeddings.case.name, self.embeddings.model.name
        for dim, ranking in self._found.items():
            top = replace(
                ranking,
                rows=ranking.rows[:, :keep],
                scores=ranking.scores[:, :keep],
                hits=ranking.hits[:, :keep],
            )
            cell = Cell(case, model, self.system.name, self.label, dim)
            yield Listing(cell, top, won(self._spans[dim], top.hits))

    def spans(self, dim: int, hits: Int64) -> Float64:
        """Return the spans of winning rows of the last ranking, float64 (n, k, 2)."""
        found = won(self._spans[dim], hits)
        return np.full((*hits.shape, 2), np.nan) if found is None else found

    def lost_from(self, name: SideName, dim: int) -> dict[str, Gone]:
        """Return the items of a side without a vector of a size to search with, and why."""
        lost = self.embeddings.lost_from(name, self.label, dim, self.system)
        moved = self._transformed(name)
        return lost | dict(moved[dim].lost) if moved else lost

    def lost(self) -> Iterator[Lost]:
        """Yield the items of whose vectors a transform leaves nothing, under a probe changed ones.

        The others are the same there as on clean input.
        """
        case, model = self.embeddings.case.name, self.embeddings.model.name
        sides: tuple[SideName, ...] = ("query", "corpus")
        for name in sides:
            moved, changed = self._transformed(name), self.embeddings.changed(name, self.label)
            lost = {dim: one.lost for dim, one in moved.items()}
            partly = {dim: one.partly for dim, one in moved.items()}
            for item, kind, reason in sorted(losses(lost, partly)):
                if self.label == CLEAN or item in (changed or ()):
                    yield Lost(case, model, self.label, name, item, kind, reason)

    def _side(self, name: SideName) -> Side:
        """Return a side under this label and system, its vectors transformed."""
        if not self.fits:
            return self.embeddings.side(name, self.label, self.system)
        if name not in self._sides:
            plain = self.embeddings.side(name, self.label, self.system)
            vectors = {dim: one.vectors for dim, one in self._transformed(name).items()}
            self._sides[name] = Side(plain.items, vectors)
        return self._sides[name]

    def _transformed(self, name: SideName) -> Mapping[int, Directed]:
        """Return what the transform makes of a side at each size, {} without a transform.

        Raises ProviderError where nothing is left of an item and the case says to stop there.
        """
        if self.fits and name not in self._moved:
            plain = self.embeddings.side(name, self.label, self.system)
            made = transformed(plain, name, self.system.name, self.fits)
            for one in made.values():
                stop_where_asked(self.embeddings.case, self.embeddings.model.name, one.lost)
            self._moved[name] = made
        return self._moved.get(name, {})

    def _reranked(
        self, found: Mapping[int, Ranking], depth: int, other: Embeddings
    ) -> dict[int, Ranking]:
        """Return the best items of each list in the order of a second model's vectors.

        At a size that the second model does not have, its widest is used. Items without a vector of
        the second model are lost there, and leave the list.
        """
        exact: Retriever = registry.create("search", "exact")
        queries = other.side("query", self.label, self.system)
        corpus = other.side("corpus", self.label, self.system)
        again = {}
        for dim, ranking in found.items():
            size = dim if dim in other.dims else max(other.dims)
            pools = {
                query: frozenset(ranking.doc_ids[row] for row in rows if row >= 0)
                for query, rows in zip(ranking.query_ids, ranking.rows, strict=True)
            }
            similarity = self.embeddings.case.similarity
            again[dim] = exact.rank(queries, corpus, depth, [size], similarity, pools=pools)[size]
            self._spans[dim] = corpus.vectors[size].spans
        return again

    def _refuse_empty(self) -> None:
        """Raise ProviderError where no item of the corpus has a vector to be found by."""
        case, model = self.embeddings.case, self.embeddings.model
        for dim in self.embeddings.dims:
            lost = self.lost_from("corpus", dim)
            if lost and len(lost) == len(self.embeddings.items["corpus"]):
                first = next(iter(lost.values())).reason
                raise ProviderError(
                    f"{model.name}: none of the {len(lost)} corpus items of '{case.name}' could be "
                    f"embedded at {dim}. The first reason: {first}"
                )


def won(spans: Float64, hits: Int64) -> Float64 | None:
    """Return the span of each winning row, (n, k, 2), None where every row is a whole item."""
    if np.isnan(spans).all():
        return None
    return np.where((hits >= 0)[:, :, None], spans[hits], np.nan)


def _aligned(ranking: Ranking, queries: tuple[Item, ...], corpus: tuple[Item, ...]) -> Ranking:
    """Return the ranking with a list for every query (empty where it has no vector)."""
    ids = tuple(item.id for item in queries)
    corpus_ids = tuple(item.id for item in corpus)
    if ranking.query_ids == ids and ranking.doc_ids == corpus_ids:
        return ranking
    place = {name: n for n, name in enumerate(ids)}
    to_query = np.array([place[name] for name in ranking.query_ids], np.int64)
    place = {name: n for n, name in enumerate(corpus_ids)}
    to_corpus = np.array([place[name] for name in ranking.doc_ids] + [-1], np.int64)
    rows = np.full((len(ids), ranking.depth), -1, np.int64)
    hits, scores = rows.copy(), np.full(rows.shape, np.nan)
    rows[to_query] = to_corpus[ranking.rows]
    hits[to_query], scores[to_query] = ranking.hits, ranking.scores
    return Ranking(ids, corpus_ids, rows, scores, hits)


def _cut(vectors: Vectors, dim: int) -> Vectors:
    """Return the first values of each row, made unit again; raw lengths stay as they were."""
    if vectors.width == dim:
        return vectors
    beginning = vectors.matrix[:, :dim].astype(np.float64)
    norms = vectors.norms * np.sqrt((beginning * beginning).sum(axis=1))
    return make_vectors(vectors.ids, beginning, vectors.owners, vectors.spans, norms)


_Places = tuple[Vectors, dict[str, Int64]]


def _rows(name: str, sides: Sequence[_Places]) -> tuple[Float64, Float64]:
    """Return the unit rows of an item on the first side that has it, and their raw lengths."""
    for vectors, places in sides:
        if name in places:
            at = places[name]
            return vectors.matrix[at].astype(np.float64), vectors.norms[at]
    return np.empty((0, 0)), np.empty(0)


def _alike(
    one: tuple[Float64, Float64], other: tuple[Float64, Float64], similarity: Similarity
) -> float:
    """Return the similarity of the two most similar rows, NaN where an item has none."""
    if not len(one[0]) or not len(other[0]):
        return float("nan")
    cosine = one[0] @ other[0].T
    lengths = np.outer(one[1], other[1])
    if similarity == "cosine":
        return float(cosine.max())
    if similarity == "dot":
        return float((cosine * lengths).max())
    squares = one[1][:, None] ** 2 + other[1][None, :] ** 2 - 2 * cosine * lengths
    return float(-np.sqrt(np.maximum(squares, 0.0)).min())

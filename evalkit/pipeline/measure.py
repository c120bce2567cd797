"""Stage 2: vectors to rankings, at all sizes in one pass, to scores per unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64, Ranking
from evalkit.core.errors import ProviderError
from evalkit.core.evidence import Evidence
from evalkit.core.items import Item
from evalkit.core.protocols import Refused, System
from evalkit.core.results import CLEAN, Cell, Listing, Measured, Scores
from evalkit.pipeline.embed import Embeddings
from evalkit.pipeline.offer import labels


@dataclass(frozen=True, slots=True)
class Found:
    """What one case gave on one model: scores per cell and metric, and the rankings behind them.

    units: the items behind the scores, in their order.
    """

    case: str
    units: tuple[Item, ...]
    measured: tuple[Measured, ...]
    listings: tuple[Listing, ...]


def measure(embeddings: Embeddings) -> Found:
    """Return the scores and rankings of a case on a model: every system, probe and size."""
    case = embeddings.case
    measured: list[Measured] = []
    listings: list[Listing] = []
    units: tuple[Item, ...] = ()
    for label in labels(case, embeddings.model):  # outside: a changed side is put together once
        for system in case.systems:
            search = _Search(embeddings, system, label)
            evidence = case.task.evidence(case.data, search, case.depth, case.relevant)
            units = next((facts.units for facts in evidence.values()), units)
            measured += _scored(embeddings, system, label, evidence)
            listings += search.listings(case.kept)
    return Found(case.name, units, tuple(measured), tuple(listings))


class _Search:
    """Search as a task sees it: sides, system and similarity are fixed; keeps what it found."""

    def __init__(self, embeddings: Embeddings, system: System, label: str) -> None:
        self._embeddings, self._system, self._label = embeddings, system, label
        self._found: dict[int, Ranking] = {}
        self._spans: dict[int, Float64] = {}

    def __call__(
        self,
        depth: int,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> Mapping[int, Ranking]:
        """Return a ranking per size, one list for every query, rows counting in the corpus."""
        case, dims = self._embeddings.case, self._embeddings.dims
        queries = self._embeddings.side("query", self._label)
        corpus = self._embeddings.side("corpus", self._label)
        self._refuse_empty()
        deepest = min(depth, len(corpus.items))
        found = self._system.retriever.rank(
            queries, corpus, deepest, dims, case.similarity, exclude, pools
        )
        self._spans = {dim: corpus.vectors[dim].spans for dim in found}
        self._found = {
            dim: _aligned(ranking, queries.items, corpus.items) for dim, ranking in found.items()
        }
        return self._found

    def _refuse_empty(self) -> None:
        """Raise ProviderError where no item of the corpus has a vector to be found by."""
        case, model = self._embeddings.case, self._embeddings.model
        for dim in self._embeddings.dims:
            lost = self._embeddings.lost_from("corpus", self._label, dim)
            if lost and len(lost) == len(self._embeddings.items["corpus"]):
                first = next(iter(lost.values())).reason
                raise ProviderError(
                    f"{model.name}: none of the {len(lost)} corpus items of '{case.name}' could be "
                    f"embedded at {dim}. The first reason: {first}"
                )

    def listings(self, keep: int) -> Iterator[Listing]:
        """Yield the top of every ranking that was found last."""
        case, model = self._embeddings.case.name, self._embeddings.model.name
        for dim, ranking in self._found.items():
            top = replace(
                ranking,
                rows=ranking.rows[:, :keep],
                scores=ranking.scores[:, :keep],
                hits=ranking.hits[:, :keep],
            )
            cell = Cell(case, model, self._system.name, self._label, dim)
            yield Listing(cell, top, _won(self._spans[dim], top.hits))


def _won(spans: Float64, hits: Int64) -> Float64 | None:
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


def _scored(
    embeddings: Embeddings, system: System, label: str, evidence: Mapping[int, Evidence]
) -> Iterator[Measured]:
    """Yield the scores of every metric at every size under one system and probe.

    A unit whose input was lost keeps what its empty evidence scores where the case calls that a
    miss, and has no score elsewhere; it counts either way.
    """
    case = embeddings.case
    for dim, facts in evidence.items():
        cell = Cell(case.name, embeddings.model.name, system.name, label, dim)
        unscored = _unscored(embeddings, label, dim, facts)
        counts = _counted(embeddings, label, facts)
        for metric in case.metrics:
            scores = _without(metric.per_unit(facts), unscored)
            yield Measured(cell, metric.name, scores, metric.scorable(facts) & counts)


def _unscored(embeddings: Embeddings, label: str, dim: int, facts: Evidence) -> Bool:
    """Return which units have no vector and are not to count as a miss, bool (n,)."""
    case, lost = embeddings.case, embeddings.lost_from("query", label, dim)
    rules = {
        unit: case.on_refusal if isinstance(why, Refused) else case.on_item_error
        for unit, why in lost.items()
    }
    return np.array([rules.get(unit, "miss") != "miss" for unit in facts.ids], bool)


def _without(scores: Scores, unscored: Bool) -> Scores:
    """Return the scores with NaN for some units."""
    if not unscored.any():
        return scores
    columns = {name: np.where(unscored, np.nan, c) for name, c in scores.columns.items()}
    return replace(scores, columns=columns)


def _counted(embeddings: Embeddings, label: str, facts: Evidence) -> Bool:
    """Return the units that count: all when clean, else those whose input a probe changed."""
    if label == CLEAN:
        return np.ones(len(facts.ids), bool)
    if label in embeddings.variants["query"]:
        changed = embeddings.variants["query"][label].changed
        return np.array([unit in changed for unit in facts.ids], bool)
    return facts.touched(embeddings.variants["corpus"][label].changed)

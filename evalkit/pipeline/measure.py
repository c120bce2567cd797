"""Stage 2: vectors to rankings, at all sizes in one pass, to scores per unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Bool, Int64, Ranking
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan
from evalkit.core.protocols import Evidence, Metric, Refused, System
from evalkit.core.results import CLEAN, Cell, Listing, Measured, Scores
from evalkit.pipeline.embed import Embeddings


@dataclass(frozen=True, slots=True)
class Found:
    """What one case gave on one model: scores per cell and metric, and the rankings behind them."""

    measured: tuple[Measured, ...]
    listings: tuple[Listing, ...]


def measure(embeddings: Embeddings) -> Found:
    """Return the scores and rankings of a case on a model: every system, probe and size."""
    case = embeddings.case
    measured: list[Measured] = []
    listings: list[Listing] = []
    for system in case.systems:
        for label in _labels(case):
            search = _Search(embeddings, system, label)
            evidence = case.task.evidence(case.data, search, case.depth, case.relevant)
            measured += _scored(embeddings, system, label, evidence)
            listings += search.listings(case.keep)
    return Found(tuple(measured), tuple(listings))


def _labels(case: CasePlan) -> list[str]:
    """Return the probe labels of a case, clean first."""
    return [CLEAN, *(p.label(s) for p in case.probes for s in p.severities)]


class _Search:
    """Search as a task sees it: sides, system and similarity are fixed; keeps what it found."""

    def __init__(self, embeddings: Embeddings, system: System, label: str) -> None:
        self._embeddings, self._system, self._label = embeddings, system, label
        self._found: dict[int, Ranking] = {}

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
        found = self._system.retriever.rank(
            queries, corpus, depth, dims, case.similarity, exclude, pools
        )
        self._found = {
            dim: _aligned(ranking, queries.items, corpus.items) for dim, ranking in found.items()
        }
        return self._found

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
            yield Listing(Cell(case, model, self._system.name, self._label, dim), top)


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
    """Yield the scores of every metric at every size under one system and probe."""
    case = embeddings.case
    for dim, facts in evidence.items():
        cell = Cell(case.name, embeddings.model.name, system.name, label, dim)
        lost, missed = _lost(embeddings, label, facts)
        counts = _counted(embeddings, label, facts)
        for metric in case.metrics:
            scores = _with_lost(metric, metric.per_unit(facts), lost, missed)
            known = _finite(scores) | lost
            yield Measured(cell, metric.name, scores, known & counts)


def _lost(embeddings: Embeddings, label: str, facts: Evidence) -> tuple[Bool, Bool]:
    """Return which judged units have no vector, and which of them count as a miss; bool (n,)."""
    gone = embeddings.lost_from("query", label)
    case = embeddings.case
    rule = {
        unit: case.on_refusal if isinstance(why, Refused) else case.on_item_error
        for unit, why in gone.items()
    }
    judged: Bool = np.any(facts.judged >= 0, axis=1)
    lost = np.array([unit in gone for unit in facts.ids], bool) & judged
    missed = np.array([rule.get(unit) == "miss" for unit in facts.ids], bool)
    return lost, missed & lost


def _with_lost(metric: Metric, scores: Scores, lost: Bool, missed: Bool) -> Scores:
    """Return the scores with lost units as the case wants them: the worst score, or NaN."""
    if not lost.any():
        return scores
    worst = metric.range[0] if metric.better == "high" else metric.range[1]
    columns = {
        name: np.where(missed, worst, np.where(lost, np.nan, values))
        for name, values in scores.columns.items()
    }
    return replace(scores, columns=columns)


def _finite(scores: Scores) -> Bool:
    """Return which units are scored in every column, bool (n,)."""
    finite: Bool = np.all(np.isfinite(np.stack(list(scores.columns.values()))), axis=0)
    return finite


def _counted(embeddings: Embeddings, label: str, facts: Evidence) -> Bool:
    """Return the units that count: all when clean, else those whose input really changed.

    On the corpus side a query counts if at least one of its relevant items changed; bool (n,).
    """
    if label == CLEAN:
        return np.ones(len(facts.ids), bool)
    if label in embeddings.variants["query"]:
        changed = embeddings.variants["query"][label].changed
        return np.array([unit in changed for unit in facts.ids], bool)
    changed = embeddings.variants["corpus"][label].changed
    moved = np.array([item.id in changed for item in facts.corpus] + [False], bool)
    relevant: Int64 = np.where(facts.grades >= facts.relevant, facts.judged, -1)
    counted: Bool = np.any(moved[relevant], axis=1)
    return counted

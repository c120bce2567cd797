"""Fingerprints: which recording was a segment taken from, and from where in it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Matched
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.tasks import _units


@plugin("tasks", "fingerprint")
@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Every segment against all recordings; the source is the recording judged best for it.

    A query that is not judged is taken to have no source in the corpus: what is found for it is a
    false match. Where in the source a segment lies is in the columns `start` and `end` of
    `qrels.tsv`; what is found carries a place where the recordings are embedded in segments.
    """

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "grades"
    evidence_kind: ClassVar[str] = Matched.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return the segments."""
        return data.queries

    def needs(self, data: Dataset) -> Needs:
        """Return all segments and the whole corpus."""
        return Needs(data.queries, data.corpus, "retrieval")

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Matched]:
        """Return the recordings found at each size, their places, and the true source."""
        place = {item.id: row for row, item in enumerate(data.corpus)}
        sources = [_source(data, query, relevant) for query in data.queries]
        vectors = rank.vectors("corpus")
        return {
            dim: Matched(
                ids=tuple(query.id for query in data.queries),
                rows=ranking.rows,
                scores=ranking.scores,
                spans=_spans(vectors[dim].spans, ranking.hits),
                source=np.array([place.get(source, -1) for source in sources], np.int64),
                place=_places(data, sources),
                clusters=(_units.clusters(data.queries),),
                units=data.queries,
                corpus=data.corpus,
            )
            for dim, ranking in rank(depth).items()
        }


def _source(data: Dataset, query: Item, relevant: int) -> str:
    """Return the item that is judged best for a segment, "" where none is relevant."""
    grades = data.truth.grades.get(query.id, {})
    good = [(-grade, item) for item, grade in grades.items() if grade >= relevant]
    return min(good, default=(0, ""))[1]


def _places(data: Dataset, sources: list[str]) -> Float64:
    """Return the seconds of its source that each segment covers, float64 (n, 2), NaN if unknown."""
    found = np.full((len(sources), 2), np.nan)
    for row, (query, source) in enumerate(zip(data.queries, sources, strict=True)):
        span = data.truth.spans.get((query.id, source))
        if span is not None and span.start is not None and span.end is not None:
            found[row] = span.start, span.end
    return found


def _spans(spans: Float64, hits: np.ndarray) -> Float64:
    """Return the span of each winning row, float64 (n, k, 2), NaN beyond the end of a list."""
    return np.where((hits >= 0)[:, :, None], spans[hits], np.nan)

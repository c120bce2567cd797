"""Fingerprints: which recording was a segment taken from, and from where in it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.evidence import Matched
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.tasks import _units


@plugin("tasks", "fingerprint")
@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Every segment against all recordings; its source is a recording judged relevant for it.

    Where several are, such as a recording and copies of it, any of them will do: the one that is
    found first counts as the source. A query without any is taken to have no source in the corpus:
    what is found for it is a false match. Where in the source a segment lies is in the columns
    `start` and `end` of `qrels.tsv`; what is found carries a place where the recordings are
    embedded in segments.
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
        accepted = _accepted(data, relevant)
        found = {}
        for dim, ranking in rank(depth).items():
            source = _sources(ranking.rows, accepted)
            found[dim] = Matched(
                ids=tuple(query.id for query in data.queries),
                rows=ranking.rows,
                scores=ranking.scores,
                spans=rank.spans(dim, ranking.hits),
                source=source,
                place=_places(data, source),
                clusters=(_units.clusters(data.queries),),
                units=data.queries,
                corpus=data.corpus,
            )
        return found


def _accepted(data: Dataset, relevant: int) -> list[list[int]]:
    """Return the positions of each segment's sources, best grade first, equal ones by id."""
    place = {item.id: row for row, item in enumerate(data.corpus)}
    graded = [data.truth.grades.get(query.id, {}) for query in data.queries]
    good = [sorted((-g, item) for item, g in row.items() if g >= relevant) for row in graded]
    return [[place[item] for _, item in row] for row in good]


def _sources(rows: Int64, accepted: list[list[int]]) -> Int64:
    """Return the source of each segment that is found first, int64 (n,).

    It is the best one where none is found, -1 for a segment without any.
    """
    source = np.array([row[0] if row else -1 for row in accepted], np.int64)
    for n, good in enumerate(accepted):
        listed = rows[n][np.isin(rows[n], good)]
        source[n] = listed[0] if len(listed) else source[n]
    return source


def _places(data: Dataset, source: Int64) -> Float64:
    """Return the seconds of its source that each segment covers, float64 (n, 2), NaN if unknown."""
    found = np.full((len(source), 2), np.nan)
    for n, query in enumerate(data.queries):
        item = data.corpus[source[n]].id if source[n] >= 0 else ""
        span = data.truth.spans.get((query.id, item))
        if span is not None and span.start is not None and span.end is not None:
            found[n] = span.start, span.end
    return found

"""Retrieval: find the relevant items of a corpus for each query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Int64
from evalkit.core.evidence import Ranked
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.tasks import _units


@plugin("tasks", "retrieval")
@dataclass(frozen=True, slots=True)
class Retrieval:
    """Every query against the whole corpus, compared with graded judgements.

    Queries without any judgement are embedded and ranked too, with an empty row of judgements: a
    reader can look at what they find, and no metric scores them.
    """

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "grades"
    evidence_kind: ClassVar[str] = Ranked.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return the queries."""
        return data.queries

    def needs(self, data: Dataset) -> Needs:
        """Return all queries and the whole corpus."""
        return Needs(data.queries, data.corpus, "retrieval")

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Ranked]:
        """Return the ranked lists and the judgements at each size, for `depth` places."""
        ids = tuple(query.id for query in data.queries)
        judged, grades = _judgements(data)
        clusters = (_units.clusters(data.queries),)
        return {
            dim: Ranked(
                ids=ids,
                rows=ranking.rows,
                scores=ranking.scores,
                judged=judged,
                grades=grades,
                relevant=relevant,
                clusters=clusters,
                units=data.queries,
                corpus=data.corpus,
            )
            for dim, ranking in rank(depth).items()
        }


def _judgements(data: Dataset) -> tuple[Int64, Int64]:
    """Return positions in the corpus and grades, best grade first, int64 (n, j) each.

    Rows are padded with position -1 and grade 0; items of equal grade stand in corpus order.
    """
    place = {item.id: row for row, item in enumerate(data.corpus)}
    rows = [data.truth.grades.get(query.id, {}) for query in data.queries]
    width = max(map(len, rows), default=0)
    judged = np.full((len(rows), width), -1, np.int64)
    grades = np.zeros((len(rows), width), np.int64)
    for q, row in enumerate(rows):
        best_first = sorted((-grade, place[item]) for item, grade in row.items())
        judged[q, : len(row)] = [position for _, position in best_first]
        grades[q, : len(row)] = [-negative for negative, _ in best_first]
    return judged, grades

"""TREC judgements and a TREC run as evidence, so that what another tool found can be scored.

The convention is that of `trec_eval -c`: every query of the judgements counts, as 0 where the run
has no results for it or where nothing is relevant to it, and lists are used to their end. Queries
of the run that were never judged are left out and named.

Tied scores need a policy, since another order gives another value:

- `trec_eval` puts the highest score first and, among equal ones, the item whose id is last in
  code-point order; scores are compared in single precision, as trec_eval up to 9.0 and all tools
  built on it do. The rank column is ignored.
- `id` is evalkit's own: scores rounded to 6 decimal places, then the first id in code-point order.
- `rank` takes the file's rank column and ignores the scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np

from evalkit.core.arrays import Float64, Int64, best_first, id_ranks
from evalkit.core.errors import DataError, Problem, UsageError, nearest
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item, Tag
from evalkit.ranking.trec_files import Judgements, Results, read_qrels, read_run

Ties = Literal["trec_eval", "id", "rank"]
_NO_TAGS: Mapping[str, Tag] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class TrecRun:
    """A run and its judgements as evidence.

    ranked: the judged queries, in the order of the judgements. left_out: queries of the run without
    judgements, which are not scored. unanswered: judged queries without results, which score 0.
    """

    ranked: Ranked
    left_out: tuple[str, ...]
    unanswered: tuple[str, ...]


def evidence(
    qrels: Path | str, run: Path | str, ties: str = "trec_eval", relevant: int = 1
) -> TrecRun:
    """Return the evidence in a file of judgements and a file of results.

    ties: how equal scores are ordered, see above. relevant: the grade from which an item counts as
    relevant. Raises DataError for what is wrong in the files, also where they share no query, and
    UsageError for an unknown policy.
    """
    if ties not in get_args(Ties):
        raise UsageError(f"unknown policy for ties '{ties}'; {nearest(ties, get_args(Ties))}")
    judgements = read_qrels(Path(qrels))
    results = read_run(Path(run), by_rank=ties == "rank")
    if results.keys().isdisjoint(judgements):
        what = f"none of its queries is judged in {qrels}."
        raise DataError(Problem(str(run), what, "Check that the files belong together."))
    return TrecRun(
        _ranked(judgements, results, _ORDERS[ties], relevant),
        tuple(query for query in results if query not in judgements),
        tuple(query for query in judgements if query not in results),
    )


def values(metric: Any, ranked: Ranked) -> Float64:
    """Return a metric's value for each query as trec_eval counts it, float64 (n,).

    A metric without a cut-off looks at the whole list, not only at 1,000 places, and a query that
    cannot be scored, since nothing is relevant to it, counts 0 instead of being left out.
    """
    if getattr(metric, "k", 0) is None:
        metric = replace(metric, k=max(1, ranked.rows.shape[1]))
    scores: Float64 = metric.per_unit(ranked).columns["value"]
    return np.where(np.isnan(scores), 0.0, scores)


Order = Callable[[Float64, Int64], Int64]
"""From scores and the ids' places in code-point order: positions, best first."""


def _as_trec_eval(scores: Float64, tie_ranks: Int64) -> Int64:
    """Return the order by score in single precision, falling, then by id, falling."""
    with np.errstate(over="ignore"):
        single = scores.astype(np.float32)
    return np.lexsort((-tie_ranks, -single))


_ORDERS: dict[str, Order] = {"trec_eval": _as_trec_eval, "id": best_first, "rank": best_first}


def _ranked(judgements: Judgements, results: Results, order: Order, relevant: int) -> Ranked:
    """Return the evidence for the judged queries."""
    queries = tuple(judgements)
    found = [results.get(query, {}) for query in queries]
    lists: list[Iterable[str]] = [*judgements.values(), *found]
    corpus = tuple(dict.fromkeys(chain.from_iterable(lists)))
    place = {item: position for position, item in enumerate(corpus)}
    rows, scores = _lists(found, place, id_ranks(corpus), order)
    judged, grades = _judgements([judgements[query] for query in queries], place)
    return Ranked(
        ids=queries,
        rows=rows,
        scores=scores,
        judged=judged,
        grades=grades,
        relevant=relevant,
        clusters=(np.array(queries, object),),
        units=tuple(Item(query, "", _NO_TAGS) for query in queries),
        corpus=tuple(Item(item, "", _NO_TAGS) for item in corpus),
    )


def _lists(
    found: list[dict[str, float]], place: dict[str, int], tie_ranks: Int64, order: Order
) -> tuple[Int64, Float64]:
    """Return positions and scores, best first, (n, k) each, padded with -1 and NaN."""
    shape = len(found), max((len(row) for row in found), default=0)
    rows = np.full(shape, -1, np.int64)
    scores = np.full(shape, np.nan)
    for q, row in enumerate(found):
        items = np.array([place[item] for item in row], np.int64)
        score = np.fromiter(row.values(), np.float64, len(row))
        best = order(score, tie_ranks[items])
        rows[q, : len(row)] = items[best]
        scores[q, : len(row)] = score[best]
    return rows, scores


def _judgements(rows: list[dict[str, int]], place: dict[str, int]) -> tuple[Int64, Int64]:
    """Return positions and grades, best grade first, int64 (n, j), padded with -1 and 0."""
    shape = len(rows), max(map(len, rows), default=0)
    judged = np.full(shape, -1, np.int64)
    grades = np.zeros(shape, np.int64)
    for q, row in enumerate(rows):
        items = sorted(row, key=row.__getitem__, reverse=True)
        judged[q, : len(row)] = [place[item] for item in items]
        grades[q, : len(row)] = [row[item] for item in items]
    return judged, grades

"""How good a ranking is on queries set aside for choosing a setting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit.core.arrays import Ranking
from evalkit.core.errors import DataError
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item
from evalkit.ranking import per_query

_PLACES = 9
_TOP = 10


def ndcg_at_10(ranking: Ranking, judgements: Mapping[str, Mapping[str, int]]) -> float:
    """Return the mean ndcg@10 over the queries with a positive grade, 0 to 1, more is better.

    judgements: query id -> item id -> grade; items that the ranking does not know count as missed.
    Rounded to 9 places, so that equally good settings are equal. Raises DataError where no query
    has a positive grade.
    """
    grades = [judgements.get(name, {}) for name in ranking.query_ids]
    chosen = np.array([any(grade > 0 for grade in row.values()) for row in grades], bool)
    if not chosen.any():
        raise DataError("No query to tune on has a judgement above 0; choose others.")
    values = per_query("ndcg", _evidence(ranking, grades), _TOP)
    return round(float(values[chosen].mean()), _PLACES)


def _evidence(ranking: Ranking, grades: list[Mapping[str, int]]) -> Ranked:
    """Return a ranking with what is known of its items."""
    strangers = (name for row in grades for name in row)
    place = {name: n for n, name in enumerate(dict.fromkeys((*ranking.doc_ids, *strangers)))}
    shape = len(grades), max(map(len, grades), default=0)
    judged, values = np.full(shape, -1, np.int64), np.zeros(shape, np.int64)
    for n, row in enumerate(grades):
        best = sorted(row, key=row.__getitem__, reverse=True)
        judged[n, : len(best)] = [place[name] for name in best]
        values[n, : len(best)] = [row[name] for name in best]
    return Ranked(
        ids=ranking.query_ids,
        rows=ranking.rows,
        scores=ranking.scores,
        judged=judged,
        grades=values,
        relevant=1,
        clusters=(np.array(ranking.query_ids, object),),
        units=tuple(Item(name, "") for name in ranking.query_ids),
        corpus=(),
    )

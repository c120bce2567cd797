"""Labels shuffled among the items that a query can find, within matched sets and relevance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float64, Int64, id_ranks
from evalkit.core.balanced import Balanced

DRAWS = 500
_NUMBERS_AT_ONCE = 1 << 20


def shuffled(evidence: Balanced, rng: np.random.Generator) -> Int64:
    """Return whose label each place of each list bears by chance, int64 (draws, n, depth).

    Positions in the corpus, -1 beyond the end of a list. Labels change hands among the labelled
    items of a query's pool that belong to one matched set, among the relevant ones and among the
    others, so that neither relevance nor the places of unlabelled items change. One shuffle serves
    all queries: two that look at one pool find the same items with the same labels. Lists for
    queries that name a group stay.
    """
    return _shuffled(evidence, int(rng.integers(1 << 62)))


@lru_cache(maxsize=1)
def _shuffled(evidence: Balanced, seed: int) -> Int64:
    """Return what `shuffled` does, kept for the metrics of one piece of evidence."""
    rng = np.random.default_rng(seed)
    items = len(evidence.corpus)
    found = np.repeat(evidence.rows[None], DRAWS, axis=0)
    turn = id_ranks([item.id for item in evidence.corpus])
    step = max(1, _NUMBERS_AT_ONCE // max(items, 1))
    for start in range(0, DRAWS, step):
        block = found[start : start + step]
        lot = rng.random((len(block), items))[:, turn]
        for queries, strata in _strata(evidence):
            _deal(evidence, block, queries, strata, lot)
    found.flags.writeable = False
    return found


def _deal(evidence: Balanced, block: Int64, queries: Int64, strata: Int64, lot: Float64) -> None:
    """Give the listed items of some queries the labels of others of their stratum, for some draws.

    strata: int64 (items,), -1 for an item whose label stays. lot: float64 (draws, items), 0 to 1.
    The items of a stratum, in the order of their lots, take its labels, sorted.
    """
    some = np.flatnonzero(strata >= 0)
    labels = some[np.lexsort([*-evidence.member[some].T[::-1], strata[some]])]
    order = np.argsort(strata[some] + lot[:, some], axis=1)
    bearer = np.empty((len(block), len(evidence.corpus) + 1), np.int64)
    bearer[:] = np.append(np.arange(len(evidence.corpus)), -1)
    np.put_along_axis(bearer, some[order], labels[None], axis=1)
    block[:, queries] = bearer[:, evidence.rows[queries]]


def _strata(evidence: Balanced) -> Iterator[tuple[Int64, Int64]]:
    """Yield neutral queries whose labels change hands alike, and the strata, int64 (items,)."""
    alike: dict[bytes, list[int]] = {}
    known: dict[bytes, Int64] = {}
    for query in np.flatnonzero(evidence.named < 0).tolist():
        strata = strata_of(evidence, query)
        key = strata.tobytes()
        alike.setdefault(key, []).append(query)
        known[key] = strata
    for key, queries in alike.items():
        yield np.array(queries, np.int64), known[key]


def strata_of(evidence: Balanced, query: int) -> Int64:
    """Return among which items labels change hands for a query, int64 (items,), -1 for none.

    Labelled items of its pool that are alike in matched set and in relevance have one number.
    """
    takes_part = evidence.pool[query] & (evidence.member.sum(axis=1) > 0)
    return np.where(takes_part, 2 * evidence.matched + evidence.relevant[query], -1)

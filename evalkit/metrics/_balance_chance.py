"""Labels shuffled among the items of each pool: what lists show where nobody looks at groups."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64, id_ranks
from evalkit.core.balanced import Balanced
from evalkit.stats.exchange import total_chances

DRAWS = 500
_NUMBERS_AT_ONCE = 1 << 20


def shuffled(evidence: Balanced, rng: np.random.Generator) -> Int64:
    """Return whose label each place of each list bears by chance, int64 (draws, n, depth).

    Positions in the corpus, -1 beyond the end of a list. Labels change hands among the labelled
    items of a query's pool, among the relevant ones and among the others, so that neither relevance
    nor the places of unlabelled items change. One shuffle serves all queries: two that look at one
    pool find the same items with the same labels. Lists for queries that name a group stay.
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
        order = np.argsort(rng.random((len(block), items))[:, turn], axis=1)
        place = np.argsort(order, axis=1)
        for queries, stratum in _strata(evidence):
            _deal(evidence, block, queries, stratum, order, place)
    found.flags.writeable = False
    return found


def _deal(
    evidence: Balanced, block: Int64, queries: Int64, stratum: Bool, order: Int64, place: Int64
) -> None:
    """Give the listed items of a stratum the labels of others of it, for some draws.

    order, place: int64 (draws, items), a shuffle of the corpus and where each item stands in it.
    The items of the stratum take the labels, sorted, in the order of the shuffle.
    """
    rows = evidence.rows[queries]
    there = (rows >= 0) & stratum[rows]
    listed = np.unique(rows[there])
    if not len(listed):
        return
    before = np.cumsum(stratum[order], axis=1, dtype=np.int32)
    rank = np.take_along_axis(before, place[:, listed], axis=1) - 1
    dealt = _by_label(evidence, stratum)[rank]
    for query, row, mine in zip(queries, rows, there, strict=True):
        block[:, query, mine] = dealt[:, np.searchsorted(listed, row[mine])]


def _by_label(evidence: Balanced, stratum: Bool) -> Int64:
    """Return the items of a stratum, those of the first group first, int64 (items,)."""
    some = np.flatnonzero(stratum)
    return np.asarray(some[np.lexsort(-evidence.member[some].T[::-1])], np.int64)


def _strata(evidence: Balanced) -> Iterator[tuple[Int64, Bool]]:
    """Yield neutral queries that look at one set of labelled items, and that set, bool (items,)."""
    labelled = evidence.member.sum(axis=1) > 0
    alike: dict[bytes, list[int]] = {}
    sets: dict[bytes, Bool] = {}
    for query in np.flatnonzero(evidence.named < 0).tolist():
        pool = evidence.pool[query] & labelled
        for stratum in (pool & evidence.relevant[query], pool & ~evidence.relevant[query]):
            if stratum.any():
                key = np.packbits(stratum).tobytes()
                alike.setdefault(key, []).append(query)
                sets[key] = stratum
    for key, queries in alike.items():
        yield np.array(queries, np.int64), sets[key]


def are_hard(evidence: Balanced) -> bool:
    """Return whether every item belongs to one group, or to none, entirely."""
    return bool(np.isin(evidence.member, (0.0, 1.0)).all())


def first_chances(evidence: Balanced, query: int, k: int) -> Float64:
    """Return how likely each number of items of the first group is in the top k of a query.

    float64 (labelled places + 1,). Exact, by the hypergeometric distribution, within the relevant
    items of the pool and within the others. Labels must be hard.
    """
    row = evidence.rows[query, :k]
    listed = np.zeros(len(evidence.corpus), bool)
    listed[row[row >= 0]] = True
    labelled = evidence.member.sum(axis=1) > 0
    pool, first = evidence.pool[query] & labelled, evidence.member[:, 0] > 0
    chances = np.ones(1)
    for stratum in (pool & evidence.relevant[query], pool & ~evidence.relevant[query]):
        drawn = int((stratum & listed).sum())
        part = total_chances((1,) * drawn, int(stratum.sum()), int((stratum & first).sum()))
        chances = np.convolve(chances, part)
    return chances

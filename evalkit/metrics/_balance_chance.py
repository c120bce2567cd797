"""Labels shuffled among the items of each pool: what lists show where nobody looks at groups."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float64, Int64, id_ranks
from evalkit.core.balanced import Balanced
from evalkit.stats.exchange import total_chances

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


def are_hard(evidence: Balanced) -> bool:
    """Return whether every item belongs to one group, or to none, entirely."""
    return bool(np.isin(evidence.member, (0.0, 1.0)).all())


def first_chances(evidence: Balanced, query: int, k: int) -> Float64:
    """Return how likely each number of items of the first group is in the top k of a query.

    float64 (labelled places + 1,). Exact: the number of each stratum follows the hypergeometric
    distribution, and their sum is taken. Labels must be hard.
    """
    row = evidence.rows[query, :k]
    listed, strata = row[row >= 0], strata_of(evidence, query)
    first = evidence.member[:, 0] > 0
    size, own = _counts(strata), _counts(np.where(first, strata, -1))
    chances = np.ones(1)
    for stratum, drawn in _counts(strata[listed]).items():
        part = total_chances((1,) * drawn, size[stratum], own.get(stratum, 0))
        chances = np.convolve(chances, part)
    return chances


def _counts(strata: Int64) -> dict[int, int]:
    """Return how many items each stratum has."""
    names, counts = np.unique(strata[strata >= 0], return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))

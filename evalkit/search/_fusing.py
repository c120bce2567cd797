"""Rankings of the same queries made into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.arrays import Float64, Int64, Ranking, id_ranks
from evalkit.core.errors import Problem, UsageError
from evalkit.ranking.fusing import Fusion

LEAST_DEPTH = 100


def check_depth(depth: int) -> None:
    """Raise UsageError for lists too short to be fused."""
    if depth < LEAST_DEPTH:
        fix = f"Write {LEAST_DEPTH} or more: short lists leave out what they would agree on."
        raise UsageError(Problem("depth", f"is {depth}.", fix))


def fused(
    rankings: Sequence[Ranking],
    query_ids: tuple[str, ...],
    doc_ids: tuple[str, ...],
    k: int,
    fusion: Fusion,
) -> Ranking:
    """Return the best k items per query of several rankings together.

    query_ids, doc_ids: what the result names, at least all that the rankings do; a query without a
    list in one of them counts as one with an empty list there. An item's hit is that of the first
    ranking in which it has one.
    """
    numbers = id_ranks(doc_ids)
    lists = [_numbered(one, query_ids, doc_ids, numbers) for one in rankings]
    items, values = fusion.fuse([(found, scores) for found, scores, _ in lists])
    width = min(k, items.shape[1])
    shape = len(query_ids), k
    rows, hits, scores = np.full(shape, -1), np.full(shape, -1), np.full(shape, np.nan)
    by_number = np.append(np.argsort(numbers), -1)
    rows[:, :width], scores[:, :width] = by_number[items[:, :width]], values[:, :width]
    for found, _, winners in reversed(lists):
        _take_hits(hits[:, :width], items[:, :width], found, winners, len(doc_ids))
    return Ranking(query_ids, doc_ids, rows, scores, hits)


def _numbered(
    ranking: Ranking, query_ids: tuple[str, ...], doc_ids: tuple[str, ...], numbers: Int64
) -> tuple[Int64, Float64, Int64]:
    """Return a ranking's items as numbers in the order of ids, its scores and its hits."""
    place = {name: n for n, name in enumerate(query_ids)}
    to_query = np.array([place[name] for name in ranking.query_ids], np.int64)
    place = {name: numbers[n] for n, name in enumerate(doc_ids)}
    to_number = np.array([*(place[name] for name in ranking.doc_ids), -1], np.int64)
    shape = len(query_ids), ranking.depth
    items, hits, scores = np.full(shape, -1), np.full(shape, -1), np.full(shape, np.nan)
    items[to_query], hits[to_query] = to_number[ranking.rows], ranking.hits
    scores[to_query] = ranking.scores
    return items, scores, hits


def _take_hits(hits: Int64, items: Int64, found: Int64, winners: Int64, count: int) -> None:
    """Write the winning rows of one list into `hits` for the items that won in it."""
    won = np.nonzero((found >= 0) & (winners >= 0))
    keys = won[0] * count + found[won]
    order = np.argsort(keys)
    wanted = np.arange(len(items))[:, None] * count + items
    if not len(keys):
        return
    at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    same = (keys[order][at] == wanted) & (items >= 0)
    hits[same] = winners[won][order][at][same]

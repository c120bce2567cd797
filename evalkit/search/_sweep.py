"""One pass over the corpus that finds the nominees of every query at all sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.search._blas import add_product
from evalkit.search._shortlist import Shortlist, room_for
from evalkit.search._space import Pairs, Space
from evalkit.search._threads import Crew, crew

BUDGET = 1 << 30
_LEAST_ROWS, _MOST_ROWS = 256, 2048
_BYTES_PER_PLACE = 12 + 16  # on a list: its row and score; then among the nominees
_BYTES_PER_SUM = 12  # the sum, and two numbers more to make the first floors from


@dataclass(frozen=True, slots=True)
class Tiles:
    """How much is in hand at a time: queries per pass over the corpus, rows per thread."""

    queries: int
    rows: int


def plan_tiles(queries: int, sizes: int, k: int, threads: int, budget_bytes: int) -> Tiles:
    """Return tiles for which the lists take a quarter of the budget and the threads the rest."""
    lists = budget_bytes // 4
    each = (budget_bytes - lists) // threads // _BYTES_PER_SUM
    most = min(lists // (_BYTES_PER_PLACE * sizes * room_for(k)), each // _LEAST_ROWS)
    at_once = _between(1, most, max(1, queries))
    return Tiles(at_once, _between(16, each // at_once // 16 * 16, _MOST_ROWS))


def _between(least: int, wanted: int, most: int) -> int:
    """Return the number nearest to the one wanted that is within bounds."""
    return max(least, min(wanted, most))


def sweep(
    space: Space,
    dims: Sequence[int],
    k: int,
    *,
    budget_bytes: int = BUDGET,
    tiles: Tiles | None = None,
) -> Iterator[tuple[int, Pairs]]:
    """Yield (size, pairs) so that all that may be among the k best of a query is among its pairs.

    The corpus is read once for as many queries as the budget allows. A query's pairs at one size
    come in one piece. tiles: set by tests, found from the budget otherwise.
    """
    sizes, k = sorted(set(dims)), min(k, len(space))
    with crew() as threads:
        if tiles is None:
            tiles = plan_tiles(len(space.queries), len(sizes), k, threads.size, budget_bytes)
        for start in range(0, len(space.queries), tiles.queries):
            stop = min(start + tiles.queries, len(space.queries))
            one_pass = _Pass(space.of_queries(slice(start, stop)), sizes, k, tiles.rows)
            for dim, (queries, rows) in one_pass.run(threads):
                yield dim, (queries + start, rows)


class _Pass:
    """One reading of the corpus for some queries; threads take blocks of rows in turn."""

    def __init__(self, space: Space, sizes: list[int], k: int, rows_at_once: int) -> None:
        self._space = space
        self._step = rows_at_once
        self._queries = space.fast_queries()
        self._lists = {dim: Shortlist(space, dim, k) for dim in sizes}

    def run(self, threads: Crew) -> Iterator[tuple[int, Pairs]]:
        """Read the corpus and yield the nominees of each size."""
        threads.each(self._read, range(0, len(self._space), self._step))
        found = threads.each(Shortlist.pairs, list(self._lists.values()))
        yield from zip(self._lists, found, strict=True)

    def _read(self, start: int) -> None:
        """Offer a block of rows to the list of every size, adding up the prefix products."""
        vectors, rows = self._space.block(start, start + self._step)
        banned = self._space.banned_in(rows)
        lengths = prefix_lengths(vectors, list(self._lists))
        sums = np.zeros((len(self._queries), len(rows)), np.float32)
        sums[banned] = -np.inf  # and so it stays, whatever is added
        done = 0
        for (dim, shortlist), length in zip(self._lists.items(), lengths, strict=True):
            add_product(sums, self._queries[:, done:dim], vectors[:, done:dim])
            shortlist.add(sums, *self._space.fast_scale(rows, length), rows)
            done = dim


def prefix_lengths(block: Float32, sizes: Sequence[int]) -> list[Float32]:
    """Return the length of each row's prefix at rising sizes, in float32 arithmetic: (r,) each.

    Rows are units, so the last length is 1 where a size is the whole width.
    """
    total = np.zeros(len(block), np.float32)
    out = []
    for begin, end in pairwise([0, *sizes]):
        if end == block.shape[1]:
            out.append(np.ones(len(block), np.float32))
            break
        part = block[:, begin:end]
        total = total + np.einsum("ij,ij->i", part, part)
        out.append(np.sqrt(total))
    return out

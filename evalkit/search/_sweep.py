"""One pass over the corpus that finds the nominees of every query at all sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from evalkit.core.arrays import Float32, Int64
from evalkit.search._shortlist import Shortlist
from evalkit.search._space import Pairs, Space
from evalkit.search._tile import Tile
from evalkit.search._threads import Crew, crew

BUDGET = 1 << 30
_MOST_ROWS = 8192  # so many that numpy need not copy what it broadcasts along them (its buffer size)
_BYTES_PER_SUM = 8  # a sum and a product
_BYTES_PER_PLACE = 20 * 8  # a list holds at most eight times k pairs of 20 bytes
_BYTES_PER_FIND = 200  # if every score of a strip were a near-tie: what is found, joined, sorted


@dataclass(frozen=True, slots=True)
class Tiles:
    """How much is in hand at a time.

    queries: per pass over the corpus. rows: per product. strip: queries whose scores one thread
    looks through at a time.
    """

    queries: int
    rows: int
    strip: int


def plan_tiles(queries: int, sizes: int, k: int, threads: int, budget_bytes: int) -> Tiles:
    """Return tiles of which lists, products and threads each take a quarter of the budget."""
    share = budget_bytes // 4
    at_once = _between(1, share // (_BYTES_PER_PLACE * sizes * k), max(1, queries))
    rows = _between(16, share // (_BYTES_PER_SUM * at_once), _MOST_ROWS)
    strip = _between(1, share // (_BYTES_PER_FIND * rows * threads), -(-at_once // threads))
    return Tiles(at_once, rows, strip)


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
    sizes = sorted(set(dims))
    with crew() as threads:
        if tiles is None:
            tiles = plan_tiles(len(space.queries), len(sizes), k, threads.size, budget_bytes)
        for start in range(0, len(space.queries), tiles.queries):
            stop = min(start + tiles.queries, len(space.queries))
            one_pass = _Pass(space.of_queries(slice(start, stop)), sizes, k, tiles, threads)
            for dim, (queries, rows) in one_pass.run():
                yield dim, (queries + start, rows)


class _Pass:
    """One reading of the corpus for some queries."""

    def __init__(
        self, space: Space, sizes: list[int], k: int, tiles: Tiles, threads: Crew
    ) -> None:
        self._space = space
        self._sizes = sizes
        self._threads = threads
        self._queries = space.fast_queries()
        self._step = min(tiles.rows, len(space))
        nq = len(self._queries)
        self._strips = [slice(i, min(i + tiles.strip, nq)) for i in range(0, nq, tiles.strip)]
        self._lists = {
            dim: [Shortlist(space.of_queries(strip), dim, k) for strip in self._strips]
            for dim in sizes
        }

    def run(self) -> Iterator[tuple[int, Pairs]]:
        """Read the corpus and yield the nominees of each size and strip of queries."""
        sums, products = np.empty((2, len(self._queries), self._step), np.float32)
        for start in range(0, len(self._space), self._step):
            block, rows = self._space.block(start, start + self._step)
            if len(rows) < self._step:
                sums, products = np.empty((2, len(self._queries), len(rows)), np.float32)
            self._tile(block, rows, sums, products)
        del sums, products
        for dim in self._sizes:
            for strip, shortlist in zip(self._strips, self._lists.pop(dim), strict=True):
                queries, found = shortlist.pairs()
                yield dim, (queries + strip.start, found)

    def _tile(self, block: Float32, rows: Int64, sums: Float32, products: Float32) -> None:
        """Offer one block of rows to the lists of every size, adding up the prefix products."""
        lengths = prefix_lengths(block, self._sizes, self._threads)
        banned = self._space.banned_in(rows)
        done = 0
        for dim, length in zip(self._sizes, lengths, strict=True):
            out = products if done else sums
            np.matmul(self._queries[:, done:dim], block[:, done:dim].T, out=out)
            if not done:
                sums[banned] = -np.inf
            scale, shift = self._space.fast_scale(rows, length)
            tile = Tile(sums, products if done else None, scale, shift, rows)
            self._threads.each(partial(_offer, tile), list(zip(self._strips, self._lists[dim], strict=True)))
            done = dim


def _offer(tile: Tile, to: tuple[slice, Shortlist]) -> None:
    """Offer a strip of a tile to the list of its queries."""
    strip, shortlist = to
    shortlist.add(tile, strip)


def prefix_lengths(
    block: Float32, sizes: Sequence[int], threads: Crew | None = None
) -> list[Float32]:
    """Return the length of each row's prefix at rising sizes, in float32 arithmetic: (r,) each.

    Rows are units, so the last length is 1 where a size is the whole width.
    """
    total = np.zeros(len(block), np.float32)
    out = []
    for begin, end in zip([0, *sizes], sizes, strict=False):
        if end == block.shape[1]:
            out.append(np.ones(len(block), np.float32))
            break
        part = block[:, begin:end]
        total = total + np.einsum("ij,ij->i", part, part)
        out.append(np.sqrt(total))
    return out

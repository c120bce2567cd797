"""One pass over the corpus that finds the nominees of every query at all sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from evalkit.core.arrays import Float32, Int64
from evalkit.search._shortlist import Shortlist
from evalkit.search._space import Pairs, Space
from evalkit.search._threads import Crew, crew
from evalkit.search._tile import Tile

BUDGET = 1 << 30
_MOST_ROWS = 4096
_BYTES_PER_SUM = 3 * 4  # three buffers
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
    """One reading of the corpus for some queries.

    While the scores of one size are looked through, the products of the next are on their way:
    hence three buffers, two of which hold sums and products that are still looked at.
    """

    def __init__(self, space: Space, sizes: list[int], k: int, tiles: Tiles, threads: Crew) -> None:
        nq = len(space.queries)
        self._space = space
        self._sizes = sizes
        self._threads = threads
        self._queries = space.fast_queries()
        self._step = min(tiles.rows, len(space))
        self._strips = [slice(i, min(i + tiles.strip, nq)) for i in range(0, nq, tiles.strip)]
        self._lists = {
            dim: [Shortlist(space.of_queries(strip), dim, k) for strip in self._strips]
            for dim in sizes
        }
        self._buffers = list(np.empty((3, nq * self._step), np.float32))
        self._busy: set[int] = set()
        self._finish: Callable[[], object] = list

    def run(self) -> Iterator[tuple[int, Pairs]]:
        """Read the corpus and yield the nominees of each size and strip of queries."""
        for start in range(0, len(self._space), self._step):
            self._read(*self._space.block(start, start + self._step))
        self._finish()
        self._buffers.clear()
        for dim in self._sizes:
            nominees = self._threads.each(Shortlist.pairs, self._lists.pop(dim))
            for strip, (queries, found) in zip(self._strips, nominees, strict=True):
                yield dim, (queries + strip.start, found)

    def _read(self, block: Float32, rows: Int64) -> None:
        """Offer one block of rows to the lists of every size, adding up the prefix products."""
        lengths = prefix_lengths(block, self._sizes)
        home, done = -1, 0  # the buffer that holds the sums, and the columns that are in them
        for dim, length in zip(self._sizes, lengths, strict=True):
            spare = next(i for i in range(3) if i not in self._busy)
            products = self._multiply(block, done, dim, spare)
            if not done:
                home, sums = spare, products
                sums[self._space.banned_in(rows)] = -np.inf
            scale, shift = self._space.fast_scale(rows, length)
            self._finish()
            tile = Tile(sums, products if done else None, scale, shift, rows)
            parts = list(zip(self._strips, self._lists[dim], strict=True))
            self._finish = self._threads.start(partial(_offer, tile), parts)
            self._busy, done = {home, spare}, dim

    def _multiply(self, block: Float32, begin: int, end: int, buffer: int) -> Float32:
        """Return the products of queries and rows over some columns, held in a buffer."""
        shape = (len(self._queries), len(block))
        out = self._buffers[buffer][: shape[0] * shape[1]].reshape(shape)
        np.matmul(self._queries[:, begin:end], block[:, begin:end].T, out=out)
        return out


def _offer(tile: Tile, to: tuple[slice, Shortlist]) -> None:
    """Offer a strip of a tile to the list of its queries."""
    strip, shortlist = to
    shortlist.add(tile, strip)


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

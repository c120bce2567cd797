"""Work on parts at the same time; numpy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

Part = TypeVar("Part")
Result = TypeVar("Result")
_MOST = 16


class Crew:
    """A few threads, or none: `size` is how many parts are worth making."""

    def __init__(self, pool: ThreadPoolExecutor | None, size: int) -> None:
        self._pool = pool
        self.size = size

    def each(self, work: Callable[[Part], Result], parts: list[Part]) -> list[Result]:
        """Return the result for each part, in the order of the parts."""
        if self._pool is None or len(parts) < 2:
            return [work(part) for part in parts]
        return list(self._pool.map(work, parts))

    def split(self, total: int, least: int = 1) -> list[slice]:
        """Return slices that cover `total` things, of at least `least` each, one per thread."""
        pieces = max(1, min(self.size, total // max(1, least)))
        edges = np.linspace(0, total, pieces + 1).astype(int)
        return [slice(int(a), int(b)) for a, b in zip(edges, edges[1:], strict=False)]


@contextmanager
def crew() -> Iterator[Crew]:
    """Yield one thread for each core that this process may use, at most 16."""
    size = min(_MOST, _cores())
    if size == 1:
        yield Crew(None, 1)
        return
    with ThreadPoolExecutor(size, thread_name_prefix="evalkit-search") as pool:
        yield Crew(pool, size)


def _cores() -> int:
    """Return how many cores this process may use, OMP_NUM_THREADS being heard."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    available = getattr(os, "sched_getaffinity", None)
    cores = len(available(0)) if available else os.cpu_count() or 1
    return max(1, min(cores, int(allowed))) if allowed.isdigit() else cores

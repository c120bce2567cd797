"""Work on parts at the same time; numpy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

Part = TypeVar("Part")
Result = TypeVar("Result")
_MOST = 16
_NUMPY_BUFFER = 1024
"""Values in numpy's buffer in these threads, 8192 being usual. Where an array is broadcast along
rows shorter than the buffer, numpy copies it, which makes a comparison four times as slow."""


class Crew:
    """A few threads; `size` says how many."""

    def __init__(self, pool: ThreadPoolExecutor, size: int) -> None:
        self._pool = pool
        self.size = size

    def each(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """Return the result for each part, in the order of the parts."""
        return self.start(work, parts)()

    def start(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Callable[[], list[Result]]:
        """Begin with the parts and return what waits for their results."""
        begun = [self._pool.submit(work, part) for part in parts]
        return lambda: [one.result() for one in begun]


@contextmanager
def crew() -> Iterator[Crew]:
    """Yield one thread for each core that this process may use, at most 16."""
    size = min(_MOST, _cores())
    with ThreadPoolExecutor(
        size, "evalkit-search", initializer=np.setbufsize, initargs=(_NUMPY_BUFFER,)
    ) as pool:
        yield Crew(pool, size)


def _cores() -> int:
    """Return how many cores this process may use; OMP_NUM_THREADS may say fewer."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    available = getattr(os, "sched_getaffinity", None)
    cores = len(available(0)) if available else os.cpu_count() or 1
    return max(1, min(cores, int(allowed))) if allowed.isdigit() else cores

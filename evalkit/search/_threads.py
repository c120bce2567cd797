"""Work on parts at the same time; numpy lets go of the interpreter while it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from evalkit.search._blas import calm

Part = TypeVar("Part")
Result = TypeVar("Result")
_NUMPY_BUFFER = 1024
"""Values in numpy's buffer in these threads, 8192 being usual. Where an array is broadcast along
rows shorter than the buffer, numpy copies it first."""


class Crew:
    """A few threads; `size` says how many."""

    def __init__(self, pool: ThreadPoolExecutor, size: int) -> None:
        self._pool = pool
        self.size = size

    def each(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """Return the result for each part, in the order of the parts."""
        return list(self._pool.map(work, parts))


@contextmanager
def crew() -> Iterator[Crew]:
    """Yield as many threads as the BLAS would start, and keep it from starting any meanwhile."""
    with calm as size, ThreadPoolExecutor(size, "evalkit-search", _small_buffer) as pool:
        yield Crew(pool, size)


def _small_buffer() -> None:
    """Set numpy's buffer for this thread."""
    np.setbufsize(_NUMPY_BUFFER)

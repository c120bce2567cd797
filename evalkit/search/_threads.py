"""Work on parts at the same time; numpy lets go of the interpreter while it computes.

Each thread makes its own matrix products, one part of the queries each, so the BLAS is asked to
start none: its threads wait for one another, and for the next product, by spinning, which takes
the core away from whatever looks through the last product.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import numpy as np

Part = TypeVar("Part")
Result = TypeVar("Result")
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
        return list(self._pool.map(work, parts))


@contextmanager
def crew() -> Iterator[Crew]:
    """Yield as many threads as the BLAS would start, and keep it from starting any meanwhile."""
    with (
        _calm as size,
        ThreadPoolExecutor(
            size, "evalkit-search", initializer=np.setbufsize, initargs=(_NUMPY_BUFFER,)
        ) as pool,
    ):
        yield Crew(pool, size)


class _Calm:
    """Holds OpenBLAS to one thread while at least one search goes on in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._searches = 0
        self._size = 1

    def __enter__(self) -> int:
        """Return how many threads are worth having."""
        get, put = _blas_threads()
        with self._lock:
            if not self._searches:
                self._size = max(1, get())
                put(1)
            self._searches += 1
            return self._size

    def __exit__(self, *_: object) -> None:
        """Give OpenBLAS its threads back after the last search."""
        _, put = _blas_threads()
        with self._lock:
            self._searches -= 1
            if not self._searches:
                put(self._size)


_calm = _Calm()


@cache
def _blas_threads() -> tuple[Callable[[], int], Callable[[int], object]]:
    """Return what gets and what sets the number of threads of numpy's BLAS.

    Where it is not OpenBLAS it is left alone: its threads and ours then share the cores.
    """
    from numpy._core import _multiarray_umath

    library = ctypes.CDLL(_multiarray_umath.__file__)  # finds what it is linked with, too
    for name in ("scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads"):
        get = getattr(library, name.format("get"), None)
        put = getattr(library, name.format("set"), None)
        if get and put:
            return get, put
    return _cores, lambda _: None


def _cores() -> int:
    """Return how many cores this process may use."""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1

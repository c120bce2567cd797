"""numpy's own OpenBLAS, asked for the two things that numpy does not pass on.

One is a product that is added to a matrix instead of replacing it. The other is how many threads
it starts: here each thread makes its own products, and threads of the BLAS would wait for one
another, and for the next product, by spinning, which takes the cores away from other work. With
another BLAS both are done without: slower, with the same result.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32

_ROW_MAJOR, _PLAIN, _TURNED = 101, 111, 112


def add_product(total: Float32, left: Float32, right: Float32) -> None:
    """Add `left @ right.T` to `total` in place.

    total: float32 (m, n), contiguous; left: float32 (m, width); right: float32 (n, width), the
    last two contiguous along their rows.
    """
    multiply = _function("cblas_sgemm")
    if multiply is None or not (_in_rows(left) and _in_rows(right)):
        total += left @ right.T
        return
    (m, n), width = total.shape, left.shape[1]
    a, b, c = (
        (ctypes.c_void_p(x.ctypes.data), ctypes.c_int64(x.strides[0] // 4))
        for x in (left, right, total)
    )
    sizes = (ctypes.c_int64(m), ctypes.c_int64(n), ctypes.c_int64(width))
    one = ctypes.c_float(1)
    multiply(_ROW_MAJOR, _PLAIN, _TURNED, *sizes, one, *a, *b, one, *c)


def _in_rows(matrix: Float32) -> bool:
    """Return whether the BLAS can read a matrix as it lies: values of a row side by side."""
    return (
        matrix.dtype == np.float32
        and matrix.strides[1] == 4
        and matrix.strides[0] % 4 == 0
        and matrix.strides[0] >= 4 * matrix.shape[1] > 0
    )


class _Calm:
    """Holds OpenBLAS to one thread while at least one search goes on in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._searches = 0
        self._size = 1

    def __enter__(self) -> int:
        """Return how many threads the BLAS would start, which is how many are worth having."""
        with self._lock:
            if not self._searches:
                get, put = _function("openblas_get_num_threads"), _set_threads()
                self._size = max(1, int(get())) if get else _cores()
                put(1)
            self._searches += 1
            return self._size

    def __exit__(self, *_: object) -> None:
        """Give OpenBLAS its threads back after the last search."""
        with self._lock:
            self._searches -= 1
            if not self._searches:
                _set_threads()(self._size)


calm = _Calm()


@cache
def _function(name: str) -> Callable[..., Any] | None:
    """Return a function of the OpenBLAS in numpy's wheels (64-bit integers), None without it."""
    core = getattr(np, "_core", None)
    module = getattr(core, "_multiarray_umath", None)
    if module is None:
        return None
    library = ctypes.CDLL(module.__file__)  # what it is linked with is found through it
    found: Callable[..., Any] | None = getattr(library, f"scipy_{name}64_", None)
    return found


def _set_threads() -> Callable[[int], object]:
    """Return what sets the number of OpenBLAS's threads, or what does nothing."""
    return _function("openblas_set_num_threads") or (lambda _: None)


def _cores() -> int:
    """Return how many cores this process may use."""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1

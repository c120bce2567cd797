"""The search with another BLAS than the OpenBLAS of numpy's wheels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Ranking
from evalkit.search import _blas
from tests.search.slow_search import side

DIMS = (8, 24, 48)


@contextmanager
def another_blas() -> Iterator[list[str]]:
    """Find none of OpenBLAS's functions, and keep account of those that were looked for."""
    wanted: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_blas, "_function", wanted.append)
        yield wanted


def found() -> dict[int, Ranking]:
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((900, 48))
    corpus = side(np.concatenate([vectors, vectors[:90]]), DIMS)
    queries = side(np.concatenate([vectors[:10], rng.standard_normal((20, 48))]), DIMS)
    exact = registry.create("search", "exact")
    ranked: dict[int, Ranking] = exact.rank(queries, corpus, 15, DIMS, "cosine")
    return ranked


def test_rankings_are_the_same_with_another_blas() -> None:
    ours = found()
    with another_blas() as wanted:
        theirs = found()
    assert {"cblas_sgemm", "openblas_get_num_threads"} <= set(wanted)
    for dim in DIMS:
        np.testing.assert_array_equal(ours[dim].rows, theirs[dim].rows)
        np.testing.assert_array_equal(ours[dim].scores, theirs[dim].scores)


@pytest.mark.parametrize("width", [1, 7, 300])
def test_a_product_is_added_alike_by_both(width: int) -> None:
    rng = np.random.default_rng(width)
    left, right = (rng.standard_normal((n, 2 * width)).astype(np.float32) for n in (5, 9))
    before = rng.standard_normal((5, 9)).astype(np.float32)
    ours, theirs = before.copy(), before.copy()
    _blas.add_product(ours, left[:, width:], right[:, width:])
    with another_blas():
        _blas.add_product(theirs, left[:, width:], right[:, width:])
    expected = before + left[:, width:].astype(float) @ right[:, width:].astype(float).T
    np.testing.assert_allclose(ours, expected, atol=1e-4)
    np.testing.assert_allclose(theirs, expected, atol=1e-4)


def test_without_openblas_its_threads_are_left_alone() -> None:
    threads = _blas._function("openblas_get_num_threads")
    before = threads() if threads else None
    with another_blas(), _blas.calm as most, _blas.calm as inner:
        assert most == inner == _blas._cores()
        assert (threads() if threads else None) == before
    assert (threads() if threads else None) == before


def test_openblas_has_its_threads_back_after_the_last_search() -> None:
    threads = _blas._function("openblas_get_num_threads")
    if threads is None:
        pytest.skip("this numpy has another BLAS")
    before = threads()
    with _blas.calm as most:
        with _blas.calm:
            assert threads() == 1
        assert (threads(), most) == (1, before)
    assert threads() == before

"""Two spaces of the same inputs: published and recomputed values, and what changes nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.stats import spaces
from evalkit.stats.spaces import (
    cosines,
    debiased_cka,
    likeness,
    linear_cka,
    neighbour_overlap,
    procrustes_residual,
)

Measure = Callable[[Float64, Float64], float]
ALL: list[Measure] = [neighbour_overlap, linear_cka, debiased_cka, procrustes_residual]


def normal(n: int, dim: int, seed: int) -> Float64:
    return np.random.default_rng(seed).standard_normal((n, dim))


def unit(rows: Float64) -> Float64:
    found: Float64 = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def rotation(dim: int, seed: int = 1) -> Float64:
    return np.asarray(np.linalg.qr(normal(dim, dim, seed))[0])


@pytest.fixture(scope="module")
def inputs() -> Float64:
    """Return 1,000 unit rows of 256 values that vary in 32 directions, and a little elsewhere."""
    plan = normal(1000, 32, 2) @ normal(32, 256, 3) / math.sqrt(32)
    return unit(plan + 0.05 * normal(1000, 256, 4))


# --- published figures --------------------------------------------------------------------------


def test_a_rotation_changes_no_neighbour_though_cosines_are_gone(inputs: Float64) -> None:
    found = likeness(inputs, inputs @ rotation(256))
    assert found.overlap == 1.0
    assert (found.cka, found.corrected_cka) == pytest.approx((1.0, 1.0), abs=1e-12)
    assert found.procrustes == pytest.approx(0.0, abs=1e-6)
    assert abs(found.cosine) < 0.05


def test_noise_of_three_tenths_gives_the_known_figures(inputs: Float64) -> None:
    found = likeness(inputs, inputs + 0.3 / 16 * normal(1000, 256, 5))
    assert found.cosine == pytest.approx(0.958, abs=1e-3)
    assert found.cka == pytest.approx(0.990, abs=2e-3)
    assert found.procrustes == pytest.approx(0.073, abs=2e-3)
    assert found.overlap == pytest.approx(0.826, abs=0.015)


def test_unrelated_spaces_give_the_known_figures(inputs: Float64) -> None:
    found = likeness(inputs, normal(1000, 256, 6))
    assert found.cka == pytest.approx(0.075, abs=5e-3)
    assert found.corrected_cka == pytest.approx(0.0, abs=5e-3)
    assert found.procrustes == pytest.approx(0.964, abs=5e-3)
    assert found.chance == pytest.approx(10 / 999)
    assert found.overlap == pytest.approx(found.chance, abs=4e-3)


def test_half_of_the_values_give_the_known_figures(inputs: Float64) -> None:
    found = likeness(inputs, inputs[:, :128])
    assert found.cka == pytest.approx(0.953, abs=0.01)
    assert found.overlap == pytest.approx(0.685, abs=0.02)
    assert math.isnan(found.cosine)


# --- against the formulas written out -----------------------------------------------------------


def written_out(x: Float64, y: Float64) -> tuple[float, float, float]:
    """Return CKA, debiased CKA and the Procrustes residual, all pairs and singular values held."""
    n = len(x)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    k, m = x @ x.T, y @ y.T
    cka = (k * m).sum() / np.linalg.norm(k) / np.linalg.norm(m)
    np.fill_diagonal(k, 0.0)
    np.fill_diagonal(m, 0.0)
    one = np.ones(n)

    def product(a: Float64, b: Float64) -> float:
        whole = (one @ a @ one) * (one @ b @ one) / (n - 1) / (n - 2)
        crossed = one @ a @ b @ one
        return float(((a * b).sum() + whole - 2 / (n - 2) * crossed) / (n * (n - 3)))

    nuclear = np.linalg.norm(x.T @ y / np.linalg.norm(x) / np.linalg.norm(y), "nuc")
    debiased = product(k, m) / math.sqrt(product(k, k) * product(m, m))
    return float(cka), debiased, float(1 - nuclear**2)


@pytest.mark.parametrize(("n", "dim", "other"), [(60, 8, 12), (20, 50, 30), (40, 9, 90), (5, 2, 3)])
def test_each_is_the_published_formula_whichever_side_is_smaller(
    n: int, dim: int, other: int
) -> None:
    x = normal(n, dim, 7) + 3.0
    y = x @ normal(dim, other, 8) + normal(n, other, 9)
    found = linear_cka(x, y), debiased_cka(x, y), procrustes_residual(x, y)
    assert found == pytest.approx(written_out(x, y), abs=1e-7)
    both = likeness(x, y, 2)
    assert (both.cka, both.corrected_cka, both.procrustes) == found
    assert both.overlap == neighbour_overlap(x, y, 2)


@pytest.mark.parametrize("dim", [6, 80])
def test_blocks_of_pairs_change_no_number(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(50, dim, 10), normal(50, dim, 11)
    whole = likeness(x, y)
    monkeypatch.setattr(spaces, "_PAIRS_AT_ONCE", 7 * 50)
    assert astuple(likeness(x, y)) == pytest.approx(astuple(whole), rel=1e-12)


def test_neighbours_are_those_of_the_cosine() -> None:
    x, y = normal(30, 5, 12), normal(30, 9, 13)
    lists = []
    for rows in (unit(x), unit(y)):
        near = rows @ rows.T
        np.fill_diagonal(near, -2.0)
        lists.append(np.argsort(-near, axis=1)[:, :4])
    shared = [len(set(a) & set(b)) / 4 for a, b in zip(*lists, strict=True)]
    assert neighbour_overlap(x, y, 4) == pytest.approx(np.mean(shared))


def test_of_equal_inputs_the_earlier_are_the_neighbours() -> None:
    x = np.repeat(np.eye(3), 6, axis=0)
    assert neighbour_overlap(x, x @ rotation(3), 3) == 1.0
    assert neighbour_overlap(x, np.ones((18, 1)), 3) < 1.0


# --- what they are insensitive to ---------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(0.01, 100.0), dim=st.integers(3, 40))
def test_rotation_and_scale_of_either_side_change_nothing(
    seed: int, scale: float, dim: int
) -> None:
    x, y = normal(24, dim, seed), normal(24, 9, seed + 1)
    turned = scale * x @ rotation(dim, seed + 2)
    for measure in ALL:
        found = measure(x, y)
        assert measure(turned, y) == pytest.approx(found, abs=1e-6)
        assert measure(y, x) == pytest.approx(found, abs=1e-6)


def test_a_shift_of_all_rows_changes_neighbours_alone() -> None:
    x, y = normal(40, 6, 14), normal(40, 6, 15)
    for measure in ALL[1:]:
        assert measure(x + 5.0, y) == pytest.approx(measure(x, y), abs=1e-9)
    assert neighbour_overlap(x + 5.0, y) != neighbour_overlap(x, y)


def test_cosines_do_not_see_the_length_of_rows() -> None:
    x = normal(10, 4, 16)
    assert cosines(x, 3.0 * x) == pytest.approx(1.0)
    assert cosines(x, -x) == pytest.approx(-1.0)


def test_a_space_without_extent_is_like_nothing() -> None:
    flat = np.full((20, 4), 0.1)
    for measure in ALL[1:]:
        assert math.isnan(measure(flat, normal(20, 4, 17)))


# --- what is refused ----------------------------------------------------------------------------


def test_rows_that_cannot_be_paired_are_refused() -> None:
    every: tuple[Callable[..., object], ...] = (*ALL, cosines, likeness)
    for one, other in ((8, 9), (3, 3)):
        for measure in every:
            with pytest.raises(UsageError, match=f"{one} and {other} rows"):
                measure(normal(one, 4, 0), normal(other, 4, 0))
    with pytest.raises(UsageError, match="4 and 5 values"):
        cosines(normal(9, 4, 0), normal(9, 5, 0))


@pytest.mark.parametrize("k", [0, 9])
def test_a_number_of_neighbours_that_cannot_differ_is_refused(k: int) -> None:
    with pytest.raises(UsageError, match="from 1 to 8"):
        neighbour_overlap(normal(10, 4, 0), normal(10, 4, 1), k)

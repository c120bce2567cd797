"""Sign flips against enumeration, with clusters, gaps, and rows in any order."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from evalkit.core.arrays import Float64
from evalkit.stats import sign_flip, swap_sides

SIXTHS = st.integers(-6, 6).map(lambda k: k / 6.0)


def by_hand(sums: Float64) -> float:
    seen = [abs(float(np.dot(s, sums))) for s in product((1.0, -1.0), repeat=len(sums))]
    return float(np.mean([s >= abs(sums.sum()) - 1e-9 for s in seen]))


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 9), elements=SIXTHS))
def test_few_units_are_enumerated(differences: Float64) -> None:
    p = sign_flip(differences, [np.arange(len(differences))], seed=1)
    assert p == pytest.approx(by_hand(differences))


@settings(max_examples=20, deadline=None)
@given(
    hnp.arrays(np.float64, 10, elements=SIXTHS),
    hnp.arrays(np.int64, 10, elements=st.integers(0, 4)),
)
def test_clusters_flip_together(differences: Float64, labels: np.ndarray) -> None:
    sums = np.array([differences[labels == label].sum() for label in np.unique(labels)])
    assert sign_flip(differences, [labels], seed=1) == pytest.approx(by_hand(sums))


def test_random_flips_agree_with_scipy() -> None:
    differences = np.random.default_rng(5).normal(0.02, 0.1, 60)
    ours = sign_flip(differences, [np.arange(60)], seed=1)
    theirs = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=9999, rng=1
    )
    assert ours == pytest.approx(theirs.pvalue, abs=0.02)


def test_random_flips_agree_with_enumeration() -> None:
    differences = np.random.default_rng(6).normal(0.05, 0.1, 13)
    exact = sign_flip(differences, [np.arange(13)], seed=1)
    assert sign_flip(differences, [np.arange(13)], seed=1, flips=8000) == pytest.approx(
        exact, abs=0.02
    )


def test_p_is_never_zero() -> None:
    assert sign_flip(np.full(500, 0.1), [np.arange(500)], seed=1, flips=999) == 1 / 1000
    assert sign_flip(np.full(5, 0.1), [np.arange(5)], seed=1) == 2 / 32


def test_no_difference_at_all() -> None:
    assert sign_flip(np.zeros(50), [np.arange(50)], seed=1) == 1.0


def test_columns_are_tested_one_by_one() -> None:
    table = np.random.default_rng(7).normal(0.03, 0.1, (40, 3))
    together = sign_flip(table, [np.arange(40)], seed=1)
    alone = [sign_flip(table[:, j], [np.arange(40)], seed=1) for j in range(3)]
    assert together == pytest.approx(alone)


def test_units_without_a_difference_are_left_out() -> None:
    differences = np.array([0.3, np.nan, 0.1, 0.2, np.nan, -0.1])
    kept = differences[np.isfinite(differences)]
    assert sign_flip(differences, [np.arange(6)], seed=1) == pytest.approx(by_hand(kept))


def test_an_empty_column_has_no_p_value() -> None:
    p = sign_flip(np.array([[np.nan, 0.1], [np.nan, 0.2]]), [np.arange(2)], seed=1)
    assert np.isnan(np.asarray(p)).tolist() == [True, False]


def test_row_order_does_not_matter() -> None:
    rng = np.random.default_rng(8)
    differences, labels = rng.normal(0.02, 0.1, 200), rng.integers(0, 60, 200).astype(str)
    order = rng.permutation(200)
    p = sign_flip(differences, [labels], seed=1)
    assert sign_flip(differences[order], [labels[order]], seed=1) == p


def test_of_several_arrays_the_largest_p_value_counts() -> None:
    differences, labels = np.random.default_rng(9).normal(0.03, 0.1, 60), np.arange(60) // 12
    each = [sign_flip(differences, [one], seed=1) for one in (np.arange(60), labels)]
    assert sign_flip(differences, [np.arange(60), labels], seed=1) == max(each)


def exchanged_by_hand(first: Float64, second: Float64) -> float:
    """The share of all ways to exchange pairs that move the two means as far apart from zero."""

    def apart(one: Float64, other: Float64) -> float:
        return float(abs(abs(one.mean()) - abs(other.mean())))

    ways = product([False, True], repeat=len(first))
    moved = [apart(np.where(w, second, first), np.where(w, first, second)) for w in ways]
    return float(np.mean([m >= apart(first, second) - 1e-12 for m in moved]))


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.8])
def test_exchanging_pairs_is_tried_in_every_way(shift: float) -> None:
    rng = np.random.default_rng(10)
    first, second = rng.normal(shift, 0.4, 8), rng.normal(-0.1, 0.4, 8)
    p = swap_sides(first, second, [np.arange(8)], seed=1)
    assert p == pytest.approx(exchanged_by_hand(first, second))
    assert p == swap_sides(second, first, [np.arange(8)], seed=1)


def test_leans_to_opposite_sides_by_as_much_are_not_told_apart() -> None:
    first = np.random.default_rng(11).normal(0.5, 0.1, 40)
    assert swap_sides(first, -first, [np.arange(40)], seed=1) == 1.0
    assert float(sign_flip(2 * first, [np.arange(40)], seed=1)) < 0.001  # as signed numbers


def test_exchanges_keep_their_level_and_find_the_one_that_leans_more() -> None:
    rng = np.random.default_rng(12)
    shared = rng.normal(0.2, 0.1, (30, 400))
    first, second = (shared + rng.normal(0, 0.3, (30, 400)) for _ in range(2))
    alike = np.asarray(swap_sides(first, second, [np.arange(30)], seed=1, flips=999))
    assert np.mean(alike <= 0.05) < 0.075
    apart = np.asarray(swap_sides(first + 0.3, second, [np.arange(30)], seed=1, flips=999))
    assert np.mean(apart <= 0.05) > 0.8

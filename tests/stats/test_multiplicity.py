"""Adjusted p-values against known vectors, scipy, and their properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from evalkit.core.arrays import Float64
from evalkit.stats import benjamini_hochberg, holm

P_VALUES = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1))


def test_known_vectors() -> None:
    p = np.array([0.01, 0.02, 0.03, 0.5])
    assert holm(p) == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert benjamini_hochberg(p) == pytest.approx([0.04, 0.04, 0.04, 0.5])


def test_order_is_kept() -> None:
    p = np.array([0.5, 0.01, 0.03, 0.02])
    assert holm(p) == pytest.approx([0.5, 0.04, 0.06, 0.06])
    assert benjamini_hochberg(p) == pytest.approx([0.5, 0.04, 0.04, 0.04])


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_no_test_and_one_test(adjust: object) -> None:
    assert callable(adjust)
    assert adjust(np.array([])).shape == (0,)
    assert adjust(np.array([0.03])) == pytest.approx([0.03])


@given(P_VALUES)
def test_benjamini_hochberg_against_scipy(p: Float64) -> None:
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))


@given(P_VALUES)
def test_holm_lies_between_the_p_value_and_bonferroni(p: Float64) -> None:
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1.0, p * len(p)) + 1e-15).all()
    assert (benjamini_hochberg(p) <= adjusted + 1e-15).all()


@given(P_VALUES, st.integers(0, 11), st.floats(0, 1))
def test_a_larger_p_value_makes_none_smaller(p: Float64, place: int, larger: float) -> None:
    raised = p.copy()
    raised[place % len(p)] = max(larger, raised[place % len(p)])
    assert (holm(raised) >= holm(p) - 1e-15).all()


@given(P_VALUES)
def test_order_of_p_values_is_kept_by_holm(p: Float64) -> None:
    order = np.argsort(p, kind="stable")
    assert (np.diff(holm(p)[order]) >= 0).all()

"""Normal and Student tails against scipy, and that one undoes the other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.stats import normal


@pytest.mark.parametrize("z", [-8.0, -3.0, -1.0, 0.0, 0.5, 2.0, 6.0])
def test_the_normal_distribution(z: float) -> None:
    assert normal.cdf(z) == pytest.approx(stats.norm.cdf(z), rel=1e-12)
    assert normal.quantile(normal.cdf(-abs(z))) == pytest.approx(-abs(z), abs=1e-6)


def test_quantiles_at_the_ends() -> None:
    assert normal.quantile(0.0) == -math.inf
    assert normal.quantile(1.0) == math.inf


@pytest.mark.parametrize(
    ("df", "off"), [(1, 0.05), (3, 0.01), (10, 0.003), (30, 5e-4), (200, 1e-4)]
)
@pytest.mark.parametrize("t", [0.5, 1.7, 3.0])
def test_student_tails(df: int, off: float, t: float) -> None:
    assert normal.student_to_normal(t, df) == pytest.approx(
        stats.norm.isf(stats.t.sf(t, df)), abs=off
    )


@given(st.floats(-6, 6), st.one_of(st.floats(1, 1e4), st.just(math.inf)))
def test_student_and_back(z: float, df: float) -> None:
    there = normal.normal_to_student(z, df)
    assert normal.student_to_normal(there, df) == pytest.approx(z, abs=1e-8)

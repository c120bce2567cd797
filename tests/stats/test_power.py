"""Minimum detectable effects and numbers of units against textbook values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.stats import minimum_detectable_effect, more_units


def test_a_known_effect() -> None:
    assert minimum_detectable_effect(0.01, 0.05) == pytest.approx(0.024865, abs=1e-6)
    assert minimum_detectable_effect(0.01, 0.025, 0.9) == pytest.approx(0.032415, abs=1e-6)


# n = ((1.96 + 0.8416) s / delta)^2, so the two-sided 5 % of the textbooks is one-sided 2.5 % here.
@pytest.mark.parametrize(
    ("spread", "delta", "total"),
    [
        (0.3, 0.03, 785), (0.3, 0.02, 1767), (0.3, 0.05, 283),
        (0.2, 0.03, 349), (0.2, 0.02, 785), (0.2, 0.05, 126),
    ],
)  # fmt: skip
def test_textbook_numbers_of_pairs(spread: float, delta: float, total: int) -> None:
    more = more_units(100, spread / 10.0, delta, alpha=0.025)
    assert more is not None
    assert 100 + more == pytest.approx(total, abs=1)
    effect = minimum_detectable_effect(spread / math.sqrt(total), 0.025)
    assert effect == pytest.approx(delta, rel=0.01)


@pytest.mark.parametrize(
    ("discordant", "delta", "total"),
    [(0.2, 0.03, 1742), (0.2, 0.05, 626), (0.1, 0.03, 870), (0.1, 0.05, 312)],
)
def test_pairs_of_rights_and_wrongs_need_as_many_as_for_mcnemar(
    discordant: float, delta: float, total: int
) -> None:
    """McNemar's count takes a slightly larger spread where nothing differs; six pairs more."""
    spread = math.sqrt(discordant - delta**2)
    more = more_units(100, spread / 10.0, delta, alpha=0.025)
    assert more is not None
    assert total - 7 <= 100 + more < total


def test_one_sided_needs_fewer() -> None:
    # ((1.6449 + 0.8416) 0.3 / 0.03)^2 = 618.3
    assert more_units(100, 0.03, 0.03, alpha=0.05) == 519


def test_enough_units_need_no_more() -> None:
    assert more_units(400, 0.01, 0.2, alpha=0.05) == 0


@pytest.mark.parametrize(
    ("n", "se", "distance"),
    [
        (100, 0.03, 0.0),
        (100, 0.03, 0.001),
        (0, 0.03, 0.1),
        (100, math.nan, 0.1),
        (9, 0.1, math.nan),
    ],
)
def test_where_no_number_helps(n: int, se: float, distance: float) -> None:
    assert more_units(n, se, distance, alpha=0.05) is None


@given(st.integers(1, 10_000), st.floats(1e-4, 1), st.floats(1e-4, 1))
def test_with_so_many_more_the_distance_is_the_effect(n: int, se: float, distance: float) -> None:
    more = more_units(n, se, -distance, alpha=0.01)
    if more:
        effect = minimum_detectable_effect(se * math.sqrt(n / (n + more)), 0.01)
        assert effect <= distance * (1 + 1e-9)
        less = minimum_detectable_effect(se * math.sqrt(n / (n + more - 1)), 0.01)
        assert less > distance * (1 - 1e-9)


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.5))
def test_a_stricter_level_needs_a_larger_effect(one: float, other: float) -> None:
    stricter, looser = sorted((one, other))
    effect = minimum_detectable_effect
    assert effect(0.1, stricter) >= effect(0.1, looser)

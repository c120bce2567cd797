"""The least of several means: corrected for its bias, covered as often as is said."""

import numpy as np
import pytest

from evalkit.stats.extremes import least


def drawn(values: np.ndarray, error: float, draws: int, seed: int) -> np.ndarray:
    return np.asarray(
        values + error * np.random.default_rng(seed).standard_normal((draws, len(values)))
    )


def test_one_group_is_its_own_least() -> None:
    draws = drawn(np.array([0.6]), 0.02, 4000, 1)
    value, low, high = least(np.array([0.6]), draws)
    assert value == pytest.approx(0.6, abs=0.002)
    assert (low, high) == pytest.approx((0.567, 0.633), abs=0.003)


def test_equal_groups_are_drawn_up_and_a_clear_worst_one_stays() -> None:
    equal, clear = np.full(5, 0.6), np.array([0.3, 0.6, 0.6, 0.6, 0.6])
    assert least(equal, drawn(equal, 0.05, 4000, 2))[0] > 0.62
    assert least(clear, drawn(clear, 0.05, 4000, 3))[0] == pytest.approx(0.3, abs=0.005)


def test_no_noise_leaves_the_least_as_it_is() -> None:
    values = np.array([0.2, 0.5])
    assert least(values, np.tile(values, (10, 1))) == (0.2, 0.2, 0.2)


@pytest.mark.parametrize("means", [[0.0] * 5, [0.0, 0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 0.2]])
def test_the_interval_covers_at_least_as_often_as_it_says(means: list[float]) -> None:
    rng, truth, rounds, covered = np.random.default_rng(4), np.array(means), 300, 0
    for _ in range(rounds):
        sample = truth + 0.4 / np.sqrt(50) * rng.standard_normal(len(truth))
        draws = sample + 0.4 / np.sqrt(50) * rng.standard_normal((400, len(truth)))
        _, low, high = least(sample, draws)
        covered += low <= truth.min() <= high
    assert covered / rounds >= 0.88

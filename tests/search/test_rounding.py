"""How similarities are rounded before ties are broken, for vectors of any length."""

import numpy as np
import pytest

from evalkit.core.arrays import best_first, rounded, score_places


@pytest.mark.parametrize(
    ("size", "places"), [(1.0, 6), (0.9999999, 6), (1e-8, 14), (1e6, 0), (1e9, -3), (2.0, 6)]
)
def test_ten_times_the_size_is_one_place_less(size: float, places: int) -> None:
    assert score_places(np.array([size])).tolist() == [places]


def test_similarities_of_unit_vectors_keep_six_places() -> None:
    found = rounded(np.array([0.12345649, 0.1, np.nan, -0.9999999]))
    np.testing.assert_array_equal(found, [0.123456, 0.1, np.nan, -1.0])


def test_products_of_short_vectors_stay_apart() -> None:
    scores = np.array([3.2e-8, 3.1e-8, 3.2e-8 + 1e-17])
    assert rounded(scores).tolist() == [3.2e-8, 3.1e-8, 3.2e-8]
    places = int(score_places(np.array([3.2e-8]))[0])
    assert best_first(scores, np.array([2, 0, 1]), places).tolist() == [2, 0, 1]
    assert rounded(np.zeros(2)).tolist() == [0.0, 0.0]

"""Chances of counts under exchangeable labels, against enumeration and scipy."""

import itertools

import numpy as np
import pytest
from scipy.stats import hypergeom

from evalkit.stats.exchange import total_chances, two_sided


@pytest.mark.parametrize(
    ("items", "marked", "drawn"), [(40, 20, 10), (9, 2, 5), (5, 5, 3), (7, 0, 4)]
)
def test_with_every_item_counted_once_it_is_hypergeometric(
    items: int, marked: int, drawn: int
) -> None:
    found = total_chances((1,) * drawn, items, marked)
    expected = hypergeom.pmf(np.arange(drawn + 1), items, marked, drawn)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("times", [(1, 2, 3), (2, 2, 0, 1), (3,), ()])
def test_items_may_count_several_times(times: tuple[int, ...]) -> None:
    items, marked = 6, 3
    totals = [
        sum(times[n] for n in chosen if n < len(times))
        for chosen in itertools.combinations(range(items), marked)
    ]
    expected = np.bincount(totals, minlength=sum(times) + 1) / len(totals)
    np.testing.assert_allclose(total_chances(times, items, marked), expected, atol=1e-12)


def test_a_p_value_sums_what_is_no_likelier() -> None:
    chances = total_chances((1,) * 10, 40, 20)
    assert two_sided(chances, 5) == pytest.approx(1.0)
    assert two_sided(chances, 10) == pytest.approx(2 * chances[10])
    assert two_sided(chances, 8) == pytest.approx(chances[[0, 1, 2, 8, 9, 10]].sum())


def test_false_alarms_are_no_more_than_asked_for() -> None:
    chances = total_chances((3, 2, 1, 1), 24, 12)
    tests = np.array([two_sided(chances, n) for n in range(len(chances))])
    for level in (0.01, 0.05, 0.2):
        assert chances[tests <= level].sum() <= level

"""How shares found follow known ones: the numbers of scipy, honest intervals, honest p-values."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from evalkit.tasks import _following
from evalkit.tasks._following import RANKS, SLOPE, Following, _correlations, followings

RNG = np.random.default_rng(5)
KNOWN = RNG.uniform(0.05, 0.95, 48)


def shuffled(found: np.ndarray, times: int = 499) -> np.ndarray:
    """The shares found, given to other subjects: what a pool of equal parts gives by chance."""
    return np.random.default_rng(7).permuted(np.tile(found, (times, 1)), axis=1)


def told(
    known: np.ndarray, found: np.ndarray, by_chance: np.ndarray | None = None
) -> dict[str, Following]:
    drawn = shuffled(found) if by_chance is None else by_chance
    return {one.name: one for one in followings(known, found, drawn)}


def test_values_are_those_of_scipy_with_ties() -> None:
    found = np.round(0.5 + 0.4 * (KNOWN - 0.5) + RNG.normal(0, 0.1, 48), 1)
    both = told(KNOWN, found)
    assert both[RANKS].value == pytest.approx(spearmanr(KNOWN, found).statistic)
    assert both[SLOPE].value == pytest.approx(np.polyfit(KNOWN, found, 1)[0])


def test_a_weight_of_two_is_a_subject_that_stands_twice() -> None:
    found = np.round(RNG.uniform(size=48), 1)
    weights = RNG.integers(0, 3, 48)
    twice = np.repeat(np.arange(48), weights)
    expected = np.corrcoef(rankdata(KNOWN[twice]), rankdata(found[twice]))[0, 1]
    (got,) = _correlations(KNOWN, found[None], weights[None].astype(float))
    assert got == pytest.approx(expected)


def test_shares_that_follow_have_an_interval_above_nothing_and_a_small_p() -> None:
    for one in told(KNOWN, 0.5 + 0.5 * (KNOWN - 0.5) + RNG.normal(0, 0.05, 48)).values():
        assert one.low is not None
        assert one.high is not None
        assert one.value is not None
        assert 0 < one.low < one.value < one.high
        assert one.chance == pytest.approx(0.0, abs=0.05)
        assert one.p == 2 / 500


def test_a_pool_that_follows_is_not_taken_for_a_model_that_does() -> None:
    by_chance = 0.5 + 0.3 * (KNOWN - 0.5) + RNG.normal(0, 0.1, (500, 48))
    for one in told(KNOWN, by_chance[0], by_chance[1:]).values():
        assert one.value is not None
        assert one.low is not None
        assert one.chance is not None
        assert one.chance_low is not None
        assert one.chance_high is not None
        assert one.p is not None
        assert one.low > 0  # it does go with the known shares
        assert 0.1 < one.chance_low < one.chance < one.chance_high
        assert one.p > 0.1  # and chance does as well
    steeper = told(KNOWN, by_chance[0] + 0.4 * (KNOWN - 0.5), by_chance[1:])
    assert {one.p for one in steeper.values()} == {2 / 500}
    flat = told(KNOWN, RNG.normal(0.5, 0.02, 48), by_chance[1:])
    assert flat[SLOPE].p == 2 / 500  # less than the pool gives is no chance either


def test_shares_that_do_not_follow_are_rarely_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_following, "_DRAWS", 400)
    rng, p, inside = np.random.default_rng(11), [], 0
    for _ in range(30):
        found = rng.normal(0.5, 0.1, 48)
        for one in told(KNOWN, found, shuffled(found, 399)).values():
            p.append(one.p or 0.0)
            inside += (one.low or 0.0) <= 0 <= (one.high or 0.0)
    assert np.mean(np.array(p) <= 0.05) <= 0.125
    assert 0.25 < np.mean(p) < 0.75
    assert 0.78 <= inside / len(p) <= 1.0


def test_each_of_several_rows_is_ranked_by_itself() -> None:
    rows = np.round(RNG.uniform(size=(5, 48)), 1)
    expected = [spearmanr(KNOWN, row).statistic for row in rows]
    assert _correlations(KNOWN, rows, np.ones((1, 48))) == pytest.approx(expected)


def test_shares_that_are_all_alike_have_no_correlation_and_no_slope_to_speak_of() -> None:
    both = told(KNOWN, np.full(48, 0.5))
    assert both[RANKS] == Following(RANKS)
    assert both[SLOPE].value == pytest.approx(0.0)
    assert both[SLOPE].p == 1.0


def test_the_same_numbers_come_again() -> None:
    found = RNG.uniform(size=48)
    assert told(KNOWN, found) == told(KNOWN, found)

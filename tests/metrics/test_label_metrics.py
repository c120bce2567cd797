"""Metrics of voted labels against scikit-learn and hand-made votes."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.errors import UsageError
from tests.metrics.evidence_by_hand import NAN, labels, overall, per_unit, repeated

WORDS = ("accuracy", "label_hit", "balanced_accuracy", "macro_f1", "calibration_error")

# Own label a(0): one right, one outvoted, one outvoted by nearer ones, one alone, one unknown.
TRUE = (0, 0, 1, 1, -1)
NEAR = ((0, 0, 1), (1, 0, 1), (1, 0, 0), (-1, -1, -1), (0, 0, 0))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy@1", [1, 0, 1, 0, NAN]),
        ("accuracy@3", [1, 0, 0, 0, NAN]),
        ("label_hit@1", [1, 0, 1, 0, NAN]),
        ("label_hit@3", [1, 1, 1, 0, NAN]),
        ("label_hit@50", [1, 1, 1, 0, NAN]),
    ],
)
def test_by_hand(name: str, expected: list[float]) -> None:
    np.testing.assert_array_equal(per_unit(name, labels(TRUE, NEAR)), expected)


def test_equal_votes_go_to_the_nearer_label_then_to_the_first_by_name() -> None:
    tied = ((1, 0, -1), (0, 1, -1))
    assert per_unit("accuracy@2", labels((1, 1), tied)) == [1, 0]
    level = ((0.5, 0.5, NAN), (0.5, 0.5, NAN))
    assert per_unit("accuracy@2", labels((1, 1), tied, level)) == [0, 0]


def test_weighted_votes_let_one_close_neighbour_win() -> None:
    near, alike = ((1, 0, 0), (1, 0, 0)), ((0.9, 0.3, 0.2), (0.4, 0.3, 0.2))
    assert per_unit("accuracy@3", labels((1, 1), near, alike)) == [0, 0]
    assert per_unit("accuracy@3", labels((1, 1), near, alike, weighted=True)) == [1, 0]


def voted(true: Any, guess: Any) -> Any:
    """Each unit's one neighbour votes for the guess."""
    return labels(true, np.asarray(guess)[:, None].tolist())


@pytest.mark.parametrize("seed", range(3))
def test_class_means_equal_scikit_learn(seed: int) -> None:
    from sklearn.metrics import f1_score, recall_score

    rng = np.random.default_rng(seed)
    true = rng.choice([0, 1, 3, 4], 90)  # nobody is of class 2, which votes name
    guess = np.where(rng.random(90) < 0.5, true, rng.integers(0, 5, 90))
    found = voted(true, guess)
    occurring = np.unique(true)
    f1 = f1_score(true, guess, labels=occurring, average="macro")
    recall = recall_score(true, guess, labels=occurring, average="macro")
    assert overall("macro_f1@1", found) == pytest.approx(f1, abs=1e-12)
    assert overall("balanced_accuracy@1", found) == pytest.approx(recall, abs=1e-12)


def test_a_unit_without_a_vote_is_missed_by_its_class_and_charged_to_no_other() -> None:
    found = voted((0, 0, 1, 1), (0, -1, 1, 1))
    assert overall("macro_f1@1", found) == pytest.approx((2 / 3 + 1) / 2)
    assert overall("balanced_accuracy@1", found) == pytest.approx(0.75)


def test_a_class_that_a_resample_leaves_out_does_not_count() -> None:
    found = voted((0, 0, 1, 2), (0, 1, 1, 0))
    without_2 = overall("macro_f1@1", found, weights=(1, 1, 1, 0))
    assert without_2 == pytest.approx(overall("macro_f1@1", voted((0, 0, 1), (0, 1, 1))))
    assert overall("balanced_accuracy@1", found, weights=(1, 1, 0, 0)) == pytest.approx(0.5)


def test_one_class_alone_is_scored_by_what_it_got() -> None:
    assert overall("macro_f1@1", voted((0, 0), (0, 0))) == 1.0
    assert overall("macro_f1@1", voted((0, 0), (0, 1))) == pytest.approx(2 / 3)


def test_only_units_without_a_known_label_give_nothing() -> None:
    found = voted((-1, -1), (0, 1))
    assert all(np.isnan(overall(f"{word}@1", found)) for word in WORDS)


def test_calibration_error_by_hand() -> None:
    near = ((0, 0, 0, 0), (0, 0, 0, 1), (0, 0, 0, 1), (0, 0, 1, 1), (-1, -1, -1, -1))
    found = labels((0, 0, 1, 0, 0), near)
    # shares 1, 3/4, 3/4, 1/2, none; right 1, 1, 0, 1, 0: bins (.9,1], (.7,.8], (.4,.5], first
    expected = (abs(1 - 1) + abs((1 - 0.75) + (0 - 0.75)) + abs(1 - 0.5) + 0) / 5
    assert overall("calibration_error@4", found) == pytest.approx(expected)


def test_a_share_on_the_edge_of_two_bins_belongs_to_the_lower_one() -> None:
    # shares 7/10 (computed a hair above) and 8/10: different bins, so that errors do not cancel
    near = [[0] * 7 + [1] * 3, [0] * 8 + [1] * 2]
    found = labels((0, 1), near)
    assert overall("calibration_error@10", found) == pytest.approx((0.3 + 0.8) / 2)


def plain_calibration_error(share: np.ndarray, right: np.ndarray) -> float:
    edges = [tenth / 10 for tenth in range(11)]
    total = 0.0
    for low, high in pairwise(edges):
        inside = (share > low + 1e-9) & (share <= high + 1e-9)
        if inside.any():
            total += inside.sum() * abs(right[inside].mean() - share[inside].mean())
    return total / len(share)


def test_calibration_error_equals_its_formula() -> None:
    rng = np.random.default_rng(2)
    near = np.where(rng.random((80, 10)) < 0.6, 0, rng.integers(0, 3, (80, 10)))
    found = labels(rng.integers(0, 2, 80).tolist(), near.tolist())
    columns = registry.metric("calibration_error@10").per_unit(found).columns
    expected = plain_calibration_error(columns["share"], columns["right"])
    assert overall("calibration_error@10", found) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 4), st.integers(0, 3)), min_size=1))
def test_a_weight_is_a_unit_repeated(units: list[tuple[int, int, int]]) -> None:
    true, guess, times = (list(column) for column in zip(*units, strict=True))
    evidence = voted(true, guess)
    for word in WORDS:
        metric = registry.metric(f"{word}@1")
        scores = metric.per_unit(evidence)
        (weighted,) = metric.summary(scores, np.array([times], float))
        if not any(times):
            assert np.isnan(weighted)
            continue
        again = repeated(scores, times)
        (expected,) = metric.summary(again, np.ones((1, len(again.ids))))
        assert weighted == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("word", WORDS)
def test_a_cut_off_is_needed(word: str) -> None:
    with pytest.raises(UsageError, match="needs a cut-off"):
        registry.metric(word)
    assert registry.metric(f"{word}@7").depth == 7

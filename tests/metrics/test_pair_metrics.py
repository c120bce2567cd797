"""Metrics of pairs against scikit-learn, plain loops and hand-made similarities."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.errors import UsageError
from tests.metrics.evidence_by_hand import NAN, overall, pairs, per_unit, repeated

CURVES = (
    "average_precision",
    "roc_auc",
    "equal_error_rate",
    "equal_error_threshold",
    "precision_at_recall",
    "max_f1",
)
NEED_BOTH = (*CURVES, "separation")


# --- the oracle: thresholds tried one after the other ---------------------------------------------


def tried(scores: np.ndarray, positive: np.ndarray) -> list[tuple[float, int, int]]:
    """Every threshold from the highest, with how many are accepted rightly and wrongly."""
    return [
        (t, int((positive & (scores >= t)).sum()), int((~positive & (scores >= t)).sum()))
        for t in sorted(set(scores.tolist()), reverse=True)
    ]


def plain_equal_error(scores: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    many, few = positive.sum(), (~positive).sum()
    points = [(s, 1 - right / many, wrong / few) for s, right, wrong in tried(scores, positive)]
    points = [(points[0][0], 1.0, 0.0), *points]
    for (t0, miss0, false0), (t1, miss1, false1) in pairwise(points):
        if false1 >= miss1:
            step = (miss0 - false0) / ((miss0 - false0) + (false1 - miss1))
            return false0 + step * (false1 - false0), t0 + step * (t1 - t0)
    raise AssertionError


def oracle(word: str, scores: np.ndarray, positive: np.ndarray) -> float:
    from sklearn import metrics

    many = positive.sum()
    if word == "average_precision":
        return float(metrics.average_precision_score(positive, scores))
    if word == "roc_auc":
        return float(metrics.roc_auc_score(positive, scores))
    if word == "precision_at_recall":
        enough = [(r, w) for _, r, w in tried(scores, positive) if r / many >= 0.9 - 1e-9]
        return max(r / (r + w) for r, w in enough)
    if word == "max_f1":
        return float(max(2 * r / (r + w + many) for _, r, w in tried(scores, positive)))
    rate, threshold = plain_equal_error(scores, positive)
    return rate if word == "equal_error_rate" else threshold


ROWS = st.tuples(st.integers(-8, 8), st.booleans(), st.integers(0, 3))


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=2, max_size=30))
def test_they_equal_plain_formulas_and_a_weight_is_a_pair_repeated(
    rows: list[tuple[int, bool, int]],
) -> None:
    scores = np.array([score / 8 for score, _, _ in rows])
    positive = np.array([right for _, right, _ in rows])
    times = np.array([often for _, _, often in rows])
    evidence = pairs(scores, positive)
    drawn = np.repeat(np.arange(len(rows)), times)
    for word in CURVES:
        if positive.any() and not positive.all():
            expected = oracle(word, np.round(scores, 6), positive)
            assert overall(word, evidence) == pytest.approx(expected, abs=1e-9), word
        weighted = overall(word, evidence, weights=times)
        if not positive[drawn].any() or positive[drawn].all():
            assert np.isnan(weighted)
        else:
            expected = oracle(word, np.round(scores, 6)[drawn], positive[drawn])
            assert weighted == pytest.approx(expected, abs=1e-9), word


# --- worked by hand -------------------------------------------------------------------------------


def test_equal_similarities_are_taken_together() -> None:
    tied = pairs([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0])
    assert overall("average_precision", tied) == pytest.approx(0.5)
    assert overall("roc_auc", tied) == pytest.approx(0.5)
    assert overall("equal_error_rate", tied) == pytest.approx(0.5)
    assert overall("max_f1", tied) == pytest.approx(2 / 3)


def test_similarities_that_differ_beyond_six_places_are_equal() -> None:
    hair = pairs([0.5 + 1e-9, 0.5, 0.5 - 1e-9, 0.5], [1, 1, 0, 0])
    assert overall("roc_auc", hair) == pytest.approx(0.5)


def test_perfect_separation() -> None:
    found = pairs([0.9, 0.8, 0.7, 0.2, 0.1], [1, 1, 1, 0, 0])
    expected = {"equal_error_rate": 0.0, "equal_error_threshold": 0.7}
    for word in CURVES:
        assert overall(word, found) == pytest.approx(expected.get(word, 1.0)), word
    assert overall("separation", found) == pytest.approx(0.8 - 0.15)


def test_the_wrong_way_round() -> None:
    found = pairs([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0])
    assert overall("roc_auc", found) == 0.0
    assert overall("equal_error_rate", found) == 1.0
    assert overall("average_precision", found) == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert overall("separation", found) == pytest.approx(-0.7)


def test_equal_error_lies_between_two_points() -> None:
    # misses 1, 2/3, 1/3 (0.8), 1/3 with 1 of 2 accepted wrongly (0.6): crosses a third from 0.8
    found = pairs([0.9, 0.8, 0.6, 0.4, 0.2], [1, 1, 0, 1, 0])
    assert overall("equal_error_rate", found) == pytest.approx(1 / 3)
    assert overall("equal_error_threshold", found) == pytest.approx(0.8 - 0.2 * 2 / 3)


def test_a_similarity_that_no_pair_of_a_resample_has_does_not_move_the_threshold() -> None:
    found = pairs([0.9, 0.5, 0.5, 0.1, 0.05], [1, 1, 0, 1, 0])
    assert overall("equal_error_rate", found, weights=(0, 1, 1, 0, 0)) == pytest.approx(0.5)
    assert overall("equal_error_threshold", found, weights=(0, 1, 1, 0, 0)) == pytest.approx(0.5)


def test_precision_at_another_recall() -> None:
    found = pairs([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 1, 0])
    assert overall("precision_at_recall", found) == pytest.approx(3 / 4)
    assert overall("precision_at_recall", found, recall=0.3) == 1.0
    assert overall("precision_at_recall", found, recall=0.5) == pytest.approx(3 / 4)
    assert overall("precision_at_recall", found, recall=2 / 3) == pytest.approx(3 / 4)


@pytest.mark.parametrize("recall", [0.0, -1.0, 1.1, NAN])
def test_a_recall_that_is_no_share_is_refused(recall: float) -> None:
    with pytest.raises(UsageError, match="recall"):
        registry.metric("precision_at_recall", {"recall": recall})


@pytest.mark.parametrize("word", NEED_BOTH)
@pytest.mark.parametrize("positive", [[1, 1, 1], [0, 0, 0]])
def test_pairs_of_one_kind_say_nothing(word: str, positive: list[int]) -> None:
    assert np.isnan(overall(word, pairs([0.3, 0.2, 0.1], positive)))


@pytest.mark.parametrize("word", NEED_BOTH)
def test_a_pair_with_a_lost_member_counts_as_eligible_and_has_no_score(word: str) -> None:
    found = pairs([0.9, NAN, 0.5, NAN, 0.3, 0.4], [1, 1, 0, 0, 1, 0])
    metric = registry.metric(word)
    assert metric.scorable(found).all()
    assert np.isnan(metric.per_unit(found).columns["score"]).tolist() == [
        False, True, False, True, False, False,
    ]  # fmt: skip
    without = overall(word, pairs([0.9, 0.5, 0.3, 0.4], [1, 0, 1, 0]))
    assert overall(word, found) == pytest.approx(without)


@pytest.mark.parametrize("word", NEED_BOTH)
def test_all_pairs_lost_say_nothing(word: str) -> None:
    assert np.isnan(overall(word, pairs([NAN, NAN], [1, 0])))


# --- like, varied, unlike -------------------------------------------------------------------------

KINDS = ("like", "varied", "unlike", "like", "varied", "unlike", "unlike", "varied")
MEMBERS = tuple((anchor, f"x{n}") for n, anchor in enumerate("aaabbbbc"))
SCORES = (0.9, 0.7, 0.5, 0.8, 0.4, 0.3, 0.45, 0.6)


def described(scores: Any = SCORES) -> Any:
    return pairs(scores, [kind != "unlike" for kind in KINDS], KINDS, MEMBERS)


def test_separation_and_varied_gap_by_hand() -> None:
    alike, unlike = (0.9, 0.7, 0.8, 0.4, 0.6), (0.5, 0.3, 0.45)
    expected = np.mean(alike) - np.mean(unlike)
    assert overall("separation", described()) == pytest.approx(expected)
    gap = np.mean([0.9, 0.8]) - np.mean([0.7, 0.4, 0.6])
    assert overall("varied_gap", described()) == pytest.approx(gap)
    assert overall("varied_gap", described(), weights=(1, 1, 9, 0, 0, 9, 9, 0)) == pytest.approx(
        0.2
    )


def test_varied_gap_is_about_like_and_varied_pairs_only() -> None:
    metric = registry.metric("varied_gap")
    assert metric.scorable(described()).tolist() == [kind != "unlike" for kind in KINDS]
    assert metric.better == "low"


def test_varied_success_compares_with_every_unlike_pair_of_the_anchor() -> None:
    # anchor a: 0.7 above 0.5; b: 0.4 above 0.3 but below 0.45; c: nothing to compare with
    expected = [NAN, 1, NAN, NAN, 0, NAN, NAN, NAN]
    np.testing.assert_array_equal(per_unit("varied_success", described()), expected)


def test_varied_success_on_ties_and_lost_members() -> None:
    tie = (0.9, 0.5, 0.5, 0.8, NAN, 0.3, 0.45, 0.6)
    found = described(tie)
    expected = [NAN, 0, NAN, NAN, NAN, NAN, NAN, NAN]
    np.testing.assert_array_equal(per_unit("varied_success", found), expected)
    scorable = registry.metric("varied_success").scorable(found)
    assert np.flatnonzero(scorable).tolist() == [1, 4]
    one_rival_lost = (0.9, 0.7, NAN, 0.8, 0.4, 0.3, NAN, 0.6)
    expected = [NAN, NAN, NAN, NAN, 1, NAN, NAN, NAN]
    np.testing.assert_array_equal(per_unit("varied_success", described(one_rival_lost)), expected)


@pytest.mark.parametrize("word", ["separation", "varied_gap"])
def test_a_weight_is_a_pair_repeated_in_differences_too(word: str) -> None:
    metric = registry.metric(word)
    scores, times = metric.per_unit(described()), [2, 1, 0, 1, 3, 1, 2, 0]
    (weighted,) = metric.summary(scores, np.array([times], float))
    (expected,) = metric.summary(repeated(scores, times), np.ones((1, sum(times))))
    assert weighted == pytest.approx(expected)

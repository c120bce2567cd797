"""Metrics of matched segments on hand-made lists, places and strangers."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.errors import UsageError
from tests.metrics.evidence_by_hand import NAN, matches, overall, per_unit

# Found first, third, not at all, nothing found, a stranger.
ROWS = ((5, 6, 7), (6, 7, 5), (6, 7, 8), (-1, -1, -1), (5, 6, 7))
SOURCE = (5, 5, 5, 5, -1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("source_hit@1", [1, 0, 0, 0, NAN]),
        ("source_hit@3", [1, 1, 0, 0, NAN]),
        ("source_hit@20", [1, 1, 0, 0, NAN]),
        ("source_mrr@2", [1, 0, 0, 0, NAN]),
        ("source_mrr@3", [1, 1 / 3, 0, 0, NAN]),
    ],
)
def test_by_hand(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(per_unit(name, matches(ROWS, SOURCE)), expected)


def test_no_place_is_no_source() -> None:
    blank = matches([[-1, -1]], [-1])
    assert np.isnan(per_unit("source_hit@2", blank)[0])
    assert per_unit("source_hit@2", matches([[-1, -1]], [3])) == [0.0]


def test_lists_without_any_place() -> None:
    nothing = matches([[], []], [3, -1])
    np.testing.assert_array_equal(per_unit("source_mrr@5", nothing), [0, NAN])
    np.testing.assert_array_equal(per_unit("offset_hit", nothing), [NAN, NAN])
    np.testing.assert_array_equal(per_unit("false_match_rate", nothing, threshold=0.1), [NAN, 0.0])


@pytest.mark.parametrize(
    ("start", "expected"), [(3.4, 0), (3.5, 1), (4.0, 1), (6.0, 1), (6.5, 1), (6.6, 0)]
)
def test_the_true_start_lies_in_the_part_that_won_widened_by_the_tolerance(
    start: float, expected: int
) -> None:
    found = matches([[2]], [2], spans=[(4.0, 6.0)], place=[(start, start + 2)])
    assert per_unit("offset_hit", found) == [expected]


def test_another_tolerance() -> None:
    found = matches([[2]], [2], spans=[(4.0, 6.0)], place=[(7.9, 9.9)])
    assert per_unit("offset_hit", found, tolerance=2.0) == [1.0]
    assert per_unit("offset_hit", found, tolerance=0.0) == [0.0]


def test_only_the_first_place_counts_and_a_whole_recording_tells_no_place() -> None:
    place, spans = [(1.0, 2.0)] * 5, [(0.0, 4.0)] * 4
    rows = [[2, 3], [3, 2], [2, 3], [2, 3], [2, 3]]
    found = matches(rows, [2, 2, 2, -1, 2], spans=[*spans, (NAN, NAN)], place=place)
    np.testing.assert_array_equal(per_unit("offset_hit", found), [1, 0, 1, NAN, 0])
    unknown = matches([[2]], [2], spans=[(0.0, 4.0)])
    np.testing.assert_array_equal(per_unit("offset_hit", unknown), [NAN])


@pytest.mark.parametrize("tolerance", [-0.1, NAN, np.inf])
def test_a_tolerance_that_is_no_time_is_refused(tolerance: float) -> None:
    with pytest.raises(UsageError, match="tolerance"):
        registry.metric("offset_hit", {"tolerance": tolerance})


# --- strangers ------------------------------------------------------------------------------------


def test_false_matches_are_strangers_at_least_as_similar_as_the_threshold() -> None:
    scores = ((0.9, 0.1), (0.8, 0.1), (0.79, 0.1), (0.8 - 1e-9, 0.1), (0.0, 0.0))
    rows = [[1, 2]] * 4 + [[-1, -1]]
    found = matches(rows, [1, -1, -1, -1, -1], scores)
    np.testing.assert_array_equal(
        per_unit("false_match_rate", found, threshold=0.8), [NAN, 1, 0, 1, 0]
    )
    np.testing.assert_array_equal(
        per_unit("false_match_rate", found, threshold=-1.0), [NAN, 1, 1, 1, 0]
    )


def test_false_match_rate_needs_a_threshold() -> None:
    with pytest.raises(UsageError, match="needs a threshold"):
        registry.metric("false_match_rate")
    assert registry.metric("false_match_rate", {"threshold": 0.0}).threshold == 0.0


def single(rows: Any) -> Any:
    """Segments given as (source, first place, similarity)."""
    source, first, scores = zip(*rows, strict=True)
    return matches([[place] for place in first], source, [[score] for score in scores])


def test_open_set_error_where_both_are_equal() -> None:
    perfect = single([(1, 1, 0.9), (2, 2, 0.8), (-1, 3, 0.3), (-1, 4, 0.2)])
    assert overall("open_set_eer", perfect) == 0.0
    mixed = single([(1, 1, 0.9), (2, 2, 0.4), (-1, 3, 0.6), (-1, 4, 0.2)])
    assert overall("open_set_eer", mixed) == pytest.approx(0.5)


def test_a_wrong_first_place_stays_lost_however_similar_it_is() -> None:
    wrong = single([(1, 7, 0.99), (2, 2, 0.8), (-1, 3, 0.3), (-1, 4, 0.2)])
    assert overall("open_set_eer", wrong) == pytest.approx(0.5)
    nothing_found = single([(1, -1, NAN), (2, 2, 0.8), (-1, 3, 0.3), (-1, 4, 0.2)])
    assert overall("open_set_eer", nothing_found) == pytest.approx(0.5)


def test_a_stranger_that_finds_nothing_is_turned_away() -> None:
    found = single([(1, 1, 0.5), (-1, -1, NAN), (-1, 2, 0.6)])
    assert overall("open_set_eer", found) == pytest.approx(0.5)


def test_segments_of_one_kind_say_nothing() -> None:
    assert np.isnan(overall("open_set_eer", single([(1, 1, 0.5), (2, 2, 0.6)])))
    assert np.isnan(overall("open_set_eer", single([(-1, 1, 0.5), (-1, 2, 0.6)])))


def test_without_any_acceptable_match_the_errors_never_meet() -> None:
    assert np.isnan(overall("open_set_eer", single([(1, 2, 0.5), (-1, -1, NAN)])))


def plain_open_set(rows: list[tuple[int, bool, float]]) -> float:
    """Try every threshold; misses and false matches, linear between neighbours."""
    points = [(1.0, 0.0)]
    for at in sorted({score for _, _, score in rows}, reverse=True):
        known = [right and score >= at for source, right, score in rows if source >= 0]
        strange = [score >= at for source, _, score in rows if source < 0]
        points.append((1 - float(np.mean(known)), float(np.mean(strange))))
    for (miss0, false0), (miss1, false1) in pairwise(points):
        if false1 >= miss1:
            step = (miss0 - false0) / ((miss0 - false0) + (false1 - miss1))
            return false0 + step * (false1 - false0)
    return NAN


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([-1, 4]), st.booleans(), st.integers(0, 8), st.integers(0, 3)),
        min_size=2,
        max_size=25,
    )
)
def test_open_set_error_equals_its_formula_also_under_weights(
    rows: list[tuple[int, bool, int, int]],
) -> None:
    plain = [(source, right or source < 0, score / 8) for source, right, score, _ in rows]
    found = single([(source, 4 if right else 9, score) for source, right, score in plain])
    times = [often for *_, often in rows]
    drawn = [row for row, often in zip(plain, times, strict=True) for _ in range(often)]
    for some, weights in ((plain, None), (drawn, times)):
        value = overall("open_set_eer", found, weights)
        if len({source for source, _, _ in some}) < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(plain_open_set(some), abs=1e-9)

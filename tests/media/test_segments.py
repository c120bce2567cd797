import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.errors import UsageError
from evalkit.media.segments import spans


def test_the_last_segment_is_shorter() -> None:
    assert spans(10, 4) == ((0, 4), (4, 8), (8, 10))
    assert spans(8, 4) == ((0, 4), (4, 8))
    assert spans(3, 4) == ((0, 3),)
    assert spans(0, 4) == ()


def test_neighbours_repeat_the_overlap() -> None:
    assert spans(10, 4, 1) == ((0, 4), (3, 7), (6, 10))
    assert spans(10.5, 4, 1)[-1] == (9, 10.5)


def test_lengths_that_have_no_exact_form_leave_no_crumbs() -> None:
    assert spans(0.3, 0.1) == ((0, 0.1), (0.1, 0.2), (0.2, 0.3))
    assert len(spans(7200, 0.1)) == 72_000


@given(st.floats(0.01, 50), st.floats(0.5, 20), st.floats(0, 0.9))
def test_segments_cover_the_whole_and_nothing_else(
    total: float, seconds: float, share: float
) -> None:
    found = spans(total, seconds, seconds * share)
    assert found[0][0] == 0
    assert found[-1][1] == pytest.approx(total, abs=1e-5)
    assert all(0 <= start < end <= total for start, end in found)
    assert all(b[0] <= a[1] + 1e-5 and a[0] < b[0] for a, b in itertools.pairwise(found))
    assert all(end - start <= seconds + 1e-5 for start, end in found)


@pytest.mark.parametrize(
    ("total", "seconds", "overlap"),
    [
        (-1, 1, 0),
        (math.nan, 1, 0),
        (math.inf, 1, 0),
        (5, 0, 0),
        (5, 1, 1),
        (5, 1, -1),
        (5, 9e999, 0),
    ],
)
def test_numbers_that_make_no_sense(total: float, seconds: float, overlap: float) -> None:
    with pytest.raises(UsageError):
        spans(total, seconds, overlap)

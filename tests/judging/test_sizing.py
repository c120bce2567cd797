"""How many inputs to judge: published numbers, Wilson's width, what is done already."""

import pytest

from evalkit.core.errors import UsageError
from evalkit.judging.sizing import inputs_for, normal_inputs_for, size, wilson


@pytest.mark.parametrize(
    ("share", "sizes"),
    [(0.9, [3458, 865, 385, 139]), (0.8, [6147, 1537, 683, 246]), (0.5, [9604, 2401, 1068, 385])],
)
def test_the_normal_approximation_gives_the_published_sizes(share: float, sizes: list[int]) -> None:
    assert [normal_inputs_for(share, half) for half in (0.01, 0.02, 0.03, 0.05)] == sizes


def test_wilsons_interval_is_the_published_one() -> None:
    assert wilson(0.95, 100, 0.95) == pytest.approx((0.888, 0.978), abs=5e-4)
    assert wilson(1.0, 100, 0.95) == pytest.approx((0.963, 1.0), abs=5e-4)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.95, 1.0])
def test_the_size_is_the_smallest_whose_interval_is_narrow_enough(share: float) -> None:
    n = inputs_for(share, 0.08)
    widths = [high - low for low, high in (wilson(share, n), wilson(share, n - 1))]
    assert widths[0] <= 0.08 < widths[1]


def test_inputs_that_are_alike_count_for_less() -> None:
    assert inputs_for(0.5, 0.1, alike=1.5) == pytest.approx(1.5 * inputs_for(0.5, 0.1), abs=1)


def test_what_is_judged_already_is_taken_off() -> None:
    whole = size(0.8, 0.1, 0, 3)
    part = size(0.8, 0.1, 100, 3)
    assert part.left == whole.inputs - 100
    assert part.judgements == 3 * part.left
    assert size(0.8, 0.1, 10_000, 3).left == 0


@pytest.mark.parametrize(("share", "width"), [(1.2, 0.1), (0.5, 0.0), (0.5, 1.5)])
def test_numbers_that_no_interval_can_have_are_refused(share: float, width: float) -> None:
    with pytest.raises(UsageError, match="between"):
        inputs_for(share, width)

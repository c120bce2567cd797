"""Pass, fail and neither, for one bound and for two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from evalkit.core.arrays import Float64
from evalkit.stats import Decision, Sample, decide, interval

SampleOf = Callable[..., Sample]


def test_a_bound_is_needed(sample_of: SampleOf, graded: Float64) -> None:
    with pytest.raises(ValueError, match="bound"):
        decide(interval(sample_of(graded)), None, None)


def test_at_least(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(sample_of(graded))
    good, bad = decide(found, found.low - 0.01, None), decide(found, found.high + 0.01, None)
    between = decide(found, found.value, None)
    assert good.passed
    assert good.p_fail > 0.9
    assert not bad.passed
    assert bad.p_fail <= 0.05
    assert not between.passed
    assert between.p_fail > 0.05


def test_at_most(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(sample_of(graded))
    assert decide(found, None, found.high + 0.01).passed
    assert decide(found, None, found.low - 0.01).p_fail <= 0.05


def test_within(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(sample_of(graded))
    around = decide(found, found.low - 0.01, found.high + 0.01)
    assert around.passed
    assert around.p_fail > 0.9
    assert not decide(found, found.value, found.high + 0.01).passed
    assert decide(found, found.high + 0.01, found.high + 0.2).p_fail <= 0.05
    assert decide(found, found.low - 0.2, found.low - 0.01).p_fail <= 0.05


def test_a_limit_on_the_bound_passes(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(sample_of(graded))
    assert decide(found, found.low, found.high).passed
    assert decide(found, 0.0, 1.0).passed


def test_nothing_known_neither_passes_nor_fails(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(replace(sample_of(graded), n=0))
    assert decide(found, 0.0, 1.0) == Decision(passed=False, p_fail=1.0)

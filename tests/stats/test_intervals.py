"""Intervals: known vectors, scipy, agreement with their p-values, and degenerate data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.core.arrays import Float64
from evalkit.stats import Interval, Sample, interval
from evalkit.stats.samples import acceleration, effective_n, widened_draws
from evalkit.stats.sides import BootstrapSide, UnseenSide, WilsonSide

SampleOf = Callable[..., Sample]


def zero_one(ones: int, n: int) -> Float64:
    return np.concatenate([np.ones(ones), np.zeros(n - ones)])


# --- 0/1 data -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ones", "low", "high"), [(95, 0.888, 0.978), (100, 0.963, 1.0)])
def test_wilson_of_the_textbooks(ones: int, low: float, high: float) -> None:
    upper = WilsonSide(ones / 100, 100, correction=0.0)
    lower = WilsonSide(1 - ones / 100, 100, floor=-1.0, correction=0.0)
    assert (-lower.limit(0.025), upper.limit(0.025)) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize("ones", [0, 3, 50, 95, 100])
@pytest.mark.parametrize("level", [0.90, 0.95])
def test_wilson_with_correction_against_scipy(sample_of: SampleOf, ones: int, level: float) -> None:
    found = interval(sample_of(zero_one(ones, 100), binary=True), level)
    oracle = stats.binomtest(ones, 100).proportion_ci(level, "wilsoncc")
    assert found.method == "wilson"
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


def test_alike_units_count_less(sample_of: SampleOf) -> None:
    intents = zero_one(80, 100).repeat(4)
    alike = sample_of(intents, np.arange(400) // 4, binary=True)
    assert effective_n(alike) == pytest.approx(100, rel=0.1)
    apart = interval(sample_of(intents, binary=True))
    assert interval(alike).high - interval(alike).low > 1.9 * (apart.high - apart.low)


def test_clusters_count_where_all_units_are_alike(sample_of: SampleOf) -> None:
    labels = np.arange(400) // 4
    assert effective_n(sample_of(np.ones(400), labels, binary=True)) == 100
    assert effective_n(sample_of(zero_one(398, 400), labels, binary=True)) <= 100


def test_effective_n_is_never_more_than_n(sample_of: SampleOf) -> None:
    opposites = np.tile([0.0, 1.0], 50)
    assert effective_n(sample_of(opposites, np.arange(100) // 2, binary=True)) == 50
    mixed = np.concatenate([opposites, zero_one(3, 4)])
    assert effective_n(sample_of(mixed, np.arange(104) // 2, binary=True)) == 104


# --- continuous data ------------------------------------------------------------------------------


def test_percentile_against_scipy(sample_of: SampleOf, graded: Float64) -> None:
    sample = sample_of(graded, left_out=False, draws=20_000)
    found = interval(sample)
    oracle = stats.bootstrap(
        (graded,), np.mean, n_resamples=20_000, confidence_level=0.9, rng=1, method="percentile"
    ).confidence_interval
    assert found.method == "percentile"
    factor = math.sqrt(100 / 99) * stats.t.ppf(0.95, 99) / stats.norm.ppf(0.95)
    widened = [found.value + factor * (end - found.value) for end in oracle]
    assert (found.low, found.high) == pytest.approx(widened, abs=0.002)


@pytest.mark.parametrize("turned", [False, True])
def test_bca_against_scipy(sample_of: SampleOf, graded: Float64, turned: bool) -> None:
    scores = 1.0 - graded if turned else graded
    sample = sample_of(scores, draws=20_000)
    oracle = stats.bootstrap(
        (scores,), np.mean, n_resamples=20_000, confidence_level=0.9, rng=1, method="BCa"
    ).confidence_interval
    draws, a = np.sort(sample.draws), acceleration(sample)
    upper = BootstrapSide(sample.value, draws, 0.0, a)
    lower = BootstrapSide(-sample.value, -draws[::-1], 0.0, -a)
    assert (-lower.limit(0.05), upper.limit(0.05)) == pytest.approx(tuple(oracle), abs=0.003)


def test_the_more_cautious_limit_counts(sample_of: SampleOf, graded: Float64) -> None:
    sample = sample_of(graded)
    found, percentile = interval(sample), interval(replace(sample, left_out=None))
    assert (found.method, percentile.method) == ("bca", "percentile")
    assert found.low < percentile.low
    assert found.high >= percentile.high


def test_outliers_widen_the_draws(sample_of: SampleOf) -> None:
    rare = np.where(np.arange(100) < 12, np.linspace(0.1, 1, 100), 0.0)
    sample = sample_of(rare)
    assert np.ptp(widened_draws(sample)) > 1.02 * np.ptp(
        widened_draws(replace(sample, left_out=None))
    )


def test_draws_far_from_the_value_fall_back(sample_of: SampleOf, graded: Float64) -> None:
    sample = sample_of(graded)
    assert interval(replace(sample, draws=sample.draws - 0.1)).method == "percentile"


def test_values_without_a_cluster_that_tell_nothing_fall_back(
    sample_of: SampleOf, graded: Float64
) -> None:
    assert interval(replace(sample_of(graded), left_out=np.empty(0))).method == "percentile"


def test_clusters_widen_the_interval(sample_of: SampleOf, graded: Float64) -> None:
    alone = interval(sample_of(graded.repeat(3)))
    together = interval(sample_of(graded.repeat(3), np.arange(300) // 3))
    assert together.se == pytest.approx(math.sqrt(3) * alone.se, rel=0.1)


# --- degenerate data ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_equal_scores_leave_unseen_cases(sample_of: SampleOf, value: float) -> None:
    found = interval(sample_of(np.full(100, value)))
    share = 1 - 0.05 ** (1 / 100)
    assert found.method == "unseen"
    assert found.low == pytest.approx(value - value * share)
    assert found.high == pytest.approx(value + (1 - value) * share)
    assert found.se > 0


def test_no_difference_leaves_unseen_cases(sample_of: SampleOf) -> None:
    found = interval(sample_of(np.zeros(400), low_end=-1.0))
    assert (found.low, found.high) == pytest.approx((-0.00746, 0.00746), abs=1e-5)
    assert found.p_above(-0.00746) == pytest.approx(0.05, abs=1e-4)


def test_one_odd_score_does_not_narrow_the_interval(sample_of: SampleOf) -> None:
    scores = np.ones(100)
    perfect = interval(sample_of(scores))
    scores[0] = 0.9
    odd = interval(sample_of(scores))
    assert odd.method == "unseen"
    assert odd.low < perfect.low


def test_clusters_of_other_groups_do_not_hide_equal_scores(sample_of: SampleOf) -> None:
    scores = np.where(np.arange(100) < 7, np.linspace(0.8, 0.9, 100), 1.0)
    sample = sample_of(scores)
    others = np.full(300, sample.value)
    assert interval(sample).method == "unseen"
    padded = replace(sample, left_out=np.concatenate([sample.left_out, others]))
    assert interval(padded).low == interval(sample).low


def test_one_cluster_tells_little(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(sample_of(graded, np.zeros(100)))
    assert found.method == "unseen"
    assert found.high - found.low == pytest.approx(0.95)


def bad_samples(sample: Sample) -> dict[str, Sample]:
    holes = np.where(np.arange(sample.draws.size) % 10 == 0, np.nan, sample.draws)
    return {
        "no unit": replace(sample, n=0),
        "no value": replace(sample, value=math.nan),
        "no draw": replace(sample, draws=np.empty(0)),
        "few draws": replace(sample, draws=sample.draws[:18]),
        "many NaN": replace(sample, draws=holes),
    }


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("what", ["no unit", "no value", "no draw", "few draws", "many NaN"])
def test_nothing_can_be_said(sample_of: SampleOf, graded: Float64, what: str, binary: bool) -> None:
    found = interval(replace(bad_samples(sample_of(graded))[what], binary=binary))
    assert found.method == "none"
    assert all(math.isnan(number) for number in (found.low, found.high, found.se))
    assert (found.p_below(0.5), found.p_above(0.5)) == (1.0, 1.0)


def test_a_few_nan_draws_are_dropped(sample_of: SampleOf, graded: Float64) -> None:
    sample = sample_of(graded)
    holes = np.where(np.arange(2000) % 50 == 0, np.nan, sample.draws)
    assert interval(replace(sample, draws=holes)).low == pytest.approx(
        interval(sample).low, abs=0.01
    )


def test_an_endless_range_is_no_error(sample_of: SampleOf) -> None:
    found = interval(sample_of(np.ones(50), low_end=-math.inf, high_end=math.inf))
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.p_below(2.0) == 1.0


# --- properties -----------------------------------------------------------------------------------

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.63, 0.9, 1.0]), min_size=2, max_size=40)


def found_for(sample_of: SampleOf, scores: list[float], binary: bool, left_out: bool) -> Interval:
    values = np.round(scores) if binary else np.array(scores)
    return interval(sample_of(values, binary=binary, left_out=left_out, draws=400))


KINDS = pytest.mark.parametrize(("binary", "left_out"), [(0, 0), (0, 1), (1, 0)])


@KINDS
@settings(max_examples=40, deadline=None)
@given(scores=SCORES)
def test_an_interval_holds_its_value(
    sample_of: SampleOf, binary: bool, left_out: bool, scores: list[float]
) -> None:
    found = found_for(sample_of, scores, binary, left_out)
    assert 0.0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1.0
    assert found.high > found.low
    assert found.se > 0.0


@KINDS
@example(scores=[0.0, 0.0], bounds=[0.0, 5e-324])
@settings(max_examples=40, deadline=None)
@given(scores=SCORES, bounds=st.lists(st.floats(-0.2, 1.2), min_size=2, max_size=9))
def test_p_values_are_monotone(
    sample_of: SampleOf, binary: bool, left_out: bool, scores: list[float], bounds: list[float]
) -> None:
    found = found_for(sample_of, scores, binary, left_out)
    below = [found.p_below(b) for b in sorted(bounds)]
    above = [found.p_above(b) for b in sorted(bounds)]
    assert below == sorted(below, reverse=True)
    assert above == sorted(above)
    assert all(0.0 <= p <= 1.0 for p in below + above)


@KINDS
@settings(max_examples=40, deadline=None)
@given(scores=SCORES)
def test_p_values_invert_the_interval(
    sample_of: SampleOf, binary: bool, left_out: bool, scores: list[float]
) -> None:
    found = found_for(sample_of, scores, binary, left_out)
    assert found.p_below(found.high + 1e-6) <= 0.05
    assert found.p_above(found.low - 1e-6) <= 0.05
    assert found.p_below(found.high - 1e-6) > 0.05
    assert found.p_above(found.low + 1e-6) > 0.05


@KINDS
@settings(max_examples=40, deadline=None)
@given(scores=SCORES)
def test_turned_scores_have_the_turned_interval(
    sample_of: SampleOf, binary: bool, left_out: bool, scores: list[float]
) -> None:
    values = np.round(scores) if binary else np.array(scores)
    sample = sample_of(values, binary=binary, left_out=left_out, draws=400)
    jackknife = None if sample.left_out is None else 1 - sample.left_out
    turned = replace(sample, value=1 - sample.value, draws=1 - sample.draws, left_out=jackknife)
    one, other = interval(sample), interval(turned)
    assert (1 - other.high, 1 - other.low) == pytest.approx((one.low, one.high), abs=1e-9)
    assert other.p_above(1 - 0.7 + 1e-7) == pytest.approx(one.p_below(0.7 - 1e-7), abs=1e-6)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_a_higher_level_is_wider(sample_of: SampleOf, graded: Float64, level: float) -> None:
    sample = sample_of(graded)
    found, wider = interval(sample, level), interval(sample, level + 0.009)
    assert wider.low <= found.low < found.high <= wider.high
    assert found.p_below(found.high) == pytest.approx((1 - level) / 2, abs=0.002)
    assert found.p_above(found.low) == pytest.approx((1 - level) / 2, abs=0.002)


def test_bootstrap_p_values_are_never_zero(sample_of: SampleOf, graded: Float64) -> None:
    found = interval(sample_of(graded))
    assert found.p_below(1.0) == found.p_above(0.0) == 1 / 2001


@given(st.floats(0, 0.99), st.integers(1, 500), st.floats(0.001, 0.5))
def test_unseen_cases_invert_exactly(value: float, m: int, alpha: float) -> None:
    side = UnseenSide(value, 1.0, m)
    assert side.p(side.limit(alpha)) == pytest.approx(alpha, rel=1e-3)

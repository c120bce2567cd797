"""Bias in pools made even, and the skew of one group: by enumeration of who is kept."""

import itertools

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import UsageError
from tests.metrics.balance_by_hand import listed
from tests.metrics.evidence_by_hand import per_unit


def by_hand(whole: str, k: int, absolute: bool) -> float:
    """The mean of the bias to men over every way to keep as many of the larger group."""
    small, large = sorted("MF", key=whole.count)
    places = [n for n, one in enumerate(whole) if one == large]
    found = []
    for kept in itertools.combinations(places, whole.count(small)):
        rest = [one for n, one in enumerate(whole) if one == small or n in kept]
        lead = (rest[:k].count("M") - rest[:k].count("F")) / k
        found.append(abs(lead) if absolute else lead)
    return float(np.mean(found))


@pytest.mark.parametrize(
    "whole", ["MMMFMMFMMF", "FFMFFFMFMFFF", "M?MMF?MMFM?F", "MFMFMF", "MMMMMMFFF"]
)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_every_way_to_make_a_pool_even_counts_alike(whole: str, k: int) -> None:
    evidence = listed(whole)
    for word in ("bias", "abs_bias"):
        found = per_unit(f"{word}@{k}[subsample]", evidence)
        assert found == pytest.approx([by_hand(whole, k, word == "abs_bias")])


def test_a_pool_with_more_men_in_any_order_shows_no_bias_once_it_is_even() -> None:
    rng = np.random.default_rng(3)
    lists = ["".join(rng.permutation(list("M" * 24 + "F" * 6))) for _ in range(200)]
    plain, even = (registry.metric(name) for name in ("bias@4", "bias@4[subsample]"))
    evidence = listed(*lists)
    weights = np.ones((1, 200))
    assert plain.summary(plain.per_unit(evidence), weights)[0] == pytest.approx(0.6, abs=0.06)
    assert even.summary(even.per_unit(evidence), weights)[0] == pytest.approx(0.0, abs=0.08)
    some = listed(*lists[:20])
    by_chance = even.expected(some, np.random.default_rng(1))
    assert by_chance.mean() == pytest.approx(0.0, abs=0.06)


def test_what_cannot_be_told_of_an_even_pool_is_not_said() -> None:
    assert np.isnan(per_unit("bias@2[subsample]", listed("MMMM", rest="MMFF"))).all()  # too short
    assert np.isnan(per_unit("bias@4[subsample]", listed("MMMF"))).all()  # two are left
    assert np.isnan(per_unit("bias@2[subsample]", listed("MMMM"))).all()
    assert np.isnan(per_unit("bias@4[subsample]", listed("MMMMMMFFF"))).all()  # 4 of 6 are left
    assert np.isfinite(per_unit("bias@3[subsample]", listed("MMMMMMFFF"))).all()
    metric = registry.metric("bias@2[subsample]")
    assert (metric.depth, metric.reach) == (2, 20)
    assert "two groups" in metric.unfit(("a", "b", "c"))
    assert metric.unfit(("a", "b")) == registry.metric("bias@2").unfit(("a", "b", "c")) == ""


@pytest.mark.parametrize("name", ["bias@2[evenly]", "tvd@2[female]", "bias@2[]"])
def test_other_brackets_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"balance|brackets|no metric name"):
        registry.metric(name)


def test_the_skew_of_a_group_is_the_log_of_its_share_over_its_target() -> None:
    evidence = listed("MMMMMMMFFF", "MFMFMFMFMF")
    for group, share in (("male", 0.7), ("female", 0.3)):
        found = per_unit(f"skew@10[{group}]", evidence, shrink=0.001)
        assert found == pytest.approx([np.log(share / 0.5), 0.0], abs=1e-4)
    assert per_unit("skew@10", evidence) == per_unit("skew@10[male]", evidence)
    least, most = (per_unit(f"{word}@10", evidence) for word in ("min_skew", "max_skew"))
    assert least == per_unit("skew@10[female]", evidence)
    assert most == per_unit("skew@10[male]", evidence)


def test_by_chance_the_skew_of_a_group_lies_below_zero() -> None:
    evidence = listed("MFMF", rest="MFMF" * 3)
    metric = registry.metric("skew@4[female]")
    (mean,) = metric.expected(evidence, np.random.default_rng(1))
    draws = metric.null(evidence, np.random.default_rng(2))
    assert mean < -0.05
    assert draws.mean() == pytest.approx(mean, abs=4 * draws.std() / len(draws) ** 0.5)
    with pytest.raises(UsageError, match="no group 'nobody'"):
        per_unit("skew@4[nobody]", evidence)

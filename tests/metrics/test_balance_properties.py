"""What holds of every metric of balance whatever the lists are."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.balanced import Balanced
from tests.metrics.balance_by_hand import listed
from tests.metrics.evidence_by_hand import overall, per_unit

SYMMETRIC = (
    "tvd", "abs_bias", "max_skew", "min_skew", "ndkl", "awrf", "exposure_ratio", "ee_l",
    "infeasible_index", "infeasible_count", "label_coverage", "equal_opportunity_gap",
    "equal_opportunity_ratio", "retrievability_ratio", "gini",
)  # fmt: skip
"""Metrics that no group is special to."""
SIGNED = ("bias", "equal_opportunity_lead")
K = 6
letters = st.text("MF?", min_size=K, max_size=K).filter(lambda s: "M" in s or "F" in s)
rest = st.text("MF?", max_size=5).map(lambda s: s + "MF")
few = settings(max_examples=25, deadline=None)


def value(name: str, evidence: Balanced, **params: Any) -> float:
    """The number of a metric for one list."""
    return overall(f"{name}@{K}", evidence, **params)


def swapped(evidence: Balanced) -> Balanced:
    """The same lists with the groups in the other order."""
    return dataclasses.replace(
        evidence,
        groups=evidence.groups[::-1],
        member=evidence.member[:, ::-1],
        target=evidence.target[:, ::-1],
        shares=evidence.shares[:, ::-1],
    )


def relevant(evidence: Balanced) -> Balanced:
    """The same lists with everything in the pool relevant."""
    return dataclasses.replace(evidence, relevant=evidence.pool)


@pytest.mark.parametrize("name", SYMMETRIC)
@given(one=letters, more=rest, first=st.floats(0.05, 0.95))
@few
def test_the_order_and_the_names_of_groups_do_not_matter(
    name: str, one: str, more: str, first: float
) -> None:
    evidence = relevant(listed(one, rest=more, target=(first, 1 - first)))
    found = value(name, evidence)
    assert value(name, swapped(evidence)) == pytest.approx(found, abs=1e-9, nan_ok=True)
    renamed = dataclasses.replace(evidence, groups=("zebra", "ant"))
    assert value(name, renamed) == pytest.approx(found, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", SIGNED)
@given(one=letters, more=rest)
@few
def test_swapping_two_groups_flips_the_sign(name: str, one: str, more: str) -> None:
    evidence = relevant(listed(one, rest=more))
    found = value(name, evidence)
    assert value(name, swapped(evidence)) == pytest.approx(-found, abs=1e-9)
    renamed = dataclasses.replace(evidence, groups=("zebra", "ant"))
    assert value(name, renamed) == found


@given(one=letters, more=rest)
@few
def test_bounds_of_the_bias_hold_it_and_change_places_with_the_groups(one: str, more: str) -> None:
    evidence = listed(one, rest=more)
    low, high, bias = (value(name, evidence) for name in ("bias_low", "bias_high", "bias"))
    assert -1 <= low <= high <= 1
    assert low - 1e-9 <= bias <= high + 1e-9
    assert value("bias_low", swapped(evidence)) == pytest.approx(-high)


@pytest.mark.parametrize("name", ["bias", "abs_bias", "tvd", "min_skew", "max_skew"])
@given(one=letters, more=rest, extra=st.integers(1, 9), places=st.lists(st.integers(0, K)))
@few
def test_unlabelled_items_never_change_what_counts_say(
    name: str, one: str, more: str, extra: int, places: list[int]
) -> None:
    found = per_unit(f"{name}@{K}", listed(one, rest=more))
    assert per_unit(f"{name}@{K}", listed(one, rest=more + "?" * extra)) == found
    for place in sorted(places, reverse=True):
        one = f"{one[:place]}?{one[place:]}"
    assert per_unit(f"{name}@{len(one)}", listed(one, rest=more)) == pytest.approx(found)


@pytest.mark.parametrize("name", ["bias", "abs_bias", "tvd", "min_skew", "max_skew", "ndkl"])
@given(one=letters, more=rest, extra=st.integers(1, 9))
@few
def test_unlabelled_items_of_the_pool_do_not_change_what_chance_gives(
    name: str, one: str, more: str, extra: int
) -> None:
    metric = registry.metric(f"{name}@{K}")
    both = (listed(one, rest=more), listed(one, rest=more + "?" * extra))
    first, other = (metric.expected(e, np.random.default_rng(0))[0] for e in both)
    assert other == pytest.approx(first, abs=1e-9 if name != "ndkl" else 0.06)


@pytest.mark.parametrize("name", [*SYMMETRIC, *SIGNED])
@given(
    scores=st.lists(st.integers(-1000, 1000), min_size=12, max_size=12, unique=True),
    labels=st.text("MF?", min_size=12, max_size=12),
    scale=st.floats(0.1, 9),
)
@settings(max_examples=12, deadline=None)
def test_scores_on_another_scale_change_nothing(
    name: str, scores: list[int], labels: str, scale: float
) -> None:
    some = np.array(scores, float)
    found = []
    for told in (some, scale * some - 3, np.exp(some / 500), np.arctan(some)):
        order = np.argsort(-told, kind="stable")
        found.append(value(name, relevant(listed("".join(labels[n] for n in order)))))
    assert found == pytest.approx([found[0]] * 4, nan_ok=True)


@given(one=letters, more=rest, first=st.floats(0.05, 0.95))
@few
def test_numbers_keep_their_ranges_and_their_floors(one: str, more: str, first: float) -> None:
    evidence = relevant(listed(one, rest=more, target=(first, 1 - first)))
    for name in (*SYMMETRIC, *SIGNED):
        metric = registry.metric(f"{name}@{K}")
        found = value(name, evidence)
        assert np.isnan(found) or metric.range[0] <= found <= metric.range[1]
        if hasattr(metric, "attainable") and np.isfinite(found):
            best = metric.attainable(evidence)[0]
            assert best >= found - 1e-9 if metric.better == "high" else best <= found + 1e-9


@given(one=letters, more=rest, first=st.floats(0.05, 0.95))
@few
def test_two_groups_are_as_far_from_the_target_as_each_of_them(
    one: str, more: str, first: float
) -> None:
    evidence = listed(one, rest=more, target=(first, 1 - first))
    share = (value("bias", evidence) + 1) / 2
    assert value("tvd", evidence) == pytest.approx(abs(share - first))

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


EVENED = ("bias@{}[subsample]", "abs_bias@{}[subsample]")


@pytest.mark.parametrize("name", ["bias@{}", *EVENED])
@given(ahead=st.integers(2, 6), more=st.integers(0, 6), k=st.integers(2, 6))
@few
def test_a_model_that_leans_is_seen_to_lean(name: str, ahead: int, more: int, k: int) -> None:
    metric = registry.metric(name.format(k))
    evidence = listed("M" * ahead + "F" * (ahead + more))
    (found,) = metric.per_unit(evidence).columns["value"]
    (by_chance,) = metric.expected(evidence, np.random.default_rng(0))
    if k <= ahead:
        assert found == pytest.approx(1.0)
        assert by_chance < 0.9
    else:
        assert np.isnan(found) == ("subsample" in name)


@given(order=st.permutations("MMMFFFFFFF"), at=st.integers(0, 8))
@few
def test_who_moves_up_is_never_shown_less_of_an_evened_pool(order: list[str], at: int) -> None:
    before = "".join(order)
    after = before[:at] + before[at : at + 2].replace("FM", "MF") + before[at + 2 :]
    lower, higher = (per_unit("bias@3[subsample]", listed(one)) for one in (before, after))
    assert higher[0] >= lower[0] - 1e-9


@given(one=letters, more=rest, first=st.floats(0.05, 0.95))
@few
def test_the_skew_of_a_group_goes_with_its_name(one: str, more: str, first: float) -> None:
    evidence = listed(one, rest=more, target=(first, 1 - first))
    turned = swapped(evidence)
    renamed = dataclasses.replace(turned, groups=("zebra", "male"))
    for group, after in (("male", "male"), ("female", "zebra")):
        found = per_unit(f"skew@{K}[{group}]", evidence)
        assert per_unit(f"skew@{K}[{group}]", turned) == pytest.approx(found)
        assert per_unit(f"skew@{K}[{after}]", renamed) == pytest.approx(found)


@given(one=letters, more=rest, right=st.lists(st.booleans(), min_size=K + 7, max_size=K + 7))
@few
def test_pairwise_accuracy_knows_no_first_group(one: str, more: str, right: list[bool]) -> None:
    evidence = listed(one, rest=more)
    wanted = evidence.pool & np.array(right)[: evidence.pool.shape[1]]
    evidence = dataclasses.replace(evidence, relevant=wanted)
    found = value("pairwise_accuracy_gap", evidence)
    assert value("pairwise_accuracy_gap", swapped(evidence)) == pytest.approx(found, nan_ok=True)
    assert np.isnan(found) or 0 <= found <= 1


@given(
    lists=st.lists(letters, min_size=4, max_size=4),
    known=st.lists(st.integers(1, 9), min_size=4, max_size=4, unique=True),
    by=st.permutations(range(4)),
)
@few
def test_amplification_knows_no_first_group_and_no_order(
    lists: list[str], known: list[int], by: list[int]
) -> None:
    first = np.array(known) / 10
    evidence = listed(*lists, rest="MF", shares=np.stack([first, 1 - first], axis=1))
    found = value("amplification", evidence)
    men = np.array([one.count("M") / (one.count("M") + one.count("F")) for one in lists])
    assert found == pytest.approx(np.polyfit(first, men, 1)[0])
    assert value("amplification", swapped(evidence)) == pytest.approx(found)
    mixed = listed(*(lists[n] for n in by), rest="MF", shares=evidence.shares[list(by)])
    assert value("amplification", mixed) == pytest.approx(found)


@given(one=st.text("MF?", min_size=4, max_size=14), places=st.lists(st.integers(2, 4), max_size=4))
@few
def test_an_evened_pool_knows_no_first_group_and_no_unlabelled_items(
    one: str, places: list[int]
) -> None:
    plain, size = (per_unit(name.format(2), listed(one)) for name in EVENED)
    turned = (per_unit(name.format(2), swapped(listed(one))) for name in EVENED)
    assert next(turned) == pytest.approx([-plain[0]], nan_ok=True)
    assert next(turned) == pytest.approx(size, nan_ok=True)
    assert np.isnan(plain[0]) or abs(plain[0]) <= size[0] + 1e-9 <= 1 + 2e-9
    for place in places:
        one = f"{one[:place]}?{one[place:]}"
    assert per_unit("bias@2[subsample]", listed(one)) == pytest.approx(plain, nan_ok=True)

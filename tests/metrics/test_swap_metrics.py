"""Metrics of swapped words, by hand: who behaves like the stereotype, and what chance gives."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.items import Item
from evalkit.core.swapped import Swapped, Worded
from tests.contracts.factories_swaps import swapped, worded

SIGNED = ["rab@4", "arab@4", "ndrab@4", "similarity_bias"]


def lists(neutral: str, prototypical: str, counter: str) -> Swapped:
    """One triple, its lists written as letters, `.` for an empty place."""
    rows = [[ord(c) - 97 if c != "." else -1 for c in some]
            for some in (neutral, prototypical, counter)]  # fmt: skip
    labels = (np.array(["t"], object),)
    near = np.array([[0.5, 0.2]])
    unit = (Item("t", ""),)
    return Swapped(("t",), np.array([rows]), near, {}, frozenset(), labels, unit)


def values(metric: str, evidence: Any) -> Float64:
    found: Float64 = registry.metric(metric, None).per_unit(evidence).columns["value"]
    return found


def test_list_bias_by_hand() -> None:
    found = lists("abcd", "abxy", "dxyz")
    assert values("rab@4", found)[0] == pytest.approx(2 / 4 - 1 / 4)
    stereotype = (1 / 1 + 2 / 2 + 2 / 3 + 2 / 4) / 4
    other = (0 + 0 + 0 + 1 / 4) / 4
    assert values("arab@4", found)[0] == pytest.approx(stereotype - other)
    discount = 1 / np.log2(np.arange(2, 6))
    gained = discount[0] + discount[1] - discount[3]
    assert values("ndrab@4", found)[0] == pytest.approx(gained / discount.sum())


def test_the_cut_off_cuts_all_three_lists() -> None:
    found = lists("abcd", "xbad", "yzad")
    assert values("rab@2", found)[0] == pytest.approx(1 / 2)
    assert values("rab@4", found)[0] == pytest.approx(3 / 4 - 2 / 4)


@pytest.mark.parametrize("name", ["rab@4", "arab@4", "ndrab@4"])
def test_list_bias_reaches_both_ends(name: str) -> None:
    assert values(name, lists("abcd", "abcd", "wxyz"))[0] == pytest.approx(1)
    assert values(name, lists("abcd", "wxyz", "abcd"))[0] == pytest.approx(-1)
    assert values(name, lists("abcd", "dcba", "bacd"))[0] == pytest.approx(0)


@pytest.mark.parametrize("name", ["rab@4", "arab@4", "ndrab@4"])
def test_a_short_list_is_measured_by_its_own_length(name: str) -> None:
    assert values(name, lists("ab..", "ba..", "xy.."))[0] == pytest.approx(1)


@pytest.mark.parametrize("name", ["rab@4", "arab@4", "ndrab@4"])
@pytest.mark.parametrize("empty", range(3))
def test_an_empty_list_is_no_balance(name: str, empty: int) -> None:
    words = ["abcd", "abcd", "abcd"]
    words[empty] = "...."
    assert np.isnan(values(name, lists(*words))[0])


@pytest.mark.parametrize("name", SIGNED)
def test_exchanging_the_variants_turns_the_sign(name: str) -> None:
    found = swapped()
    other = replace(found, rows=found.rows[:, [0, 2, 1]], similarity=found.similarity[:, ::-1])
    np.testing.assert_allclose(values(name, other), -values(name, found), atol=1e-12)


@pytest.mark.parametrize("name", ["rab@4", "ndrab@4", "swap_rbo@4", "swap_jaccard@4", "swap_top1"])
def test_only_which_items_are_the_same_counts(name: str) -> None:
    found = swapped()
    renamed = np.append(np.random.default_rng(3).permutation(30), -1)
    other = replace(found, rows=renamed[found.rows])
    np.testing.assert_array_equal(values(name, other), values(name, found))


def test_similarity_bias_is_a_difference() -> None:
    assert values("similarity_bias", lists("a", "a", "a"))[0] == pytest.approx(0.3)


def test_agreement_of_swapped_queries_by_hand() -> None:
    same, turned, apart = (lists("zzzzz", *w) for w in (
        ("abcde", "abcde"), ("abcde", "bacde"), ("abcde", "vwxyz")))  # fmt: skip
    for name in ("swap_rbo@5", "swap_jaccard@5", "swap_top1"):
        assert values(name, same)[0] == pytest.approx(1)
        assert values(name, apart)[0] == pytest.approx(0)
    assert values("swap_rbo@5", turned)[0] == pytest.approx(0.9, abs=5e-5)
    assert values("swap_rbo@5", lists("zzzzz", "abcde", "edcba"))[0] == pytest.approx(
        0.7378, abs=5e-5
    )
    assert values("swap_jaccard@5", turned)[0] == 1
    assert values("swap_top1", turned)[0] == 0


def lists_of(one: str, other: str) -> Swapped:
    return lists("a" * len(one), one, other)


@pytest.mark.parametrize("name", ["swap_rbo@3", "swap_jaccard@3", "swap_top1"])
def test_agreement_takes_no_sides_and_an_unanswered_query_agrees_with_nothing(name: str) -> None:
    assert values(name, lists_of("abc", "bcx")) == values(name, lists_of("bcx", "abc"))
    assert values(name, lists_of("...", "abc"))[0] == 0
    assert np.isnan(values(name, lists_of("...", "..."))[0])


def wordings(*rows: tuple[float, float, float]) -> Worded:
    ids = tuple(f"w{n}" for n in range(len(rows)))
    labels, units = (np.array(ids, object),), tuple(Item(name, "") for name in ids)
    return Worded(ids, np.array(rows), {}, {}, labels, units)


def test_the_male_wording_is_preferred_above_zero_and_a_tie_is_even() -> None:
    found = wordings((0.2, 0.5, 0.9), (0.4, 0.4, np.nan), (0.7, 0.6, 0.1), (0.1, 0.3, 0.0))
    np.testing.assert_allclose(values("wording_preference", found), [0.3, 0, -0.1, 0.2])
    np.testing.assert_array_equal(values("wording_balance", found), [1, 0, -1, 1])


def test_similarities_that_are_equal_in_a_ranking_are_tied() -> None:
    assert values("wording_balance", wordings((0.3, 0.3 + 1e-9, 0.0)))[0] == 0


def test_a_wording_without_a_vector_is_not_scored() -> None:
    found = wordings((np.nan, 0.5, 0.5), (0.2, np.nan, 0.5))
    assert np.isnan(values("wording_balance", found)).all()
    assert np.isnan(values("wording_preference", found)).all()


def test_by_chance_the_sign_of_each_cluster_is_even() -> None:
    metric: Any = registry.metric("wording_preference", None)
    found = worded()
    value = values("wording_preference", found)
    draws = metric.null(found, np.random.default_rng(1))
    sums = np.bincount(np.unique(found.clusters[0].astype(str), return_inverse=True)[1], value)
    assert draws.mean() == pytest.approx(0, abs=4 * draws.std() / np.sqrt(len(draws)))
    assert draws.std() == pytest.approx(np.sqrt((sums**2).sum()) / len(value), rel=0.2)


def test_chance_does_not_depend_on_the_order_of_units() -> None:
    metric: Any = registry.metric("rab@5", None)
    found, order = swapped(), np.random.default_rng(2).permutation(40)
    other = replace(
        found, ids=tuple(found.ids[n] for n in order), rows=found.rows[order],
        similarity=found.similarity[order], clusters=(found.clusters[0][order],),
    )  # fmt: skip
    first, second = (metric.null(some, np.random.default_rng(4)) for some in (found, other))
    np.testing.assert_allclose(first, second, atol=1e-12)

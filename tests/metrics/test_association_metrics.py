"""Association effects against a second reckoning by hand, their bounds, chance, and bad tests."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Bool, Float64
from evalkit.core.associated import Associated
from evalkit.core.items import Item
from tests.contracts.factories_swaps import associated


def grid(cosines: Float64, x: int, a: int, share: Float64 | None = None) -> Associated:
    """One test from cosines (targets, attributes), the first of each in X and in A."""
    return several([cosines], x, a, share)


def several(
    all_cosines: list[Float64], x: int, a: int, share: Float64 | None = None, apart: bool = True
) -> Associated:
    """Tests of one shape, on concepts of their own or on the same ones."""
    parts: list[tuple[int, int, int, float]] = [
        (t, i, j, float(value))
        for t, cosines in enumerate(all_cosines)
        for (i, j), value in np.ndenumerate(cosines)
    ]
    test, row, column = (np.array([p[n] for p in parts], np.int64) for n in range(3))
    value = np.array([p[3] for p in parts])
    rows, columns = all_cosines[0].shape
    target, attribute = row + rows * test, column + columns * test
    ids = tuple(f"{t} | {i} | {j}" for t, i, j, _ in parts)
    said = [row, column] if not apart else [target, attribute]
    clusters = tuple(np.array([f"c{n:03}" for n in some], object) for some in said)
    shares = np.full(rows, np.nan) if share is None else share
    return Associated(
        ids, tuple(f"test {t}" for t in range(len(all_cosines))), test,
        tuple(f"t{n:03}" for n in range(rows * len(all_cosines))), target,
        tuple(f"a{n:03}" for n in range(columns * len(all_cosines))), attribute,
        in_x=row < x, in_a=column < a, paired=np.ones(len(ids), bool), similarity=value,
        centred=value, share=shares[row], clusters=clusters,
        units=tuple(Item(name, "") for name in ids),
    )  # fmt: skip


def by_hand(cosines: Float64, x: int, a: int) -> float:
    """The effect size, straight from its definition."""
    s = cosines[:, :a].mean(axis=1) - cosines[:, a:].mean(axis=1)
    return float((s[:x].mean() - s[x:].mean()) / s.std(ddof=1))


def summary(name: str, evidence: Associated, weights: Float64 | None = None) -> float:
    metric = registry.metric(name, None)
    ones = np.ones((1, len(evidence.ids))) if weights is None else weights
    return float(metric.summary(metric.per_unit(evidence), ones)[0])


def random(seed: int, rows: int = 12, columns: int = 10) -> Float64:
    return np.random.default_rng(seed).uniform(-0.5, 0.9, (rows, columns))


@pytest.mark.parametrize("seed", range(5))
def test_the_effect_is_that_of_its_definition(seed: int) -> None:
    cosines = random(seed)
    assert summary("association_effect", grid(cosines, 6, 4)) == pytest.approx(
        by_hand(cosines, 6, 4)
    )


def test_the_effect_of_several_tests_is_their_mean() -> None:
    cosines = [random(n) for n in range(3)]
    expected = np.mean([by_hand(one, 6, 5) for one in cosines])
    assert summary("association_effect", several(cosines, 6, 5)) == pytest.approx(expected)


@pytest.mark.parametrize("m", [2, 3, 6, 8])
def test_the_effect_is_at_most_what_its_denominator_allows(m: int) -> None:
    cosines = np.zeros((2 * m, 4))
    cosines[:m, :2] = 0.4
    most = 2 * np.sqrt((2 * m - 1) / (2 * m))
    assert summary("association_effect", grid(cosines, m, 2)) == pytest.approx(most)
    assert summary("association_effect", grid(-cosines, m, 2)) == pytest.approx(-most)
    if m == 6:
        assert most == pytest.approx(1.915, abs=5e-4)


def test_exchanging_either_pair_of_sets_turns_the_sign() -> None:
    found = associated()
    value = summary("association_effect", found)
    assert summary("association_effect", replace(found, in_x=~found.in_x)) == pytest.approx(-value)
    assert summary("association_effect", replace(found, in_a=~found.in_a)) == pytest.approx(-value)
    lean = summary("association_lean", found)
    assert summary("association_lean", replace(found, in_a=~found.in_a)) == pytest.approx(-lean)


def test_stretching_or_moving_all_cosines_changes_nothing() -> None:
    cosines = random(7)
    for name in ("association_effect", "association_lean"):
        first = summary(name, grid(cosines, 6, 5))
        assert summary(name, grid(0.3 * cosines + 0.1, 6, 5)) == pytest.approx(first)


def test_the_centred_variants_read_centred_cosines() -> None:
    other = np.random.default_rng(4).uniform(-0.5, 0.5, 40)
    found = replace(associated(), centred=other)
    plain = replace(found, similarity=other)
    for name in ("association_effect", "association_lean", "association_share"):
        assert summary(f"{name}_centred", found) == summary(name, plain)
        assert summary(f"{name}_centred", found) != summary(name, found)


@pytest.mark.parametrize("how", ["constant", "all targets lean alike"])
def test_a_test_in_which_nothing_differs_has_no_effect_and_is_counted_as_lost(how: str) -> None:
    flat = np.full((4, 4), 0.3)
    flat[:, :2] += 0.0 if how == "constant" else 0.1
    metric = registry.metric("association_effect", None)
    found = several([flat, random(1, 4, 4)], 2, 2)
    value = metric.per_unit(found).columns["value"]
    assert np.isnan(value[:16]).all()
    assert np.isfinite(value[16:]).all()
    assert metric.scorable(found).all()
    assert np.isnan(summary("association_effect", grid(flat, 2, 2)))


def test_a_target_without_a_vector_leaves_the_rest_of_its_test() -> None:
    cosines = random(3)
    holed = cosines.copy()
    holed[11] = np.nan
    assert summary("association_effect", grid(holed, 6, 5)) == pytest.approx(
        by_hand(cosines[:11], 6, 5)
    )


def test_a_test_without_a_second_set_has_leans_only() -> None:
    found = replace(grid(random(5), 12, 5), paired=np.zeros(120, bool))
    assert not registry.metric("association_effect", None).scorable(found).any()
    cosines = random(5)
    leans = (cosines[:, :5].mean(axis=1) - cosines[:, 5:].mean(axis=1)) / cosines.std(1, ddof=1)
    assert summary("association_lean", found) == pytest.approx(leans.mean())


def test_weights_are_copies_of_targets_and_attributes() -> None:
    cosines = random(8, 6, 4)
    rows, columns = np.array([2, 1, 1, 1, 2, 1]), np.array([1, 2, 2, 1])
    weights = np.outer(rows, columns).reshape(1, -1).astype(float)
    copied = np.repeat(np.repeat(cosines, rows, axis=0), columns, axis=1)
    s = copied[:, :3].mean(axis=1) - copied[:, 3:].mean(axis=1)  # 1 + 2 copies of A, 2 + 1 of B
    expected = (s[:4].mean() - s[4:].mean()) / (s.std() * np.sqrt(6 / 5))
    assert summary("association_effect", grid(cosines, 3, 2), weights) == pytest.approx(expected)


# --- shares -------------------------------------------------------------------------------------


def test_the_correlation_with_shares_is_pearsons() -> None:
    cosines, share = random(9), np.random.default_rng(9).uniform(0, 100, 12)
    leans = (cosines[:, :5].mean(axis=1) - cosines[:, 5:].mean(axis=1)) / cosines.std(1, ddof=1)
    found = grid(cosines, 6, 5, share)
    assert summary("association_share", found) == pytest.approx(np.corrcoef(leans, share)[0, 1])
    assert summary("association_share", replace(found, share=-found.share)) == pytest.approx(
        -np.corrcoef(leans, share)[0, 1]
    )


def test_targets_without_a_share_are_left_out_of_it() -> None:
    cosines, share = random(9), np.random.default_rng(9).uniform(0, 100, 12)
    share[8:] = np.nan
    kept = grid(cosines[:8], 6, 5, share[:8])
    assert summary("association_share", grid(cosines, 6, 5, share)) == pytest.approx(
        summary("association_share", kept)
    )


@pytest.mark.parametrize("share", [[1.0, 2.0, np.nan, np.nan], [5.0, 5.0, 5.0, 5.0]])
def test_two_targets_or_equal_shares_correlate_with_nothing(share: list[float]) -> None:
    found = grid(random(2, 4, 4), 2, 2, np.array(share))
    assert np.isnan(summary("association_share", found))


# --- chance -------------------------------------------------------------------------------------


def chance(name: str, evidence: Associated, seed: int = 1) -> Float64:
    metric: Any = registry.metric(name, None)
    found: Float64 = metric.null(evidence, np.random.default_rng(seed))
    return found


def test_chance_divides_the_targets_anew() -> None:
    cosines = random(11, 4, 6)
    every = [
        by_hand(cosines[[*first, *sorted({0, 1, 2, 3} - set(first))]], 2, 3)
        for first in combinations(range(4), 2)
    ]
    draws = chance("association_effect", grid(cosines, 2, 3))
    assert np.all(np.abs(draws[:, None] - np.array(every)).min(axis=1) < 1e-9)
    assert len(np.unique(np.round(draws, 9))) == 6


def test_tests_on_the_same_concepts_are_dealt_the_same() -> None:
    twice = [random(12), random(12)]
    same, own = (several(twice, 6, 5, apart=apart) for apart in (False, True))
    alone = chance("association_effect", grid(twice[0], 6, 5))
    together = chance("association_effect", same)
    assert together.std() == pytest.approx(alone.std(), rel=0.25)
    assert chance("association_effect", own).std() < 0.85 * together.std()


def test_shares_are_dealt_out_by_chance() -> None:
    found = grid(random(13), 6, 5, np.random.default_rng(1).uniform(0, 100, 12))
    draws = chance("association_share", found)
    assert abs(draws.mean()) < 4 * draws.std() / np.sqrt(len(draws))
    assert draws.std() == pytest.approx(1 / np.sqrt(11), rel=0.2)


def test_a_planted_association_lies_beyond_chance() -> None:
    cosines, in_x = 0.1 * random(14, 16, 16), np.arange(16) < 8
    planted: Bool = in_x[:, None] & (np.arange(16) < 8)
    found = grid(cosines + 0.2 * planted, 8, 8)
    assert summary("association_effect", found) > chance("association_effect", found).max()


def test_stimuli_that_changed_touch_their_units() -> None:
    found = associated()
    touched = found.touched("corpus", frozenset({"t00", "a07"}))
    np.testing.assert_array_equal(touched, (found.target == 0) | (found.attribute == 7))
    assert not found.touched("query", frozenset({"t00"})).any()

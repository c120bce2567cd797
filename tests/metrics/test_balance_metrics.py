"""Metrics of balance on lists written out by hand, against published and recomputed numbers."""

import dataclasses
import itertools
import math

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.errors import UsageError
from evalkit.metrics._balance import shown
from evalkit.metrics._balance_floors import heaviest_counts, lightest_counts, nearest_counts
from evalkit.metrics.infeasible import short
from evalkit.metrics.skew import skews
from tests.metrics.balance_by_hand import balanced, listed
from tests.metrics.evidence_by_hand import NAN, overall, per_unit

ALTERNATING, APART, MEN = "MFMFMFMFMF", "MMMMMFFFFF", "MMMMMMMMMM"


def attainable(name: str, evidence: Balanced) -> Float64:
    found: Float64 = registry.metric(name).attainable(evidence)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tvd@10", [0, 0, 0.5, 0.2]),
        ("tvd@5", [0.1, 0.5, 0.5, 0.5]),
        ("bias@10", [0, 0, 1, 0.4]),
        ("abs_bias@5", [0.2, 1, 1, 1]),
        ("max_skew@10", [0, 0, 0.6466, 0.3102]),
        ("min_skew@10", [0, 0, -2.3979, -0.4520]),
        ("ndkl@10", [0.1617, 0.4784, math.log(2), 0.5930]),
        ("awrf@10", [0.99971, 0.97630, 0.6887, 0.91569]),
        ("exposure_ratio@10", [0.802, 0.541, 1, 0.5808]),
        ("infeasible_index@10", [0, 0.7, 0.9, 0.9]),
        ("infeasible_count@10", [0, 0.35, 0.45, 0.45]),
        ("label_coverage@10", [1, 1, 1, 1]),
    ],
)
def test_lists_of_ten_against_equal_parts(name: str, expected: list[float]) -> None:
    evidence = listed(ALTERNATING, APART, MEN, "MMMMMMMFFF")
    assert per_unit(name, evidence) == pytest.approx(
        expected, abs=6e-5 if "ex" not in name else 5e-4
    )


def test_skews_that_are_not_drawn_to_the_target() -> None:
    counts, half = np.array([[7.0, 3.0], [10.0, 0.0]]), np.array([0.5, 0.5])
    plain = skews(counts, half, 0.0)
    assert plain[0] == pytest.approx([0.3365, -0.5108], abs=5e-5)
    assert plain[1] == pytest.approx([math.log(2), -math.inf])
    assert skews(counts, half, 1.0)[1] == pytest.approx([0.6466, -2.3979], abs=5e-5)


def test_more_shrinkage_draws_skews_to_zero() -> None:
    evidence = listed(MEN)
    some, more = (per_unit("min_skew@10", evidence, shrink=s)[0] for s in (0.5, 5.0))
    assert some < more < 0


@pytest.mark.parametrize("shrink", [0.0, -1.0, 101.0])
def test_shrinkage_that_is_none_is_refused(shrink: float) -> None:
    with pytest.raises(UsageError, match="shrink"):
        registry.metric("max_skew@10", {"shrink": shrink})


def test_the_best_skew_of_an_odd_list_is_above_zero() -> None:
    half = np.array([[0.5, 0.5]])
    assert skews(lightest_counts(half, np.array([5])), half, 0.0).max() == pytest.approx(
        0.182, abs=5e-4
    )
    assert registry.metric("max_skew@5").attainable(listed("MMFFF"))[0] == pytest.approx(
        per_unit("max_skew@5", listed("MMFFF"))[0]
    )


@pytest.mark.parametrize("target", [(0.5, 0.5), (0.29, 0.71), (0.2, 0.3, 0.5), (0.05, 0.9, 0.05)])
@pytest.mark.parametrize("k", [1, 3, 7, 10])
def test_no_list_of_whole_items_beats_the_floors(target: tuple[float, ...], k: int) -> None:
    wanted = np.array(target)
    counts = np.array(
        [c for c in itertools.product(range(k + 1), repeat=len(target)) if sum(c) == k], float
    )
    best = np.abs(counts / k - wanted).sum(axis=1).min()
    found = nearest_counts(wanted[None], np.array([k]))
    assert found.sum() == k
    assert np.abs(found / k - wanted).sum() == pytest.approx(best)
    lightest = lightest_counts(wanted[None], np.array([k]))
    assert (lightest / wanted).max() == pytest.approx((counts / wanted).max(axis=1).min())
    heaviest = heaviest_counts(wanted[None], np.array([k]))
    assert (heaviest / wanted).min() == pytest.approx((counts / wanted).min(axis=1).max())


def test_an_infeasible_prefix_is_counted_once_and_each_group_in_it() -> None:
    evidence = listed("MFFFMMMFMF")
    assert per_unit("infeasible_index@10", evidence) == pytest.approx([0.1])
    assert per_unit("infeasible_count@10", evidence) == pytest.approx([0.05])
    where = np.argwhere(short(shown(evidence, 10))[0])
    assert where.tolist() == [[3, 0]]  # the fourth place, counted from 0, and the men


@pytest.mark.parametrize(
    ("k", "least", "mean", "high"),
    [
        (10, 0.1617, 0.269, 0.490),
        (20, 0.1048, 0.186, 0.354),
        (50, 0.0573, 0.109, 0.198),
        (100, 0.0353, 0.068, 0.124),
    ],
)
def test_ndkl_has_a_least_value_and_a_band_by_chance(
    k: int, least: float, mean: float, high: float
) -> None:
    evidence = listed(("MF" * 100)[:k], rest=("MF" * 100)[k:])
    metric = registry.metric(f"ndkl@{k}")
    assert per_unit(f"ndkl@{k}", evidence) == pytest.approx([least], abs=5e-5)
    assert metric.attainable(evidence) == pytest.approx([least], abs=5e-5)
    draws = metric.null(evidence, np.random.default_rng(1))
    assert draws.mean() == pytest.approx(mean, abs=0.06 * mean)
    assert np.quantile(draws, 0.95) == pytest.approx(high, abs=0.12 * high)
    assert (draws >= metric.attainable(evidence) - 1e-9).all()


def test_alternating_is_the_best_order_of_four_and_four() -> None:
    orders = [o for o in itertools.product("MF", repeat=8) if o.count("M") == 4]
    values = per_unit("ndkl@8", listed(*map("".join, orders)))
    assert min(values) == pytest.approx(0.1853, abs=5e-5)
    assert min(values) == pytest.approx(attainable("ndkl@8", listed("MFMFMFMF"))[0])


def every_list(shape: str, target: tuple[float, ...]) -> Balanced:
    """Every way to label the places marked x of a list, from one pool with enough of each group."""
    k, m = len(shape), len(target)
    orders = itertools.product(range(m), repeat=shape.count("x"))
    labels = ([next(each) if c == "x" else m for c in shape] for each in map(iter, orders))
    rows = np.array([[k * g + n for n, g in enumerate(one)] for one in labels])
    member = np.vstack([np.eye(m), np.zeros((1, m))]).repeat(k, axis=0)
    pool = np.ones((len(rows), len(member)), bool)
    return balanced(rows, pool, member, [f"g{n}" for n in range(m)], target=target)


@pytest.mark.parametrize("target", [(0.5, 0.5), (0.3, 0.7)])
@pytest.mark.parametrize("shape", ["xxxxxxx", "x?xx?xx", "??xxx", "xx?"])
@pytest.mark.parametrize(
    "word",
    ["tvd", "abs_bias", "max_skew", "min_skew", "ndkl", "awrf", "ee_l", "exposure_ratio"],
)
def test_the_best_is_what_the_best_of_all_lists_with_these_labels_has(
    word: str, shape: str, target: tuple[float, float]
) -> None:
    name, evidence = f"{word}@{len(shape)}", every_list(shape, target)
    values = per_unit(name, evidence)
    best = max(values) if registry.metric(name).better == "high" else min(values)
    assert attainable(name, evidence) == pytest.approx([best] * len(values))


def test_the_best_of_three_groups_is_found_among_all_lists() -> None:
    evidence = every_list("xxxxx", (0.2, 0.3, 0.5))
    for name in ("ndkl@5", "tvd@5", "ee_l@5", "awrf@5"):
        values = per_unit(name, evidence)
        best = max(values) if registry.metric(name).better == "high" else min(values)
        assert attainable(name, evidence) == pytest.approx([best] * len(values))


def test_weights_as_labels_and_long_lists_have_no_best_that_is_shown() -> None:
    soft = listed("MFMF")
    soft = dataclasses.replace(soft, member=soft.member * 0.7)
    for name in ("tvd@4", "ndkl@4", "awrf@4", "abs_bias@4", "min_skew@4"):
        assert np.isnan(attainable(name, soft)).all()
    assert np.isnan(attainable("awrf@14", listed("MF" * 7))).all()
    assert attainable("tvd@14", listed("MF" * 7)) == [0.0]


@pytest.mark.parametrize(("k", "mean"), [(10, 0.239), (20, 0.165), (50, 0.099), (100, 0.056)])
def test_bias_without_its_sign_is_above_zero_by_chance(k: int, mean: float) -> None:
    evidence = listed(("MF" * 100)[:k], rest=("MF" * 100)[k:])
    metric = registry.metric(f"abs_bias@{k}")
    exact = metric.expected(evidence, np.random.default_rng(0))
    assert exact == pytest.approx([mean], abs=0.0025)
    draws = metric.null(evidence, np.random.default_rng(2))
    assert draws.mean() == pytest.approx(exact[0], abs=4 * draws.std() / len(draws) ** 0.5)


def test_attention_in_natural_logarithms_is_what_others_print() -> None:
    found = np.array(per_unit("awrf@10", listed(MEN, ALTERNATING, APART)))
    natural = 1 - (1 - found) * math.log(2)
    assert natural == pytest.approx([0.7842, 0.99980, 0.98357], abs=6e-5)
    assert found[0] == pytest.approx(0.6887, abs=5e-5)


def test_exposure_counts_those_who_are_not_found() -> None:
    assert per_unit("exposure_ratio@10", listed(APART)) == pytest.approx(
        [0.3190 / 0.5897], abs=2e-4
    )
    assert per_unit("exposure_ratio@10", listed(APART, rest="FFFFF"))[0] == pytest.approx(
        0.3190 / 2 / 0.5897, abs=2e-4
    )
    nobody = per_unit("exposure_ratio@2", listed("MM", rest="M"))
    assert nobody == [1.0]  # a pool without women leaves one group


def test_exposure_loss_is_the_squared_distance_from_the_target() -> None:
    worth = 1 / np.log2(np.arange(2, 12))
    men = worth[:5].sum() / worth.sum()
    assert per_unit("ee_l@10", listed(APART)) == pytest.approx([2 * (men - 0.5) ** 2])
    assert per_unit("ee_l@10", listed(MEN, target=(0.9, 0.1))) == pytest.approx([0.02])


def test_unlabelled_places_are_left_out_of_shares_and_bound_the_bias() -> None:
    evidence = listed("M?F?M", "?????", "MM")
    assert per_unit("bias@5", evidence) == pytest.approx([1 / 3, NAN, 1], nan_ok=True)
    assert per_unit("tvd@5", evidence) == pytest.approx([1 / 6, NAN, 0.5], nan_ok=True)
    assert per_unit("label_coverage@5", evidence) == pytest.approx([0.6, 0, 1])
    bounds = listed("M?F?M", "?????", "MM", rest="MF")
    assert per_unit("bias_low@5", bounds) == pytest.approx([(1 - 2) / 5, -1, 1])
    assert per_unit("bias_high@5", bounds) == pytest.approx([(1 + 2) / 5, 1, 1])


def test_a_list_with_too_few_labels_is_not_scored_and_still_counts_as_one_to_score() -> None:
    evidence = listed("MFMF?", "MF???", coverage=0.8)
    for name in ("tvd@5", "bias@5", "ndkl@5", "awrf@5", "max_skew@5", "infeasible_index@5"):
        value = per_unit(name, evidence)
        assert np.isfinite(value[0])
        assert np.isnan(value[1])
        assert registry.metric(name).scorable(evidence).tolist() == [True, True]
        assert np.isnan(registry.metric(name).expected(evidence, np.random.default_rng(0))[1])


def test_soft_labels_count_with_their_weight() -> None:
    member = np.array([[0.75, 0.25], [0.5, 0.0], [0.0, 1.0], [1.0, 0.0]])
    rows = np.array([[0, 1, 2]])
    evidence = balanced(rows, np.ones((1, 4), bool), member)
    assert per_unit("bias@3", evidence) == pytest.approx([(1.25 - 1.25) / 2.5])
    assert per_unit("bias@2", evidence) == pytest.approx([1 / 1.5])
    assert per_unit("label_coverage@3", evidence) == pytest.approx([2.5 / 3])
    drawn = registry.metric("bias@2").expected(evidence, np.random.default_rng(3))
    pairs = list(itertools.permutations(range(4), 2))
    mean = np.mean([(member[list(p)].sum(axis=0) @ [1, -1]) / member[list(p)].sum() for p in pairs])
    assert drawn == pytest.approx([mean], abs=0.1)


def test_what_chance_gives_is_exact_for_counts() -> None:
    evidence = listed("MMMF", rest="MFFFF?")
    labels = list("MMMFMFFFF")
    lists = [counted(c) for c in itertools.combinations(labels, 4)]
    for name in ("tvd@4", "bias@4", "abs_bias@4", "min_skew@4", "max_skew@4"):
        metric = registry.metric(name)
        mean = np.mean([metric.of_counts(c, np.array([0.5, 0.5])) for c in lists])
        found = metric.expected(evidence, np.random.default_rng(0))
        assert found == pytest.approx([mean], abs=1e-12)


def counted(labels: tuple[str, ...]) -> np.ndarray:
    return np.array([labels.count("M"), labels.count("F")], float)


def test_labels_change_hands_within_relevance_only() -> None:
    pool = np.ones((1, 8), bool)
    member = np.array([[1, 0]] * 3 + [[0, 1]] + [[0, 1]] * 4, float)
    right = np.arange(8)[None] < 4
    evidence = balanced(np.array([[0, 3]]), pool, member, relevant=right)
    metric = registry.metric("bias@2")
    assert metric.expected(evidence, np.random.default_rng(0)) == pytest.approx([0.5])
    whole = balanced(np.array([[0, 3]]), pool, member)
    assert metric.expected(whole, np.random.default_rng(0)) == pytest.approx([-0.25])


def test_queries_with_the_same_list_have_the_same_labels_by_chance() -> None:
    member = np.array([[1, 0], [0, 1]] * 20, float)
    pool, one = np.ones((8, 40), bool), np.tile(np.arange(10), (8, 1))
    metric = registry.metric("bias@10")
    same = metric.null(balanced(one, pool, member), np.random.default_rng(0))
    alone = metric.null(balanced(one[:1], pool[:1], member), np.random.default_rng(0))
    assert same == pytest.approx(alone)
    apart = np.arange(40).reshape(4, 10)
    mixed = metric.null(balanced(apart, pool[:4], member), np.random.default_rng(0))
    assert np.abs(mixed).max() < 1e-12  # four lists that share out a balanced pool cannot lean


def test_relevant_items_are_found_in_each_group() -> None:
    evidence = listed("MMFM", "MFFM", rest="MMFF")
    right = evidence.pool.copy()
    right[0, 3] = False
    evidence = balanced(evidence.rows, evidence.pool, evidence.member, relevant=right)
    men, women = (2 + 2) / (4 + 4), (1 + 2) / (3 + 4)
    assert overall("equal_opportunity_gap@4", evidence) == pytest.approx(men - women)
    assert overall("equal_opportunity_lead@4", evidence) == pytest.approx(men - women)
    assert overall("equal_opportunity_ratio@4", evidence) == pytest.approx(women / men)
    only = overall("equal_opportunity_gap@4", evidence, weights=[0, 3])
    assert only == pytest.approx(0.0)


def test_nothing_relevant_gives_no_equal_opportunity() -> None:
    assert math.isnan(overall("equal_opportunity_gap@2", listed("MF")))


def test_groups_are_found_by_as_many_queries() -> None:
    evidence = listed("MMF", "MFF", "MMM", rest="MFFF")
    men, women = 6 / 9, 3 / 12
    assert overall("retrievability_ratio@3", evidence) == pytest.approx(women / men)


def test_the_mean_of_commonness_is_the_gini_coefficient() -> None:
    rng = np.random.default_rng(5)
    rows = np.stack([rng.choice(12, 4, replace=False, p=np.arange(1, 13) / 78) for _ in range(30)])
    evidence = balanced(rows, np.ones((30, 12), bool), np.eye(2)[np.arange(12) % 2])
    times = np.bincount(rows.ravel(), minlength=12)
    apart = np.abs(times[:, None] - times).sum() / (2 * 12 * times.sum())
    assert overall("gini@4", evidence) == pytest.approx(apart)


def test_commonness_tells_how_the_coefficient_changes_with_a_query() -> None:
    rng = np.random.default_rng(6)
    weight = 1.3 ** np.arange(12)
    p = weight / weight.sum()
    rows = np.stack([rng.choice(12, 4, replace=False, p=p) for _ in range(400)])
    pool, member = np.ones((400, 12), bool), np.eye(2)[np.arange(12) % 2]
    base = balanced(rows, pool, member)
    value = np.array(per_unit("gini@4", base))
    for n in (0, 7, 399):
        twice = balanced(np.vstack([rows, rows[n]]), pool[[*range(400), n]], member)
        change = overall("gini@4", twice) - overall("gini@4", base)
        assert change == pytest.approx((value[n] - value.mean()) / 401, abs=1e-6)


def test_lists_by_chance_are_spread_more_evenly_than_one_list_for_all() -> None:
    rows = np.tile(np.arange(5), (10, 1))
    evidence = balanced(rows, np.ones((10, 50), bool), np.eye(2)[np.arange(50) % 2])
    draws = registry.metric("gini@5").null(evidence, np.random.default_rng(0))
    assert overall("gini@5", evidence) == pytest.approx(0.9)
    assert draws.max() < 0.9


def test_a_named_group_is_what_is_wanted() -> None:
    evidence = listed("MMF?", "MFFF", "MMMM", named=np.array([0, 1, -1]), rest="MF")
    assert per_unit("compliance@4", evidence) == pytest.approx([2 / 3, 3 / 4, NAN], nan_ok=True)
    assert per_unit("tvd@4", evidence) == pytest.approx([NAN, NAN, 0.5], nan_ok=True)


@pytest.mark.parametrize(("lists", "slope"), [("copied", 1.0), ("flat", 0.0), ("turned", -1.0)])
def test_amplification_is_the_slope_over_labour_shares(lists: str, slope: float) -> None:
    told = {
        "copied": ("MFFFFFFFFF", "MMMMMFFFFF", "MMMMMMMMMF"),
        "flat": ("MMMMMFFFFF",) * 3,
        "turned": ("MMMMMMMMMF", "MMMMMFFFFF", "MFFFFFFFFF"),
    }[lists]
    shares = np.array([[0.1, 0.9], [0.5, 0.5], [0.9, 0.1]])
    evidence = listed(*told, shares=shares)
    assert overall("amplification@10", evidence) == pytest.approx(slope)


def test_one_labour_share_has_no_slope() -> None:
    evidence = listed("MF", "MM", shares=np.full((2, 2), 0.5))
    assert math.isnan(overall("amplification@2", evidence))


def test_the_null_of_a_tilted_ranker_leaves_it_outside() -> None:
    evidence = listed(*["MMMMMMMMFF"] * 20, rest="MMMMMMMMMMMMFFFFFFFFFFFFFFFFFF")
    for name in ("tvd@10", "abs_bias@10", "ndkl@10", "max_skew@10"):
        draws = registry.metric(name).null(evidence, np.random.default_rng(4))
        assert overall(name, evidence) > draws.max()
    draws = registry.metric("awrf@10").null(evidence, np.random.default_rng(4))
    assert overall("awrf@10", evidence) < draws.min()


@pytest.mark.parametrize("k", [2, 4, 8])
def test_pairs_in_the_right_order_are_counted_for_each_group(k: int) -> None:
    labels, right = "MFMFMFMF", np.array([[1, 0, 0, 1, 1, 0, 0, 1]], bool)
    evidence = listed(labels, relevant=right)
    found = {"M": 0.0, "F": 0.0}
    for n, m in itertools.product(np.flatnonzero(right[0]), np.flatnonzero(~right[0])):
        found[labels[n]] += 0.5 if min(n, m) >= k else float(n < m)
    men, women = (found[group] / (2 * 4) for group in "MF")
    assert overall(f"pairwise_accuracy_gap@{k}", evidence) == pytest.approx(abs(men - women))


def test_a_pool_without_irrelevant_items_has_no_pairs() -> None:
    evidence = listed("MFMF", relevant=np.ones((1, 4), bool))
    assert math.isnan(overall("pairwise_accuracy_gap@4", evidence))

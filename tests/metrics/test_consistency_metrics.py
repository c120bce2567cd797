"""Metrics over formulations of one need, on lists and judgements written out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item
from evalkit.ranking.agreement import rbo
from tests.metrics.evidence_by_hand import NAN, overall, per_unit

NEEDS = ("a", "b", "a", "a", "b", "alone")


def ranked(
    rows: Sequence[Sequence[int]], needs: Sequence[str], wanted: Sequence[int] = ()
) -> Ranked:
    """Lists, and the one relevant item of every query, -1 for none."""
    lists = np.array(rows, np.int64)
    judged = np.array(wanted or [-1] * len(lists), np.int64)[:, None]
    units = tuple(Item(f"q{n}", "", {"intent": (need,)}) for n, need in enumerate(needs))
    return Ranked(
        ids=tuple(unit.id for unit in units),
        rows=lists,
        scores=np.where(lists >= 0, 1 - np.arange(lists.shape[1]) / 10, NAN),
        judged=judged,
        grades=np.where(judged >= 0, 2, 0),
        relevant=1,
        clusters=(np.array(needs, object),),
        units=units,
        corpus=tuple(Item(f"d{n}", "") for n in range(60)),
    )


def example() -> Ranked:
    """Three formulations of need a, two of b of which one is not judged, and one query alone."""
    rows = [[0, 1, 2], [5, 6, 7], [0, 1, 2], [3, 0, 4], [6, 5, 7], [9, 8, 7]]
    return ranked(rows, NEEDS, [0, 5, 0, 0, -1, 9])


def test_agreement_is_the_mean_over_the_other_formulations() -> None:
    lists = example().rows
    far = rbo(lists[[0]], lists[[3]])[0]
    near = rbo(lists[[1]], lists[[4]])[0]
    np.testing.assert_allclose(
        per_unit("variant_rbo@3", example()),
        [(1 + far) / 2, near, (1 + far) / 2, far, near, NAN],
    )
    np.testing.assert_allclose(per_unit("variant_top1", example()), [0.5, 0, 0.5, 0, 0, NAN])


def test_only_the_first_k_places_are_compared() -> None:
    np.testing.assert_allclose(
        per_unit("variant_rbo@1", example()), [0.5, 0, 0.5, 0, 0, NAN], atol=1e-12
    )


def test_a_need_counts_as_met_where_every_formulation_finds_something() -> None:
    np.testing.assert_array_equal(per_unit("all_variants@1", example()), [0, NAN, 0, 0, NAN, NAN])
    np.testing.assert_array_equal(per_unit("all_variants@2", example()), [1, NAN, 1, 1, NAN, NAN])


def test_the_worst_formulation_speaks_for_its_need() -> None:
    ndcg = per_unit("ndcg@3", example())
    assert ndcg[3] == pytest.approx(1 / np.log2(3))
    np.testing.assert_allclose(
        per_unit("worst_variant@3", example()), [ndcg[3], NAN, ndcg[3], ndcg[3], NAN, NAN]
    )
    assert overall("worst_variant@3", example()) < overall("ndcg@3", example())


def test_what_asks_for_judgements_says_whom_it_can_score() -> None:
    judged, two = [0, 2, 3], [0, 1, 2, 3, 4]
    for name, places in (
        ("all_variants@3", judged),
        ("worst_variant@3", judged),
        ("wording_share@3", judged),
        ("variant_rbo@3", two),
        ("variant_top1", two),
    ):
        assert np.flatnonzero(registry.metric(name).scorable(example())).tolist() == places


# --- how much is wording ------------------------------------------------------------------------


def found_at(places: Sequence[Sequence[int]]) -> Ranked:
    """Needs of several formulations each, whose answer stands at a given place, 0 for nowhere."""
    rows, needs = [], []
    for need, some in enumerate(places):
        for place in some:
            row = list(range(10, 15))
            if place:
                row[place - 1] = 0
            rows.append(row)
            needs.append(f"n{need}")
    return ranked(rows, needs, [0] * len(rows))


def icc(groups: Sequence[np.ndarray]) -> float:
    """ICC(1) of a one-way layout, from its sums of squares."""
    everything = np.concatenate(groups)
    n, g = len(everything), len(groups)
    between = sum(len(x) * (x.mean() - everything.mean()) ** 2 for x in groups) / (g - 1)
    within = sum(((x - x.mean()) ** 2).sum() for x in groups) / (n - g)
    m0 = (n - sum(len(x) ** 2 for x in groups) / n) / (g - 1)
    return float((between - within) / (between + (m0 - 1) * within))


@pytest.mark.parametrize(
    "places",
    [
        [[1, 1, 2], [3, 0, 3], [1, 2, 1], [0, 0, 0]],
        [[1, 2], [3, 0, 4, 0], [1, 1, 1], [2, 5]],
    ],
)
def test_wording_share_is_what_the_need_leaves(places: list[list[int]]) -> None:
    evidence = found_at(places)
    scores = np.array(per_unit("ndcg@5", evidence))
    ends = np.cumsum([len(some) for some in places])[:-1]
    groups = np.split(scores, ends)
    assert overall("wording_share@5", evidence) == pytest.approx(1 - icc(groups))


def test_all_or_nothing() -> None:
    assert overall("wording_share@5", found_at([[1, 1], [0, 0], [3, 3]])) == pytest.approx(0.0)
    assert overall("wording_share@5", found_at([[1, 0], [0, 1], [1, 0]])) == pytest.approx(1.0)
    assert np.isnan(overall("wording_share@5", found_at([[1, 1], [1, 1]])))
    assert np.isnan(overall("wording_share@5", found_at([[1, 2]])))


def test_a_need_drawn_twice_counts_as_two_needs() -> None:
    places = [[1, 1, 2], [3, 0, 3], [1, 2, 1]]
    weights = np.repeat([2.0, 0.0, 1.0], 3)
    drawn = found_at([places[0], places[0], places[2]])
    found = overall("wording_share@5", found_at(places), weights)
    assert found == pytest.approx(overall("wording_share@5", drawn))


def test_published_reliability() -> None:
    """Six targets by four judges: ICC(1) is .17 (Shrout and Fleiss 1979, table 2)."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    rows = np.array(ratings, float)
    columns = {
        "score": rows.ravel(),
        "mean": np.repeat(rows.mean(axis=1), 4),
        "size": np.full(24, 4.0),
    }
    metric = registry.metric("wording_share@10")
    (share,) = metric.statistic(columns, np.ones((1, 24)))
    assert 1 - share == pytest.approx(0.17, abs=0.005)


# --- by chance --------------------------------------------------------------------------------


def needs_of(agreeing: bool) -> Ranked:
    """Thirty needs of two formulations, whose lists are equal or drawn without regard to them."""
    rng = np.random.default_rng(2)
    rows = rng.permuted(np.tile(np.arange(50), (60, 1)), axis=1)[:, :10]
    if agreeing:
        rows[1::2] = rows[::2]
    return ranked(rows.tolist(), [f"n{n // 2}" for n in range(60)])


@pytest.mark.parametrize("name", ["variant_rbo@10", "variant_top1"])
def test_unrelated_queries_are_the_baseline(name: str) -> None:
    metric = registry.metric(name)
    chance, agreeing = (
        metric.null(needs_of(agrees), np.random.default_rng(1)) for agrees in (False, True)
    )
    assert len(chance) == 200
    assert chance.min() <= overall(name, needs_of(False)) <= chance.max()
    assert overall(name, needs_of(True)) == pytest.approx(1.0)
    assert agreeing.max() < 0.5


def test_by_chance_two_lists_of_ten_out_of_fifty_overlap_by_a_fifth() -> None:
    """With lists in random order the expected agreement at every depth is depth / 50."""
    draws = registry.metric("variant_rbo@10").null(needs_of(False), np.random.default_rng(3))
    depth = np.arange(1, 11)
    expected = 0.1 / 0.9 * (0.9**depth * depth / 50).sum() + 0.9**10 * 0.2
    assert draws.mean() == pytest.approx(expected, abs=0.02)


def test_without_a_second_formulation_chance_says_nothing() -> None:
    evidence = ranked([[0, 1], [1, 0]], ["a", "b"])
    assert np.isnan(registry.metric("variant_top1").null(evidence, np.random.default_rng(1))).all()
    assert np.isnan(overall("variant_rbo@2", evidence))

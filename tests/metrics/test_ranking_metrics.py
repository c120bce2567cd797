"""Every ranking metric against plain formulas written here, on hand-made and generated cases."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Ranked

NAN = math.nan
CUT = ("recall", "hit", "precision", "ndcg", "ndcg_exp", "mrr", "map", "judged")
UNCUT = ("mrr", "map", "r_precision", "avg_recall")
NAMES = [*UNCUT, *(f"{word}@{k}" for word in CUT for k in (1, 3, 5, 10, 40))]


class Query(NamedTuple):
    """What a query was shown, best first, and how items were graded for it."""

    shown: Sequence[int]
    grades: Mapping[int, int]


def evidence(queries: Sequence[Query], relevant: int = 1) -> Ranked:
    n = len(queries)
    rows = np.full((n, max(len(q.shown) for q in queries)), -1)
    judged = np.full((n, max(len(q.grades) for q in queries)), -1)
    grades = np.zeros_like(judged)
    for i, query in enumerate(queries):
        best = sorted(query.grades, key=lambda item: -query.grades[item])
        rows[i, : len(query.shown)] = query.shown
        judged[i, : len(best)] = best
        grades[i, : len(best)] = [query.grades[item] for item in best]
    scores = np.where(rows >= 0, -np.arange(rows.shape[1], dtype=float), NAN)
    ids = tuple(f"q{i}" for i in range(n))
    return Ranked(ids, rows, scores, judged, grades, relevant, (np.array(ids, object),), (), ())


def score(name: str, queries: Sequence[Query], relevant: int = 1) -> list[float]:
    found = registry.metric(name).per_unit(evidence(queries, relevant))
    assert set(found.columns) == {"value"}
    assert found.columns["value"].dtype == np.float64
    values: list[float] = found.columns["value"].tolist()
    return values


# --- the oracle: one plain formula for each metric ----------------------------------------------


def dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def ndcg(query: Query, k: int, gains: Mapping[int, float]) -> float:
    ideal = sorted(gains.values(), reverse=True)[:k]
    return dcg([gains.get(item, 0) for item in query.shown[:k]]) / dcg(ideal)


def graded(word: str, query: Query, k: int) -> float:
    """Return the metrics of grades."""
    gains = {item: max(grade, 0) for item, grade in query.grades.items()}
    best = {item for item, gain in gains.items() if 0 < gain == max(gains.values())}
    if not best:
        return NAN
    if word == "avg_recall":
        return sum(bool(best & set(query.shown[:places])) for places in (1, 5, 10)) / 3
    if word == "ndcg_exp":
        return ndcg(query, k, {item: 2**gain - 1 for item, gain in gains.items()})
    return ndcg(query, k, gains)


def of_the_judged(word: str, query: Query, k: int, right: set[int]) -> float:
    """Return the metrics that want a judgement only."""
    top = query.shown[:k]
    if not query.grades:
        return NAN
    if word == "precision":
        return len(right & set(top)) / k
    return len(query.grades.keys() & set(top)) / len(top) if top else 0.0


def average_precision(found: Sequence[bool], n_right: int) -> float:
    return sum(sum(found[: i + 1]) / (i + 1) for i, hit in enumerate(found) if hit) / n_right


def oracle(name: str, query: Query, relevant: int) -> float:
    word, _, cut = name.partition("@")
    k = int(cut or 1000)
    right = {item for item, grade in query.grades.items() if grade >= relevant}
    found = [item in right for item in query.shown[:k]]
    if word in ("precision", "judged"):
        return of_the_judged(word, query, k, right)
    if word in ("ndcg", "ndcg_exp", "avg_recall"):
        return graded(word, query, k)
    if not right:
        return NAN
    formulas: dict[str, Callable[[], float]] = {
        "recall": lambda: sum(found) / len(right),
        "hit": lambda: float(any(found)),
        "mrr": lambda: 1 / (1 + found.index(True)) if any(found) else 0.0,
        "map": lambda: average_precision(found, len(right)),
        "r_precision": lambda: sum(found[: len(right)]) / len(right),
    }
    return formulas[word]()


@st.composite
def any_queries(draw: st.DrawFn) -> list[Query]:
    """Up to 14 queries over 15 items: empty lists, unjudged queries, negative grades, all of it."""
    items = list(range(15))
    lists = st.permutations(items).flatmap(
        lambda order: st.integers(0, 15).map(lambda length: order[:length])
    )
    grades = st.dictionaries(st.sampled_from(items), st.integers(-2, 4), max_size=15)
    return draw(st.lists(st.builds(Query, lists, grades), min_size=1, max_size=14))


@settings(max_examples=60, deadline=None)
@given(queries=any_queries(), relevant=st.integers(-1, 4))
def test_every_metric_equals_its_formula(queries: list[Query], relevant: int) -> None:
    ranked = evidence(queries, relevant)
    for name in NAMES:
        values = registry.metric(name).per_unit(ranked).columns["value"]
        expected = [oracle(name, query, relevant) for query in queries]
        np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12, err_msg=name)


def test_the_formulas_cover_every_registered_metric_of_the_family() -> None:
    covered = {name.partition("@")[0] for name in NAMES}
    assert covered == {*CUT, *UNCUT}
    assert covered <= set(registry.names("metrics"))


# --- worked by hand -------------------------------------------------------------------------------

# Shown: a wrong item, grade 2, an unjudged one, grade 1. The best, of grade 3, is missed.
MIXED = Query(shown=(30, 10, 90, 20), grades={10: 2, 20: 1, 30: 0, 40: 3, 50: -1})
LOG3, LOG5 = math.log2(3), math.log2(5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recall@1", 0.0),
        ("recall@2", 1 / 3),
        ("recall@4", 2 / 3),
        ("recall@100", 2 / 3),
        ("hit@1", 0.0),
        ("hit@2", 1.0),
        ("precision@2", 1 / 2),
        ("precision@4", 2 / 4),
        ("precision@10", 2 / 10),  # k beyond the list still divides by k
        ("mrr", 1 / 2),
        ("mrr@1", 0.0),
        ("map", (1 / 2 + 2 / 4) / 3),
        ("map@2", (1 / 2) / 3),
        ("r_precision", 1 / 3),
        ("ndcg@2", (2 / LOG3) / (3 + 2 / LOG3)),
        ("ndcg@4", (2 / LOG3 + 1 / LOG5) / (3 + 2 / LOG3 + 1 / 2)),
        ("ndcg_exp@4", (3 / LOG3 + 1 / LOG5) / (7 + 3 / LOG3 + 1 / 2)),
        ("avg_recall", 0.0),
        ("judged@3", 2 / 3),  # a judged 0 is judged, the item 90 is not
        ("judged@100", 3 / 4),  # of what is shown
    ],
)
def test_by_hand(name: str, expected: float) -> None:
    assert score(name, [MIXED]) == [pytest.approx(expected, abs=1e-12)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recall@4", 1 / 2),
        ("precision@4", 1 / 4),
        ("mrr", 1 / 2),
        ("map", (1 / 2) / 2),
        ("r_precision", 1 / 2),
    ],
)
def test_relevant_begins_at_the_grade_of_the_case(name: str, expected: float) -> None:
    assert score(name, [MIXED], relevant=2) == [pytest.approx(expected)]


@pytest.mark.parametrize("name", ["ndcg@4", "ndcg_exp@4", "avg_recall", "judged@4"])
def test_grades_and_judgements_count_whatever_is_relevant(name: str) -> None:
    assert score(name, [MIXED], relevant=3) == score(name, [MIXED], relevant=1)


@pytest.mark.parametrize(
    ("place", "expected"), [(1, 1.0), (2, 2 / 3), (5, 2 / 3), (6, 1 / 3), (10, 1 / 3), (11, 0.0)]
)
def test_avg_recall_asks_for_any_item_of_the_best_grade(place: int, expected: float) -> None:
    shown = [i for i in range(100, 120) if i != 119]
    shown.insert(place - 1, 7)
    twins = Query(shown, {7: 3, 8: 3, 100: 2})
    assert score("avg_recall", [twins]) == [pytest.approx(expected)]


ODD = [
    Query((1, 2), {}),  # never judged
    Query((1, 2), {1: 0, 3: -1}),  # judged, nothing relevant
    Query((), {1: 1}),  # judged, nothing found
    Query((2,), {2: -3, 1: 1}),  # found an item of a negative grade
    Query((1,), {1: 1}),  # perfect
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recall@5", [NAN, NAN, 0, 0, 1]),
        ("hit@5", [NAN, NAN, 0, 0, 1]),
        ("mrr", [NAN, NAN, 0, 0, 1]),
        ("map@5", [NAN, NAN, 0, 0, 1]),
        ("r_precision", [NAN, NAN, 0, 0, 1]),
        ("ndcg@5", [NAN, NAN, 0, 0, 1]),
        ("ndcg_exp@5", [NAN, NAN, 0, 0, 1]),
        ("avg_recall", [NAN, NAN, 0, 0, 1]),
        ("precision@5", [NAN, 0, 0, 0, 1 / 5]),
        ("judged@5", [NAN, 1 / 2, 0, 1, 1]),
    ],
)
def test_who_cannot_be_scored_and_who_scores_zero(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(score(name, ODD), expected)


def test_without_a_cut_off_1000_places_count_however_long_the_list_is() -> None:
    found_at_1000 = Query([*range(1, 1000), 0, *range(2000, 2100)], {0: 1})
    found_at_1001 = Query([*range(1, 1001), 0], {0: 1})
    assert score("mrr", [found_at_1000, found_at_1001]) == [pytest.approx(1 / 1000), 0.0]
    assert score("map", [found_at_1000, found_at_1001]) == [pytest.approx(1 / 1000), 0.0]
    assert score("mrr@2000", [found_at_1001]) == [pytest.approx(1 / 1001)]


def test_the_order_of_the_list_decides_and_equal_scores_do_not_change_it() -> None:
    ranked = evidence([Query((5, 6), {6: 1}), Query((6, 5), {6: 1})])
    ranked.scores[:] = 0.5
    values = registry.metric("mrr").per_unit(ranked).columns["value"]
    assert values.tolist() == [1 / 2, 1.0]


def test_judgements_in_any_order_give_the_same_value() -> None:
    ranked = evidence([MIXED])
    turned = Ranked(
        ranked.ids,
        ranked.rows,
        ranked.scores,
        ranked.judged[:, ::-1],
        ranked.grades[:, ::-1],
        1,
        ranked.clusters,
        (),
        (),
    )
    for name in NAMES:
        metric = registry.metric(name)
        one, other = (metric.per_unit(e).columns["value"] for e in (ranked, turned))
        np.testing.assert_array_equal(one, other, err_msg=name)


# --- names ----------------------------------------------------------------------------------------


def test_depth_and_name() -> None:
    depths = {name: registry.metric(name).depth for name in ("ndcg@7", "mrr", "avg_recall")}
    assert depths == {"ndcg@7": 7, "mrr": 1000, "avg_recall": 10}
    assert [registry.metric(name).name for name in NAMES] == NAMES


@pytest.mark.parametrize("name", ["ndcg", "r_precision@5", "avg_recall@5", "recal@5", "ndcg@0"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        registry.metric(name)


def test_a_cut_off_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="cut-off of 'mrr' must be 1 or more"):
        registry.create("metrics", "mrr", k=0)

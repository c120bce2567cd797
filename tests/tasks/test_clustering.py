"""The clustering task: the same clusters again, whatever the order, and what they hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import make_vectors
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.tasks.clustering import Clustering
from tests import toys
from tests.metrics.evidence_by_hand import overall
from tests.tasks.by_hand import ByHand, Reader, dataset, item, run_task

METHODS = ("kmeans", "agglomerative")
ANGLES = {"north": 0.1, "east": 1.5, "south": 3.0}


def points(a_topic: int = 12, spread: float = 0.15) -> list[Item]:
    rng = np.random.default_rng(4)
    return [
        item(f"{topic[0]}{n:02}", f"{np.cos(a):.5f} {np.sin(a):.5f}", topic=topic)
        for topic, middle in ANGLES.items()
        for n, a in enumerate(rng.normal(middle, spread, a_topic))
    ]


def evidence(items: Any, **params: Any) -> Any:
    task = Clustering("topic", **params)
    data = dataset([], items)
    return task.evidence(data, ByHand((), task.needs(data).corpus), 5, 1)[2]


@pytest.mark.parametrize("method", METHODS)
def test_topics_that_lie_apart_are_found(method: Any) -> None:
    found = evidence(points(), method=method)
    assert found.assigned.shape == ((10 if method == "kmeans" else 1), 36)
    assert overall("ari", found) == pytest.approx(1.0)
    assert overall("v_measure", found) == pytest.approx(1.0)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_clusters_again_and_in_any_order_of_rows(method: Any) -> None:
    items = points(spread=0.8)
    first = evidence(items, method=method).assigned
    np.testing.assert_array_equal(evidence(items, method=method).assigned, first)
    order = np.random.default_rng(2).permutation(len(items))
    turned = evidence([items[i] for i in order], method=method).assigned
    np.testing.assert_array_equal(turned, first[:, order])


def test_another_seed_and_other_repetitions_begin_elsewhere() -> None:
    items = points(spread=0.8)
    found = evidence(items, repeats=3).assigned
    assert len({tuple(row) for row in found.tolist()}) > 1
    np.testing.assert_array_equal(evidence(items, repeats=2, seed=8).assigned, found[1:])


def test_there_are_as_many_clusters_as_topics_or_as_asked_for() -> None:
    assert [len(set(row)) for row in evidence(points(), repeats=2).assigned.tolist()] == [3, 3]
    assert len(set(evidence(points(), groups=5, repeats=1).assigned[0].tolist())) == 5


@pytest.mark.parametrize("method", METHODS)
def test_fewer_different_items_than_clusters(method: Any) -> None:
    same = [item(f"c{n}", "1 0", topic="ab"[n % 2]) for n in range(4)]
    assert set(evidence(same, method=method).assigned.ravel().tolist()) == {0}
    two = [item(f"c{n}", ("1 0", "0 1")[n // 2], topic="abcd"[n]) for n in range(4)]
    (first, *_) = evidence(two, method=method).assigned.tolist()
    assert first[0] == first[1] != first[2] == first[3]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("left", [0, 1])
def test_hardly_any_item_has_a_vector(method: Any, left: int) -> None:
    units = points(1)
    kept = [unit.id for unit in units[:left]]
    vectors = make_vectors(kept, np.ones((left, 2)))
    found = Clustering("topic", method=method, repeats=2)._assigned(vectors, units, 3)
    assert found.shape == (2 if method == "kmeans" else 1, 3)
    assert found[0].tolist() == [0] * left + [-1] * (3 - left)


def test_an_item_of_several_vectors_lies_where_their_mean_is() -> None:
    items = [*points(), item("z", "0.2 1 | -0.1 1", topic="east")]
    found = evidence(items, repeats=1)
    first_east = [unit.id for unit in found.units].index("e00")
    assert found.assigned[0, -1] == found.assigned[0, first_east]


def test_queries_can_be_clustered_too() -> None:
    task = Clustering("topic", of="queries", repeats=1)
    data = dataset(points(), [])
    needs = task.needs(data)
    assert (needs.queries, needs.corpus) == (data.queries, ())
    assert task.sides == {"query"}
    found = task.evidence(data, ByHand(data.queries, ()), 5, 1)[2]
    assert found.side == "query"
    assert overall("purity", found) == 1.0


@pytest.mark.parametrize("params", [{"groups": 1}, {"groups": -2}, {"repeats": 0}])
def test_numbers_that_make_no_clustering_are_refused(params: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="expected 2 or more groups"):
        registry.create("tasks", "clustering", label="topic", **params)


def test_the_table_says_size_main_topic_and_typical_words() -> None:
    texts = {
        "sport": ["the team won the match", "a team lost the match", "the match was even"],
        "money": ["the bank raised rates", "a bank lost money", "rates of the bank fell"],
    }
    units = [
        Item(f"{t}{n}", text, {"topic": (t,)}) for t in texts for n, text in enumerate(texts[t])
    ]
    task = Clustering("topic")
    vectors = make_vectors([u.id for u in units], np.repeat([[1.0, 0], [0, 1.0]], 3, axis=0))
    found = task.evidence(dataset([], units), _Fixed(vectors), 5, 1)[2]
    (table,) = task.details(found)
    by_topic = {row[2]: row for row in table.rows}
    assert {topic: row[1] for topic, row in by_topic.items()} == {"sport": 3, "money": 3}
    assert all(row[3] == 1.0 for row in table.rows)
    assert str(by_topic["sport"][4]).split(", ")[:2] == ["match", "team"]
    assert str(by_topic["money"][4]).split(", ")[0] == "bank"


class _Fixed(ByHand):
    def __init__(self, vectors: Any) -> None:
        self._vectors = vectors

    def vectors(self, side: Any) -> Any:
        return {2: self._vectors}


def test_a_case_of_clustering_is_scored_at_every_size(tmp_path: Path) -> None:
    items = points(spread=0.5)
    metrics = ("v_measure", "nmi", "ari", "purity")
    broken = Reader(fail=frozenset({str(items[0].content)}))
    run = run_task(
        "clustering", dataset([], items), metrics, tmp_path, broken, label="topic", repeats=3
    )
    for name in metrics:
        for dim in (16, 4):
            found = toys.value(run, name, dim=dim)
            assert found.n == 35
            assert found.low < found.value < found.high

"""The classification task: who votes, label prompts, and the tables on votes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.results import Table
from evalkit.tasks.classification import Classification
from tests import toys
from tests.metrics.evidence_by_hand import per_unit
from tests.tasks.by_hand import ByHand, Reader, dataset, item, run_task

SHOP = (
    item("c1", "1 0", colour="red", product="p1"),
    item("c2", "0.99 0.1", colour="red", product="p1"),
    item("c3", "0.9 0.3", colour="blue", product="p2"),
    item("c4", "0 1", colour="blue", product="p3"),
    item("c5", "0.1 0.9", colour="blue", product="unknown"),
    item("c6", "0.2 0.9", colour="red", product="unknown"),
    item("c7", "1 0.01"),  # has no colour
    item("c8", "1 0.02", colour="unknown"),
)


def evidence(task: Classification, data: Any, depth: int = 3) -> Any:
    needs = task.needs(data)
    return task.evidence(data, ByHand(needs.queries, needs.corpus), depth, 1)[2]


def named(found: Any) -> list[list[str]]:
    """The ids of the neighbours of each unit."""
    return [[found.corpus[row].id for row in rows if row >= 0] for rows in found.rows]


def test_items_without_a_known_label_do_not_vote() -> None:
    data = dataset([item("q", "1 0", colour="red")], SHOP)
    found = evidence(Classification("colour"), data, depth=8)
    assert named(found) == [["c1", "c2", "c3", "c6", "c5", "c4"]]
    assert found.neighbours.tolist() == [[1, 1, 0, 1, 0, 0, -1, -1]]
    assert found.classes == ("blue", "red")


def test_an_item_of_the_corpus_does_not_vote_for_itself() -> None:
    found = evidence(Classification("colour", of="corpus", k=(2,)), dataset([], SHOP), depth=2)
    assert named(found)[:4] == [["c2", "c3"], ["c1", "c3"], ["c2", "c1"], ["c5", "c6"]]
    assert found.true.tolist() == [1, 1, 0, 0, 0, 1, -1, -1]


def test_items_set_apart_do_not_vote_and_unknown_sets_nobody_apart() -> None:
    task = Classification("colour", of="corpus", apart="product", k=(2,))
    found = named(evidence(task, dataset([], SHOP), depth=2))
    assert found[0] == ["c3", "c6"]
    assert found[2] == ["c2", "c1"]
    assert found[4] == ["c6", "c4"]  # c6 is unknown too, which makes them no twins


def test_a_query_is_set_apart_from_the_corpus_by_the_same_tag() -> None:
    query = item("q", "1 0", colour="red", product="p1")
    task = Classification("colour", apart="product", k=(2,))
    assert named(evidence(task, dataset([query], SHOP), depth=2)) == [["c3", "c6"]]


def test_one_text_a_label_makes_label_prompts() -> None:
    prompts = [item("p1", "1 0", colour="red"), item("p2", "0 1", colour="blue")]
    queries = [
        item("q1", "0.9 0.2", colour="red"),
        item("q2", "0.2 0.9", colour="blue"),
        item("q3", "0.2 0.8", colour="red"),
        item("q4", "0.2 0.8", colour="green"),  # a label without a prompt is never right
    ]
    found = evidence(Classification("colour"), dataset(queries, prompts))
    assert per_unit("accuracy@1", found) == [1, 1, 0, 0]
    assert per_unit("label_hit@2", found) == [1, 1, 1, 0]
    assert found.classes == ("blue", "green", "red")


def test_rankings_are_as_deep_as_the_deepest_k() -> None:
    data = dataset([item("q", "1 0", colour="red")], SHOP)
    for k, depth, expected in (((1, 6), 3, 6), ((5,), 8, 8)):
        rank = ByHand(data.queries, data.corpus)
        Classification("colour", k=k).evidence(data, rank, depth, 1)
        assert rank.asked == expected


@pytest.mark.parametrize("k", [(), (0,), (5, -1)])
def test_a_neighbourhood_of_nobody_is_refused(k: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="expected a list of numbers from 1"):
        registry.create("tasks", "classification", label="colour", k=k)


def test_what_the_labels_lack_is_said() -> None:
    red = dataset([item("q", "1 0", colour="red")], SHOP[:2])
    sentences = Classification("colour").problems(red)
    assert len(sentences) == 2
    assert "every item to classify has the colour 'red'" in sentences[0]
    (nothing,) = Classification("size", of="corpus").problems(red)[:1]
    assert "no item to classify has one known value of the tag 'size'" in nothing


# --- tables --------------------------------------------------------------------------------------


def many(n: int = 60) -> Any:
    """Items around two directions, some of them closer to the wrong one."""
    rng = np.random.default_rng(8)
    angles = rng.normal(np.repeat([0.2, 1.3], n // 2), 0.4)
    return [
        item(f"c{i:02}", f"{np.cos(a):.5f} {np.sin(a):.5f}", colour=("red", "blue")[i // (n // 2)])
        for i, a in enumerate(angles)
    ]


def tables(weighted: bool = False, order: Any = None) -> dict[str, Table]:
    items = many()
    task = Classification("colour", of="corpus", weighted=weighted, k=(1, 5))
    data = dataset([], items if order is None else [items[i] for i in order])
    return {table.name: table for table in task.details(evidence(task, data))}


def test_there_are_two_tables_for_each_k() -> None:
    assert list(tables()) == ["confusion@1", "abstention@1", "confusion@5", "abstention@5"]


def test_the_confusion_matrix_adds_up_and_its_diagonal_is_the_accuracy() -> None:
    table = tables()["confusion@5"]
    assert table.columns == ("", "blue", "red", "no vote")
    counts = np.array([row[1:] for row in table.rows], int)
    assert counts.sum(axis=1).tolist() == [30, 30]
    task = Classification("colour", of="corpus", k=(1, 5))
    accuracy = per_unit("accuracy@5", evidence(task, dataset([], many())))
    assert np.diag(counts).sum() == sum(accuracy)
    assert 0 < sum(accuracy) < 60


def test_a_unit_without_neighbours_is_in_the_column_without_a_vote() -> None:
    twin = item("q1", "1 0", colour="red", product="p1")
    other = item("q2", "1 0", colour="red", product="p9")
    task = Classification("colour", apart="product")
    found = evidence(task, dataset([twin, other], SHOP[:2]))
    confusion, abstention = task.details(found)
    assert list(confusion.rows) == [("red", 1, 1)]
    assert list(abstention.rows) == [(0.5, 1.0), (1.0, 0.5)]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_abstention_curve_covers_more_and_more_up_to_the_accuracy(weighted: bool) -> None:
    table = tables(weighted)["abstention@5"]
    coverage, accuracy = np.array(table.rows, float).T
    assert (np.diff(coverage) > 0).all()
    assert coverage[-1] == 1.0
    task = Classification("colour", of="corpus", weighted=weighted)
    whole = per_unit("accuracy@5", evidence(task, dataset([], many()), depth=5))
    assert accuracy[-1] == pytest.approx(np.mean(whole))
    assert accuracy[: len(accuracy) // 2].mean() > accuracy[-1]  # clear votes are right more often


def test_the_tables_do_not_depend_on_the_order_of_rows() -> None:
    order = np.random.default_rng(1).permutation(60)
    assert tables(order=order) == tables()


# --- as a suite runs it --------------------------------------------------------------------------


def test_a_case_of_classification_is_scored_at_every_size(tmp_path: Path) -> None:
    metrics = ("accuracy@1", "macro_f1@5", "balanced_accuracy@5", "calibration_error@5")
    run = run_task(
        "classification", dataset([], many()), metrics, tmp_path, label="colour", of="corpus"
    )
    for name in metrics:
        for dim in (16, 4):
            found = toys.value(run, name, dim=dim)
            assert found.n == 60
            assert 0 <= found.low <= found.value <= found.high <= 1


def test_an_item_that_failed_is_not_scored_and_does_not_vote(tmp_path: Path) -> None:
    items = many()
    broken = Reader(fail=frozenset({str(items[0].content)}))
    data = dataset([], items)
    run = run_task(
        "classification", data, ["accuracy@1"], tmp_path, broken, label="colour", of="corpus"
    )
    assert toys.value(run, "accuracy@1").n == 59

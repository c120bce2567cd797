"""The task geometry: vectors of both sides, who finds whom, and random parts of large data."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.arrays import make_vectors
from evalkit.core.errors import UsageError
from evalkit.core.items import Dataset, Item
from evalkit.core.space import Space
from evalkit.tasks._directions import directions
from evalkit.tasks.geometry import Geometry
from tests.tasks.by_hand import ByHand, dataset, item, run_task


def data() -> Dataset:
    """Two queries and four items; item b has two vectors, and item d is unlike every query."""
    corpus = [item("a", "1 0"), item("b", "1 0 | 0 1"), item("c", "0 1"), item("d", "-1 -1")]
    queries = [item("q", "1 0.1"), item("r", "0.1 1")]
    grades = {"q": {"a": 2, "d": 0}, "r": {"c": 2, "b": 1, "a": 2}}
    return dataset(queries, corpus, grades=grades)


def evidence(found: Dataset, relevant: int = 1, depth: int = 0, **params: Any) -> Space:
    task = Geometry(**{"k": 2} | params)
    needs = task.needs(found)
    return task.evidence(found, ByHand(needs.queries, needs.corpus), depth, relevant)[2]


def test_every_item_has_one_direction_of_its_own() -> None:
    space = evidence(data())
    half = np.sqrt(0.5)
    expected = [[1, 0], [half, half], [0, 1], [-half, -half]]
    np.testing.assert_allclose(space.vectors, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(space.queries, axis=1), 1.0, atol=1e-6)
    assert space.vectors.dtype == np.float32
    assert (space.modalities, space.query_modalities) == (("text",) * 4, ("text",) * 2)


def test_an_item_without_a_vector_keeps_its_place() -> None:
    vectors = make_vectors(["b", "a"], np.array([[0.0, 2.0], [3.0, 0.0]]))
    found = directions(vectors, [item("a"), item("lost"), item("b")])
    np.testing.assert_array_equal(found, [[1, 0], [np.nan, np.nan], [0, 1]])


def test_queries_find_the_items_nearest_to_them() -> None:
    space = evidence(data())
    assert [set(row) for row in space.neighbours.tolist()] == [{0, 1}, {1, 2}]
    assert evidence(data(), depth=3).neighbours.shape == (2, 3)


def test_what_answers_a_query_depends_on_the_grade_that_counts() -> None:
    assert evidence(data()).positives.tolist() == [[0, 0], [1, 0], [1, 1], [1, 2]]
    assert evidence(data(), relevant=2).positives.tolist() == [[0, 0], [1, 0], [1, 2]]


def test_items_may_look_for_each_other_and_never_find_themselves() -> None:
    one_row = [item("a", "1 0"), item("b", "1 0.2"), item("c", "0 1"), item("d", "-1 -1")]
    found = dataset([], one_row, grades={})
    space = evidence(found, ask="corpus")
    assert space.neighbours[0].tolist()[0] == 1
    assert all(n not in row for n, row in enumerate(space.neighbours.tolist()))
    assert len(space.queries) == 4
    assert Geometry(ask="corpus").sides == frozenset({"corpus"})
    assert Geometry().sides == frozenset({"query", "corpus"})


def test_a_part_is_drawn_by_ids_alone_and_keeps_their_order() -> None:
    corpus = [item(f"d{n:02}", "1 0") for n in range(40)]
    queries = [item(f"q{n:02}", "1 0") for n in range(12)]
    task = Geometry(sample=10)
    units = task.units(dataset(queries, corpus))
    backwards = task.units(dataset(queries, corpus[::-1]))
    assert len(units) == 10
    assert [unit.id for unit in units] == sorted(unit.id for unit in units)
    assert {unit.id for unit in units} == {unit.id for unit in backwards}
    assert {unit.id for unit in Geometry(sample=10, seed=8).units(dataset(queries, corpus))} != {
        unit.id for unit in units
    }
    assert len(task.needs(dataset(queries, corpus)).queries) == 10


def test_answers_outside_the_drawn_part_are_left_out() -> None:
    corpus = [item(f"d{n:02}", f"1 {n / 10}") for n in range(20)]
    grades = {"q": {f"d{n:02}": 1 for n in range(20)}}
    space = evidence(dataset([item("q", "1 0")], corpus, grades=grades), sample=5)
    assert space.positives.tolist() == [[0, n] for n in range(5)]


def test_a_table_shows_the_items_that_are_found_most() -> None:
    (table,) = Geometry(k=2).details(evidence(data()))
    assert table.name == "hubs@2"
    assert list(table.rows[0]) == ["b", "text", 2, 1.0]
    assert {row[0] for row in table.rows} == {"a", "b", "c"}
    assert "1.0 on average" in table.note


def test_a_run_measures_the_space_at_every_size(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(46, 12)).round(3)
    texts = [" ".join(map(str, row)) for row in rows]
    corpus = [Item(f"d{n:02}", text) for n, text in enumerate(texts[:40])]
    queries = [Item(f"q{n}", text) for n, text in enumerate(texts[40:])]
    grades = {f"q{n}": {f"d{n:02}": 2} for n in range(6)}
    metrics = ("robin_hood@3", "antihubs@3", "anisotropy", "effective_rank", "alignment")
    run = run_task("geometry", dataset(queries, corpus, grades=grades), metrics, tmp_path)
    values = {(e.metric, e.cell.dim): e for e in run.estimates if e.kind == "value"}
    assert set(values) == {(metric, dim) for metric in metrics for dim in (16, 4)}
    assert values["effective_rank", 16].value > values["effective_rank", 4].value
    assert all(e.low <= e.value <= e.high for e in values.values())
    assert values["alignment", 16].n == 6
    assert {e.metric for e in run.estimates if e.kind == "null"} == {"robin_hood@3", "antihubs@3"}
    assert {detail.table.name for detail in run.details} == {"hubs@10"}


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"k": 0}, "k is 0"),
        ({"ask": "nobody"}, "ask is 'nobody'; expected queries or corpus"),
        ({"sample": 1}, "sample is 1"),
        ({"sample": 50_000}, "from 2 to 10,000"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(params: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Geometry(**params)

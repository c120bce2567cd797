"""What every task promises, run over everything registered."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Ranking
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.protocols import Task


def graded() -> Dataset:
    """Return three queries and six items; the last query is not judged."""
    queries = tuple(Item(f"q{i}", f"query {i}") for i in range(3))
    corpus = tuple(Item(f"d{i}", f"item {i}") for i in range(6))
    grades = {"q0": {"d0": 1, "d5": 2}, "q1": {"d3": 0, "d1": 1}}
    return Dataset("graded", queries, corpus, Truth(grades=grades), Card("graded"))


DATA: dict[str, Callable[[], Dataset]] = {"grades": graded}
"""A data set for each kind of truth; a task that needs another kind needs an entry here."""


class Search:
    """Finds the corpus in order for each query, at two sizes."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.depths: list[int] = []

    def __call__(
        self, depth: int, exclude: object = None, pools: object = None
    ) -> Mapping[int, Ranking]:
        self.depths.append(depth)
        queries = tuple(item.id for item in self.data.queries)
        corpus = tuple(item.id for item in self.data.corpus)
        rows = np.tile(np.arange(len(corpus))[:depth], (len(queries), 1))
        return {
            dim: Ranking(queries, corpus, rows, -rows.astype(np.float64), rows) for dim in (256, 64)
        }


@pytest.fixture(params=registry.names("tasks"))
def task(request: pytest.FixtureRequest) -> Task:
    found: Task = registry.create("tasks", request.param)
    return found


def test_it_is_a_frozen_slotted_dataclass_with_a_sentence(task: Task) -> None:
    cls: Any = type(task)
    assert cls.__dataclass_params__.frozen
    assert not hasattr(task, "__dict__")
    assert (inspect.getdoc(cls) or "").splitlines()[0].endswith(".")


def test_it_needs_items_of_the_data_set_only(task: Task) -> None:
    data = DATA[task.truth]()
    needs = task.needs(data)
    assert set(map(id, needs.queries)) <= set(map(id, data.queries))
    assert set(map(id, needs.corpus)) <= set(map(id, data.corpus))
    assert needs.queries


def test_evidence_is_of_the_kind_it_names_at_every_size(task: Task) -> None:
    data = DATA[task.truth]()
    search = Search(data)
    found = task.evidence(data, search, depth=4, relevant=1)
    assert set(found) == {256, 64}
    assert all(evidence.kind == task.evidence_kind for evidence in found.values())
    assert all(depth >= 4 for depth in search.depths)


def test_evidence_is_about_its_units(task: Task) -> None:
    data = DATA[task.truth]()
    for evidence in task.evidence(data, Search(data), depth=4, relevant=2).values():
        assert tuple(unit.id for unit in evidence.units) == evidence.ids
        assert all(labels.shape == (len(evidence.ids),) for labels in evidence.clusters)
        assert evidence.touched(frozenset()).shape == (len(evidence.ids),)
        assert not evidence.touched(frozenset()).any()
        assert evidence.touched(frozenset(item.id for item in data.corpus)).any()


def test_the_metrics_of_its_kind_can_score_it(task: Task) -> None:
    data = DATA[task.truth]()
    evidence = task.evidence(data, Search(data), depth=10, relevant=1)[64]
    words = registry.names("metrics")
    kinds = {word: registry.find("metrics", word).evidence_kind for word in words}
    assert task.evidence_kind in kinds.values()
    if task.evidence_kind == "ranking":
        value = registry.metric("recall@1").per_unit(evidence).columns["value"]
        np.testing.assert_array_equal(value, [0.5, 0.0, np.nan])

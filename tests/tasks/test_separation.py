"""Separation: cells, what is left out, what lacks, and its tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64, Int64, Ranking, Vectors, make_vectors
from evalkit.core.errors import UsageError
from evalkit.core.items import Card, Dataset, Item, SideName, Truth


def data(*cells: str, queries: Sequence[str] = ()) -> Dataset:
    """Items by `content place`, in the order given."""
    both = [
        tuple(Item(f"{side}{n}", cell, tags(cell)) for n, cell in enumerate(some))
        for side, some in (("q", queries), ("d", cells))
    ]
    return Dataset("crossed", both[0], both[1], Truth(), Card("crossed"))


def tags(cell: str) -> dict[str, tuple[str, ...]]:
    subject, place = cell.split()
    return {"subject": tuple(subject.split("+")), "place": (place,), "source": ("drawn",)}


GRID = ("lion snow", "lion beach", "cow snow", "cow beach", "lion snow")


class Search:
    """Knows the vectors of some items."""

    def __init__(self, vectors: Vectors) -> None:
        self.known = vectors

    def __call__(self, depth: int, exclude: Any = None, pools: Any = None) -> Mapping[int, Ranking]:
        raise AssertionError("nothing is searched")

    def vectors(self, side: SideName) -> Mapping[int, Vectors]:
        return {4: self.known}

    def spans(self, dim: int, hits: Int64) -> Float64:
        raise AssertionError("nothing is searched")

    def similarity(self, pairs: Sequence[tuple[str, str]]) -> Mapping[int, Float64]:
        raise AssertionError("nothing is compared")


def task(**params: Any) -> Any:
    return registry.create("tasks", "separation", content="subject", context="place", **params)


def evidence(dataset: Dataset, vectors: Vectors, **params: Any) -> Any:
    return task(**params).evidence(dataset, Search(vectors), 0, 1)[4]


def test_a_cell_is_all_items_of_one_content_in_one_context() -> None:
    found = evidence(data(*GRID), make_vectors([f"d{n}" for n in range(5)], np.eye(5, 4) + 0.1))
    assert found.ids == ("cow | beach", "cow | snow", "lion | beach", "lion | snow")
    assert found.members == ("d0", "d1", "d2", "d3", "d4")
    assert found.cell.tolist() == [3, 2, 1, 0, 3]
    assert [labels.tolist() for labels in found.clusters] == [
        ["cow", "cow", "lion", "lion"],
        ["beach", "snow", "beach", "snow"],
    ]
    assert found.units[3].tags == {"subject": ("lion",), "place": ("snow",), "source": ("drawn",)}
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)


def test_an_item_without_a_vector_stays_known_to_its_cell() -> None:
    found = evidence(data(*GRID), make_vectors(["d0", "d1", "d2", "d3"], np.eye(4) + 0.1))
    assert found.members == ("d0", "d1", "d2", "d3")
    assert found.touched("corpus", frozenset({"d4"})).tolist() == [False, False, False, True]
    assert not found.touched("query", frozenset({"d4"})).any()


def test_an_item_with_several_vectors_counts_with_their_mean() -> None:
    owners = np.array([0, 0, 1, 2, 3, 4])
    raw = np.array([[1, 0, 0, 0], [0, 1, 0, 0], *np.eye(4).tolist()], float)
    found = evidence(data(*GRID), make_vectors([f"d{n}" for n in range(5)], raw, owners))
    np.testing.assert_allclose(found.vectors[0], np.array([1, 1, 0, 0]) / np.sqrt(2), atol=1e-6)


def test_items_without_one_known_value_of_both_tags_are_left_out() -> None:
    of = data(*GRID, "lion+cow snow", "unknown beach")
    assert [item.id for item in task().needs(of).corpus] == ["d0", "d1", "d2", "d3", "d4"]
    assert len(task().units(of)) == 4
    assert task().problems(of) == []


def test_queries_can_be_compared() -> None:
    of = data("lion snow", queries=GRID)
    needs = task(of="queries").needs(of)
    assert ([item.id for item in needs.queries], needs.corpus) == (
        ["q0", "q1", "q2", "q3", "q4"],
        (),
    )
    rows = make_vectors([f"q{n}" for n in range(5)], np.eye(5, 4) + 0.1)
    assert evidence(of, rows, of="queries").side == "query"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("lion snow", "lion beach"), "every item to compare has the subject 'lion'"),
        (("lion snow", "cow snow"), "every item to compare has the place 'snow'"),
        (("unknown snow", "unknown beach"), "no item to compare has one known value"),
        (("lion snow", "cow beach"), "there is nothing to compare"),
        (("lion snow", "lion beach", "cow desert", "cow night"), "there is nothing to compare"),
    ],
)
def test_it_says_what_a_grid_lacks(cells: tuple[str, ...], words: str) -> None:
    (found,) = task().problems(data(*cells))
    assert words in found
    assert found.endswith(".")


def test_one_tag_cannot_be_both() -> None:
    with pytest.raises(UsageError, match="both the tag 'place'"):
        registry.create("tasks", "separation", content="place", context="place")


def test_tables_tell_what_similarity_goes_by() -> None:
    lion, cow = np.array([1.0, 0, 0, 0]), np.array([0, 1.0, 0, 0])
    snow, beach = np.array([0, 0, 2.0, 0]), np.array([0, 0, 0, 2.0])
    raw = np.array([lion + snow, lion + beach, cow + snow, cow + beach, lion + snow])
    found = evidence(data(*GRID), make_vectors([f"d{n}" for n in range(5)], raw))
    tables = {table.name: table for table in task().details(found)}
    assert set(tables) == {
        "pairs", "contents", "contexts", "cells", "nearest_content", "nearest_context",
    }  # fmt: skip
    like, beside, apart = tables["pairs"].rows
    assert (like[1], beside[1], apart[1]) == (3, 3, 3)
    assert (like[2], beside[2], apart[2]) == pytest.approx((0.2, 0.8, 0.0), abs=1e-6)
    assert "4 of 4 cells hold items, 3 of them only one." in tables["pairs"].note
    assert [row[3] for row in tables["contents"].rows] == pytest.approx([-0.6, -0.6], abs=1e-6)
    assert tables["nearest_context"].rows == (("beach", 2.0, 0.0), ("snow", 0.0, 3.0))
    assert tables["nearest_content"].rows == (("cow", 2.0, 0.0), ("lion", 0.0, 3.0))

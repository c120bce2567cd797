"""What every task promises, run over everything registered."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64, Int64, Ranking, Vectors, make_vectors
from evalkit.core.items import Card, Dataset, Group, Item, Pair, SideName, Truth
from evalkit.core.protocols import Task
from tests.contracts import factories_balance, factories_swaps


def graded() -> Dataset:
    """Return three queries and six items; the last query is not judged."""
    queries = tuple(Item(f"q{i}", f"query {i}") for i in range(3))
    corpus = tuple(Item(f"d{i}", f"item {i}") for i in range(6))
    grades = {"q0": {"d0": 1, "d5": 2}, "q1": {"d3": 0, "d1": 1}}
    return Dataset("graded", queries, corpus, Truth(grades=grades), Card("graded"))


def tagged() -> Dataset:
    """Return three queries and nine items, red or blue, at home or away; one colour is unknown.

    Every colour is in every place twice.
    """
    colours = ("red", "blue") * 4 + ("unknown",)
    places = ("home", "home", "away", "away") * 2 + ("home",)
    tags = [{"colour": (c,), "place": (p,)} for c, p in zip(colours, places, strict=True)]
    queries = tuple(Item(f"q{i}", f"query {i}", tags[i]) for i in range(3))
    corpus = tuple(Item(f"d{i}", f"item {i}", found) for i, found in enumerate(tags))
    return Dataset("tagged", queries, corpus, Truth(), Card("tagged"))


def paired() -> Dataset:
    """Return five pairs of six items and two queries, two of them duplicates."""
    queries = tuple(Item(f"q{i}", f"query {i}") for i in range(2))
    corpus = tuple(Item(f"d{i}", f"item {i}") for i in range(6))
    named = ("d0 d1 duplicate", "d0 d2 other", "q0 d3 duplicate", "q0 q1 other", "d4 d1 other")
    truth = Truth(pairs=tuple(Pair(*line.split()) for line in named))
    return Dataset("paired", queries, corpus, truth, Card("paired"))


def grouped() -> Dataset:
    """Return two anchors with all of their roles, one numbered, two contrasts, and another kind."""
    corpus = tuple(Item(f"d{i}", f"item {i}") for i in range(16))
    queries = tuple(Item(f"q{i}", f"query {i}", {"kind": ("negation",)}) for i in range(4))
    first = {"anchor": "d0", "like": "d1", "varied": "d2", "unlike": "d3"}
    second = {"anchor": "d4", "like": "d5", "like2": "d6", "unlike": "d7"}
    groups = (
        Group("g0", "like_varied", first),
        Group("g1", "like_varied", second),
        Group("g2", "another", {"anchor": "d0", "like": "d7"}),
        Group("g3", "contrast", contrast(0, 8)),
        Group("g4", "contrast", contrast(2, 12)),
    )
    return Dataset("grouped", queries, corpus, Truth(groups=groups), Card("grouped"))


def contrast(query: int, item: int) -> dict[str, str]:
    """Return the roles of two queries and four items, counted from a number of each."""
    asked = {f"query{i + 1}": f"q{query + i}" for i in range(2)}
    told = ("document1", "document2", "paraphrase1", "paraphrase2")
    return asked | {role: f"d{item + i}" for i, role in enumerate(told)}


DATA: dict[str, Callable[[], Dataset]] = {
    "grades": graded,
    "tags": tagged,
    "pairs": paired,
    "groups": grouped,
}
"""A data set for each kind of truth; a task that needs another kind needs an entry here."""
OWN: dict[str, Callable[[], Dataset]] = {
    "associations": factories_swaps.groups,
    "balance": factories_balance.tagged,
    "swaps": factories_swaps.groups,
    "wordings": factories_swaps.groups,
}
"""A data set for kinds of evidence that need more than their kind of truth."""
PARAMS: dict[str, dict[str, Any]] = {
    "classification": {"label": "colour"},
    "clustering": {"label": "colour"},
    "gender_balance": factories_balance.BALANCE,
    "separation": {"content": "colour", "context": "place"},
}
"""Parameters of tasks that cannot do without."""


SIDES: tuple[SideName, ...] = ("query", "corpus")


def data_for(task: Task) -> Dataset:
    """Return a data set on which a task can be done."""
    return OWN.get(task.evidence_kind, DATA[task.truth])()


class Search:
    """Finds the needed corpus in order for each query, at two sizes, honouring limits."""

    def __init__(self, data: Dataset, task: Task) -> None:
        self.needs = task.needs(data)
        self.depths: list[int] = []

    def __call__(
        self,
        depth: int,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> Mapping[int, Ranking]:
        self.depths.append(depth)
        queries = tuple(item.id for item in self.needs.queries)
        corpus = tuple(item.id for item in self.needs.corpus)
        rows = np.full((len(queries), min(depth, len(corpus))), -1, np.int64)
        for q, query in enumerate(queries):
            left = [
                n
                for n, item in enumerate(corpus)
                if item not in (exclude or {}).get(query, ())
                and (pools is None or item in pools[query])
            ]
            some = left[: rows.shape[1]]
            rows[q, : len(some)] = some
        scores = np.where(rows >= 0, 1 - rows / 100, np.nan)
        return {dim: Ranking(queries, corpus, rows, scores, rows) for dim in (256, 64)}

    def vectors(self, side: SideName) -> Mapping[int, Vectors]:
        items = self.needs.queries if side == "query" else self.needs.corpus
        rng = np.random.default_rng(3)
        raw = rng.normal(size=(len(items), 256))
        return {d: make_vectors([i.id for i in items], raw[:, :d]) for d in (256, 64)}

    def spans(self, dim: int, hits: Int64) -> Float64:
        return np.full((*hits.shape, 2), np.nan)

    def similarity(self, pairs: Sequence[tuple[str, str]]) -> Mapping[int, Float64]:
        return {dim: np.linspace(0.9, 0.1, len(pairs)) for dim in (256, 64)}


@pytest.fixture(params=registry.names("tasks"))
def task(request: pytest.FixtureRequest) -> Task:
    found: Task = registry.create("tasks", request.param, **PARAMS.get(request.param, {}))
    return found


def test_it_is_a_frozen_slotted_dataclass_with_a_sentence(task: Task) -> None:
    cls: Any = type(task)
    assert cls.__dataclass_params__.frozen
    assert not hasattr(task, "__dict__")
    assert (inspect.getdoc(cls) or "").splitlines()[0].endswith(".")


def test_it_needs_items_of_the_data_set_only(task: Task) -> None:
    data = data_for(task)
    needs = task.needs(data)
    assert set(map(id, needs.queries)) <= set(map(id, data.queries))
    assert set(map(id, needs.corpus)) <= set(map(id, data.corpus))
    assert needs.queries or needs.corpus


def test_evidence_is_of_the_kind_it_names_at_every_size(task: Task) -> None:
    data = data_for(task)
    search = Search(data, task)
    found = task.evidence(data, search, depth=4, relevant=1)
    assert set(found) == {256, 64}
    assert all(evidence.kind == task.evidence_kind for evidence in found.values())
    assert all(depth >= 4 for depth in search.depths)


def test_evidence_is_about_its_units(task: Task) -> None:
    data = data_for(task)
    for evidence in task.evidence(data, Search(data, task), depth=4, relevant=2).values():
        assert tuple(unit.id for unit in evidence.units) == evidence.ids
        assert tuple(unit.id for unit in task.units(data)) == evidence.ids
        assert all(labels.shape == (len(evidence.ids),) for labels in evidence.clusters)
        everything = frozenset(item.id for item in (*data.queries, *data.corpus))
        assert evidence.touched(evidence.side, everything).all()
        for side in SIDES:
            assert evidence.touched(side, frozenset()).shape == (len(evidence.ids),)
            assert not evidence.touched(side, frozenset()).any()


def test_the_metrics_of_its_kind_can_score_it(task: Task) -> None:
    data = data_for(task)
    evidence = task.evidence(data, Search(data, task), depth=10, relevant=1)[64]
    words = registry.names("metrics")
    kinds = {word: registry.find("metrics", word).evidence_kind for word in words}
    assert task.evidence_kind in kinds.values()
    if task.evidence_kind == "ranking":
        value = registry.metric("recall@1").per_unit(evidence).columns["value"]
        np.testing.assert_array_equal(value, [0.5, 0.0, np.nan])


def test_it_finds_no_problem_where_there_is_none_and_says_what_an_empty_data_set_lacks(
    task: Task,
) -> None:
    problems: Any = getattr(task, "problems", None)
    if problems is None:  # it needs nothing that reading has not checked
        assert task.truth == "grades"
        return
    assert list(problems(data_for(task))) == []
    found = problems(Dataset("empty", (), (), Truth(), Card("empty")))
    assert found
    assert all(sentence.endswith(".") for sentence in found)


def test_its_tables_have_a_value_for_every_column(task: Task) -> None:
    data = data_for(task)
    evidence = task.evidence(data, Search(data, task), depth=4, relevant=1)[64]
    details: Any = getattr(task, "details", lambda evidence: ())
    tables = list(details(evidence))
    assert len({table.name for table in tables}) == len(tables)
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}

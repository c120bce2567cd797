"""What every metric promises, run over everything registered."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item
from evalkit.core.protocols import Metric

N = 40


def ranked() -> Ranked:
    """Return lists of 12 over 30 items; query 0 is unjudged, 1 has nothing relevant, 2 no list."""
    rng = np.random.default_rng(11)
    items = rng.permuted(np.tile(np.arange(30), (N, 1)), axis=1)
    rows, judged = items[:, :12].copy(), rng.permuted(items, axis=1)[:, :8].copy()
    grades = -np.sort(-rng.integers(-1, 4, (N, 8)), axis=1)
    judged[0], grades[0], grades[1], rows[2] = -1, 0, 0, -1
    scores = np.where(rows >= 0, -np.arange(12.0), np.nan)
    queries = tuple(Item(f"q{i}", "", {"intent": (f"i{i // 2}",)}) for i in range(N))
    clusters = (np.array([q.tag("intent")[0] for q in queries], object),)
    corpus = tuple(Item(f"d{i}", "") for i in range(30))
    ids = tuple(q.id for q in queries)
    return Ranked(ids, rows, scores, judged, grades, 1, clusters, queries, corpus)


def reordered(evidence: Any, order: np.ndarray) -> Any:
    return dataclasses.replace(
        evidence,
        ids=tuple(evidence.ids[i] for i in order),
        units=tuple(evidence.units[i] for i in order),
        clusters=tuple(labels[order] for labels in evidence.clusters),
        **{name: getattr(evidence, name)[order] for name in ("rows", "scores", "judged", "grades")},
    )


EVIDENCE: dict[str, Callable[[], Any]] = {"ranking": ranked}
"""Evidence for each kind; a metric of a new kind needs an entry here."""


def whole_name(word: str) -> str:
    """Return a name that can be created: the word, with a cut-off where it needs one."""
    cut = [f for f in dataclasses.fields(registry.find("metrics", word)) if f.name == "k"]
    return f"{word}@5" if cut and cut[0].default is dataclasses.MISSING else word


@pytest.fixture(params=registry.names("metrics"))
def metric(request: pytest.FixtureRequest) -> Metric:
    found: Metric = registry.metric(whole_name(request.param))
    return found


def test_it_is_a_frozen_slotted_dataclass_with_a_sentence(metric: Metric) -> None:
    cls: Any = type(metric)
    assert cls.__dataclass_params__.frozen
    assert not hasattr(metric, "__dict__")
    assert (inspect.getdoc(cls) or "").splitlines()[0].endswith(".")


def test_it_says_what_it_is(metric: Metric) -> None:
    assert registry.metric(metric.name) == metric
    assert metric.better in ("high", "low", "zero")
    assert metric.unit
    assert metric.range[0] < metric.range[1]
    assert metric.depth >= 0
    assert metric.evidence_kind in EVIDENCE


def test_a_score_per_unit_within_its_range(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    scores = metric.per_unit(evidence)
    assert scores.ids == evidence.ids
    assert [len(labels) for labels in scores.clusters] == [N] * len(scores.clusters)
    for column in scores.columns.values():
        assert column.shape == (N,)
        assert column.dtype == np.float64
    value = scores.columns.get("value", np.zeros(0))
    scored = value[~np.isnan(value)]
    assert ((scored >= metric.range[0]) & (scored <= metric.range[1])).all()


def test_a_unit_without_judgements_is_not_scored(metric: Metric) -> None:
    scores = metric.per_unit(EVIDENCE[metric.evidence_kind]())
    assert all(np.isnan(column[0]) for column in scores.columns.values())
    assert all(np.isfinite(column[3:]).any() for column in scores.columns.values())


def test_evidence_is_left_alone_and_the_answer_is_the_same_again(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    names = [f.name for f in dataclasses.fields(evidence)]
    before = {n: v.copy() for n in names if isinstance(v := getattr(evidence, n), np.ndarray)}
    first, second = metric.per_unit(evidence), metric.per_unit(evidence)
    for name, old in before.items():
        np.testing.assert_array_equal(getattr(evidence, name), old)
    for name, column in first.columns.items():
        np.testing.assert_array_equal(second.columns[name], column)


def test_units_do_not_depend_on_each_other(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    order = np.random.default_rng(1).permutation(N)[: N // 2]
    whole, part = metric.per_unit(evidence), metric.per_unit(reordered(evidence, order))
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(part.columns[name], column[order])


def test_the_summary_takes_weights(metric: Metric) -> None:
    scores = metric.per_unit(EVIDENCE[metric.evidence_kind]())
    weights = np.ones((3, N))
    weights[1] *= 2
    weights[2] = 0
    once, twice, nothing = metric.summary(scores, weights)
    assert metric.range[0] <= once <= metric.range[1]
    assert twice == pytest.approx(once)
    assert np.isnan(nothing)


def test_what_could_be_scored_is_scored(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    finite = np.all([np.isfinite(c) for c in metric.per_unit(evidence).columns.values()], axis=0)
    np.testing.assert_array_equal(metric.scorable(evidence), finite)


def test_it_summarises_many_sets_of_scores_as_it_does_one(metric: Metric) -> None:
    scores = metric.per_unit(EVIDENCE[metric.evidence_kind]())
    weights = np.random.default_rng(3).integers(0, 4, (50, N)).astype(float)
    holes = [np.ones(N, bool), np.arange(N) % 2 == 0]
    columns = {
        name: np.stack([np.where(hole, c, np.nan) for hole in holes], axis=1)
        for name, c in scores.columns.items()
    }
    both = metric.summary(dataclasses.replace(scores, columns=columns), weights)
    for n, hole in enumerate(holes):
        alone = {name: np.where(hole, c, np.nan) for name, c in scores.columns.items()}
        one = metric.summary(dataclasses.replace(scores, columns=alone), weights)
        np.testing.assert_allclose(both[:, n], one, rtol=0, atol=1e-12)

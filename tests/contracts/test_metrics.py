"""What every metric promises, run over everything registered."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.evidence import Clustered, Labelled, Matched, Paired, Ranked
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


def labelled() -> Labelled:
    """Return 12 neighbours of each unit; unit 0 has no known label, 2 and 7 have no neighbour."""
    rng = np.random.default_rng(12)
    true, rows = rng.integers(0, 4, N), rng.integers(0, 30, (N, 12))
    true[0], rows[[2, 7]] = -1, -1
    neighbours = np.where(rng.random((N, 12)) < 0.5, true[:, None], rng.integers(0, 5, (N, 12)))
    neighbours = np.where(rows >= 0, neighbours, -1)
    scores = np.where(rows >= 0, 1 - np.arange(12) / 20, np.nan)
    units, clusters = intents()
    ids, corpus = tuple(u.id for u in units), tuple(Item(f"d{i}", "") for i in range(30))
    classes = tuple("abcde")
    return Labelled(ids, true, classes, neighbours, scores, rows, False, clusters, units, corpus)


def clustered() -> Clustered:
    """Return three clusterings of units into about five clusters; unit 0 has no known topic."""
    rng = np.random.default_rng(13)
    true = rng.integers(0, 5, N)
    assigned = np.where(rng.random((3, N)) < 0.6, true, rng.integers(0, 6, (3, N)))
    true[0] = -1
    units, clusters = intents()
    return Clustered(tuple(u.id for u in units), true, tuple("abcde"), assigned, clusters, units)


def paired() -> Paired:
    """Return pairs of every kind around ten anchors, some of them equally similar."""
    rng = np.random.default_rng(14)
    kinds = tuple(("like", "varied", "unlike", "unlike")[n % 4] for n in range(N))
    members = tuple((f"a{n // 4}", f"b{n}") for n in range(N))
    positive = np.array([kind != "unlike" for kind in kinds])
    scores = np.round(rng.normal(np.where(positive, 0.5, 0.3), 0.15), 1).clip(-1, 1)
    clusters = tuple(np.array(side, object) for side in zip(*members, strict=True))
    units = tuple(Item(f"{a} ~ {b}", "") for a, b in members)
    return Paired(tuple(u.id for u in units), members, scores, positive, kinds, clusters, units)


def matched() -> Matched:
    """Return lists of 12 over 30 recordings; every third segment has no source, 2 has no list."""
    rng = np.random.default_rng(15)
    rows = rng.permuted(np.tile(np.arange(30), (N, 1)), axis=1)[:, :12].copy()
    source = np.where(np.arange(N) % 3 == 0, -1, rows[np.arange(N), rng.integers(0, 2, N)])
    rows[2] = -1
    scores = np.where(rows >= 0, rng.random((N, 1)) - np.arange(12) / 20, np.nan)
    spans = np.where(
        (rows >= 0)[:, :, None], rng.integers(0, 4, (N, 12, 1)) + np.array([0, 2.0]), np.nan
    )
    place = np.where(source[:, None] >= 0, rng.integers(0, 4, (N, 1)) + np.array([0, 1.5]), np.nan)
    units, clusters = intents()
    corpus = tuple(Item(f"d{i}", "") for i in range(30))
    ids = tuple(u.id for u in units)
    return Matched(ids, rows, scores, spans, source, place, clusters, units, corpus)


def intents() -> tuple[tuple[Item, ...], tuple[np.ndarray]]:
    """Return units of which two neighbours are of one intent, and their cluster labels."""
    units = tuple(Item(f"q{i}", "", {"intent": (f"i{i // 2}",)}) for i in range(N))
    return units, (np.array([u.tag("intent")[0] for u in units], object),)


def reordered(evidence: Any, order: np.ndarray) -> Any:
    """Return the evidence on some of its units, in another order."""
    changed: dict[str, Any] = {"clusters": tuple(c[order] for c in evidence.clusters)}
    for field in dataclasses.fields(evidence):
        value = getattr(evidence, field.name)
        if isinstance(value, np.ndarray):
            changed[field.name] = value[order] if len(value) == N else value[:, order]
        elif isinstance(value, tuple) and len(value) == N:
            changed[field.name] = tuple(value[i] for i in order)
    return dataclasses.replace(evidence, **changed)


EVIDENCE: dict[str, Callable[[], Any]] = {
    "any": ranked,
    "ranking": ranked,
    "labels": labelled,
    "clusters": clustered,
    "pairs": paired,
    "matches": matched,
}
"""Evidence for each kind; a metric of a new kind needs an entry here."""
PARAMS: dict[str, dict[str, Any]] = {
    "effective": {"metric": "hit@5", "at_least": 1.0},
    "false_match_rate": {"threshold": 0.5},
}
"""Parameters of metrics that cannot do without."""
ALL_JUDGED = {"pairs", "matches"}
"""Kinds of evidence in which something is known of every unit."""


def whole_name(word: str) -> str:
    """Return a name that can be created: the word, with a cut-off where it needs one."""
    cut = [f for f in dataclasses.fields(registry.find("metrics", word)) if f.name == "k"]
    return f"{word}@5" if cut and cut[0].default is dataclasses.MISSING else word


@pytest.fixture(params=registry.names("metrics"))
def metric(request: pytest.FixtureRequest) -> Metric:
    found: Metric = registry.metric(whole_name(request.param), PARAMS.get(request.param))
    return found


def test_it_is_a_frozen_slotted_dataclass_with_a_sentence(metric: Metric) -> None:
    cls: Any = type(metric)
    assert cls.__dataclass_params__.frozen
    assert not hasattr(metric, "__dict__")
    assert (inspect.getdoc(cls) or "").splitlines()[0].endswith(".")


def test_it_says_what_it_is(metric: Metric) -> None:
    params = PARAMS.get(metric.name.partition("@")[0])
    assert registry.metric(metric.name, params) == metric
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


def test_a_unit_that_cannot_be_scored_is_nan_in_every_column(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    scorable = metric.scorable(evidence)
    assert scorable.any()
    if metric.evidence_kind not in ALL_JUDGED and not metric.name.startswith("inconsistent@"):
        assert not scorable[0]
    for column in metric.per_unit(evidence).columns.values():
        assert np.isnan(column[~scorable]).all()


def test_evidence_is_left_alone_and_the_answer_is_the_same_again(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    names = [f.name for f in dataclasses.fields(evidence)]
    before = {n: v.copy() for n in names if isinstance(v := getattr(evidence, n), np.ndarray)}
    first, second = metric.per_unit(evidence), metric.per_unit(evidence)
    for name, old in before.items():
        np.testing.assert_array_equal(getattr(evidence, name), old)
    for name, column in first.columns.items():
        np.testing.assert_array_equal(second.columns[name], column)


def test_units_depend_on_none_of_another_cluster(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    rng, labels = np.random.default_rng(1), evidence.clusters[0]
    some = rng.permutation(np.unique(labels))[: len(np.unique(labels)) // 2]
    order = rng.permutation(np.flatnonzero(np.isin(labels, some)))
    whole, part = metric.per_unit(evidence), metric.per_unit(reordered(evidence, order))
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(part.columns[name], column[order])


def test_the_order_of_units_does_not_matter(metric: Metric) -> None:
    evidence = EVIDENCE[metric.evidence_kind]()
    order = np.random.default_rng(4).permutation(N)
    weights = np.random.default_rng(5).integers(0, 4, (9, N)).astype(float)
    first = metric.summary(metric.per_unit(evidence), weights)
    other = metric.summary(metric.per_unit(reordered(evidence, order)), weights[:, order])
    np.testing.assert_allclose(other, first, rtol=0, atol=1e-12)


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

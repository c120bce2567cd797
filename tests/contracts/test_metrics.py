"""What every metric promises, run over everything registered."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.changed import Changed
from evalkit.core.contrasted import Contrasted
from evalkit.core.crossed import Crossed
from evalkit.core.evidence import Clustered, Labelled, Matched, Paired, Ranked
from evalkit.core.items import Item
from evalkit.core.metric import Metric
from evalkit.core.space import Space
from tests.contracts import factories_balance, factories_swaps

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


def changed() -> Changed:
    """Return lists before and after a probe that swaps neighbours, and top items of some lists."""
    clean, rng = ranked(), np.random.default_rng(16)
    rows = clean.rows.copy()
    rows[::2, 2:4] = rows[::2, 3:1:-1]
    rows[::3, 0] = rows[::3, 11]
    rows[::3, 11] = clean.rows[::3, 0]
    rows[5] = -1
    scores = np.where(rows >= 0, clean.scores, np.nan)
    probed = dataclasses.replace(clean, rows=rows, scores=scores)
    relevant = np.any((clean.judged >= 0) & (clean.grades >= clean.relevant), axis=1)
    right = np.where(relevant[:, None], rng.uniform(0.2, 0.9, (N, 2)), np.nan)
    shift, apart = rng.uniform(0, 0.3, N), rng.uniform(0.5, 1.1, N)
    return Changed(clean, probed, right, shift, apart, rng.integers(1, 9, N))


def crossed() -> Crossed:
    """Return cells of eight contents in five contexts, three items each, both in the vectors."""
    rng = np.random.default_rng(17)
    content, context = np.divmod(np.arange(N), 5)
    contents, contexts = (
        tuple(f"{w}{n}" for n in c) for w, c in (("is", content), ("in", context))
    )
    ids = tuple(f"{a} | {b}" for a, b in zip(contents, contexts, strict=True))
    cell = np.repeat(np.arange(N), 3)
    rows = rng.normal(size=(8, 12))[content] + 0.7 * rng.normal(size=(5, 12))[context]
    vectors = unit_rows(rows[cell] + 0.5 * rng.normal(size=(len(cell), 12)))
    members = tuple(f"m{n:03}" for n in range(len(cell)))
    clusters = (np.array(contents, object), np.array(contexts, object))
    tags = zip(contents, contexts, strict=True)
    units = tuple(
        Item(name, "", {"content": (a,), "context": (b,)})
        for name, (a, b) in zip(ids, tags, strict=True)
    )
    everything = dict(zip(members, cell.tolist(), strict=True))
    return Crossed(
        ids, contents, contexts, clusters, units, members, cell, vectors, everything
    )  # fmt: skip


def contrasted() -> Contrasted:
    """Return pairs of four kinds in templates of two; some are right, some tied, some the same."""
    rng = np.random.default_rng(18)
    kinds = tuple(("negation", "number", "antonym", "unit")[n // 2 % 4] for n in range(N))
    similarity = np.round(rng.uniform(0.3, 0.7, (N, 2, 2)) + 0.1 * np.eye(2), 1)
    control = np.round(rng.uniform(0.4, 0.9, (N, 2)), 1)
    right, contrary = rng.permuted(np.tile(np.arange(1, 21), (2 * N, 1)), axis=1)[:, :2].T
    found = np.where(right > 18, 0, right).reshape(N, 2)
    against = np.where(contrary > 18, 0, contrary).reshape(N, 2)
    words: dict[str, tuple[str, ...]] = {"query": ("a", "b"), "corpus": ("c", "d", "e", "f")}
    sides: dict[str, Any] = {
        f"{word}{n}": side for side, some in words.items() for word in some for n in range(N)
    }
    roles: dict[str, tuple[int, ...]] = {name: (int(name[1:]),) for name in sides}
    units, clusters = intents()
    ids = tuple(u.id for u in units)
    return Contrasted(
        ids, kinds, similarity, control, found, against, roles, sides, clusters, units
    )  # fmt: skip


def space() -> Space:
    """Return texts and images apart from each other, near to 25 queries; unit 0 answers none."""
    rng = np.random.default_rng(19)
    modalities = tuple(("text", "image")[n % 2] for n in range(N))
    centres = rng.normal(size=(2, 12))
    vectors = unit_rows(centres[np.arange(N) % 2] + rng.normal(size=(N, 12)))
    queries = unit_rows(centres[0] + rng.normal(size=(25, 12)))
    neighbours = np.argsort(-queries @ vectors.T, axis=1)[:, :12]
    positives = np.column_stack([np.arange(75) % 25, rng.integers(1, N, 75)])
    units = tuple(Item(f"d{n}", "") for n in range(N))
    ids = tuple(u.id for u in units)
    alone, asked = (np.array(ids, object),), ("text",) * 25
    return Space(
        ids, vectors, modalities, queries, asked, neighbours, positives, alone, units
    )  # fmt: skip


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1, float32."""
    found: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found.astype(np.float32)


def intents() -> tuple[tuple[Item, ...], tuple[np.ndarray]]:
    """Return units of which two neighbours are of one intent, and their cluster labels."""
    units = tuple(Item(f"q{i}", "", {"intent": (f"i{i // 2}",)}) for i in range(N))
    return units, (np.array([u.tag("intent")[0] for u in units], object),)


def reordered(evidence: Any, order: np.ndarray) -> Any:
    """Return the evidence on some of its units, in another order."""
    place = {int(old): new for new, old in enumerate(order)}
    move = _MOVED.get(evidence.kind)
    moved = move(evidence, place) if move else {}
    for field in dataclasses.fields(evidence):
        value = getattr(evidence, field.name)
        if field.name in moved or field.name == "matched":  # of the items, which stay
            continue
        if field.name == "clusters":
            moved["clusters"] = tuple(labels[order] for labels in value)
        elif dataclasses.is_dataclass(value):
            moved[field.name] = reordered(value, order)
        elif isinstance(value, np.ndarray):
            moved[field.name] = value[order] if len(value) == N else value[:, order]
        elif isinstance(value, tuple) and len(value) == N:
            moved[field.name] = tuple(value[i] for i in order)
    return dataclasses.replace(evidence, **moved)


def _moved_members(evidence: Crossed, place: dict[int, int]) -> dict[str, Any]:
    """Return what names cells by position: the items of the chosen ones, cell by cell."""
    kept = [n for n, cell in enumerate(evidence.cell.tolist()) if cell in place]
    kept.sort(key=lambda n: place[int(evidence.cell[n])])
    return {
        "members": tuple(evidence.members[n] for n in kept),
        "cell": np.array([place[int(evidence.cell[n])] for n in kept]),
        "vectors": evidence.vectors[kept],
        "everything": {m: place[c] for m, c in evidence.everything.items() if c in place},
    }


def _moved_roles(evidence: Contrasted, place: dict[int, int]) -> dict[str, Any]:
    """Return what names pairs by position: who plays in the chosen ones."""
    new = {m: tuple(place[n] for n in at if n in place) for m, at in evidence.roles.items()}
    roles = {member: at for member, at in new.items() if at}
    return {"roles": roles, "sides": {member: evidence.sides[member] for member in roles}}


def _moved_neighbours(evidence: Space, place: dict[int, int]) -> dict[str, Any]:
    """Return what names units by position, for an order of all of them; queries stay."""
    to = np.array([*(place[n] for n in range(N)), -1])
    positives = np.column_stack([evidence.positives[:, 0], to[evidence.positives[:, 1]]])
    return {
        "queries": evidence.queries,
        "query_modalities": evidence.query_modalities,
        "neighbours": to[evidence.neighbours],
        "positives": positives,
    }


def _moved_swaps(evidence: Any, place: dict[int, int]) -> dict[str, Any]:
    """Return what names swapped units by position: who plays in the chosen ones."""
    new = {m: tuple(place[n] for n in at if n in place) for m, at in evidence.roles.items()}
    return {"roles": {member: at for member, at in new.items() if at}}


def _same_items(evidence: Any, place: dict[int, int]) -> dict[str, Any]:
    """Return what is of items and not of units."""
    return {"member": evidence.member}


_MOVED: dict[str, Callable[..., dict[str, Any]]] = {
    "balance": _same_items,
    "swaps": _moved_swaps,
    "wordings": _moved_swaps,
    "crossed": _moved_members,
    "contrasts": _moved_roles,
    "space": _moved_neighbours,
}
EVIDENCE: dict[str, Callable[[], Any]] = {
    "any": ranked,
    "ranking": ranked,
    "labels": labelled,
    "clusters": clustered,
    "pairs": paired,
    "matches": matched,
    "changes": changed,
    "crossed": crossed,
    "contrasts": contrasted,
    "space": space,
    "balance": factories_balance.balanced,
    "swaps": factories_swaps.swapped,
    "wordings": factories_swaps.worded,
    "associations": factories_swaps.associated,
}
"""Evidence for each kind; a metric of a new kind needs an entry here."""
PARAMS: dict[str, dict[str, Any]] = {
    "effective": {"metric": "hit@5", "at_least": 1.0},
    "false_match_rate": {"threshold": 0.5},
    "threshold_misses": {"threshold": 0.5},
}
"""Parameters of metrics that cannot do without."""
ALL_JUDGED = {
    "associations",
    "contrasts",
    "crossed",
    "matches",
    "pairs",
    "space",
    "swaps",
    "wordings",
}
"""Kinds of evidence in which something is known of every unit."""
NEED_NO_JUDGEMENT = {
    "inconsistent",
    "jaccard",
    "normalised_shift",
    "rbo",
    "self_retrieval",
    "top1_same",
    "variant_rbo",
    "variant_top1",
}
"""Metrics that compare lists or vectors with each other."""
TOGETHER = {"associations", "crossed", "space", "gini"}
"""Kinds of evidence, and metrics, in which the score of a unit depends on all others."""


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
    free = metric.name.partition("@")[0] in NEED_NO_JUDGEMENT
    if metric.evidence_kind not in ALL_JUDGED and not free:
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
    if {metric.evidence_kind, metric.name.partition("@")[0]} & TOGETHER:
        pytest.skip("every unit is compared with every other one")
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


@pytest.mark.parametrize(
    "word", [w for w in registry.names("metrics") if hasattr(registry.find("metrics", w), "null")]
)
def test_what_it_would_be_by_chance_lies_in_its_range_and_is_seeded(word: str) -> None:
    metric: Any = registry.metric(whole_name(word), PARAMS.get(word))
    evidence = EVIDENCE[metric.evidence_kind]()
    draws, again = (metric.null(evidence, np.random.default_rng(seed)) for seed in (6, 6))
    assert draws.dtype == np.float64
    assert len(draws) >= 20
    assert np.isfinite(draws).all()
    assert ((draws >= metric.range[0]) & (draws <= metric.range[1])).all()
    np.testing.assert_array_equal(draws, again)


@pytest.mark.parametrize(
    "word",
    [w for w in registry.names("metrics") if hasattr(registry.find("metrics", w), "expected")],
)
def test_what_chance_gives_each_unit_is_what_its_draws_have_on_average(word: str) -> None:
    metric: Any = registry.metric(whole_name(word), PARAMS.get(word))
    evidence = EVIDENCE[metric.evidence_kind]()
    mean = metric.expected(evidence, np.random.default_rng(8))
    assert mean.shape == (N,)
    assert mean.dtype == np.float64
    np.testing.assert_array_equal(np.isfinite(mean), metric.scorable(evidence))
    known = mean[np.isfinite(mean)]
    assert ((known >= metric.range[0]) & (known <= metric.range[1])).all()
    draws = metric.null(evidence, np.random.default_rng(9))
    noise = draws.std() * (len(draws) ** -0.5 + 200**-0.5)
    assert known.mean() == pytest.approx(draws.mean(), abs=4 * noise)


ORDERED = {
    "associations",
    "balance",
    "changes",
    "contrasts",
    "crossed",
    "space",
    "swaps",
    "wordings",
}
"""Kinds of evidence that name units, or items, by position."""


@pytest.mark.parametrize("kind", sorted(ORDERED))
def test_evidence_in_another_order_says_the_same_of_every_unit(kind: str) -> None:
    evidence, order = EVIDENCE[kind](), np.random.default_rng(20).permutation(N)
    other = reordered(evidence, order)
    assert other.ids == tuple(evidence.ids[n] for n in order)
    assert tuple(unit.id for unit in other.units) == other.ids
    names = [*evidence.ids, *getattr(evidence, "members", ()), *getattr(evidence, "roles", ())]
    for side in ("query", "corpus"):
        some = frozenset(names[:: len(names) // 6])
        np.testing.assert_array_equal(
            other.touched(side, some), evidence.touched(side, some)[order]
        )

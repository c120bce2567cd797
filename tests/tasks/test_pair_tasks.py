"""The tasks on pairs, duplicates and similarity: which pairs there are and what they are called."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.items import Dataset, Group, Pair
from evalkit.core.protocols import Task
from evalkit.tasks.duplicates import Duplicates
from evalkit.tasks.similarity import Similarity
from tests import toys
from tests.metrics.evidence_by_hand import overall, per_unit
from tests.tasks.by_hand import ByHand, Reader, dataset, item, run_task

CORPUS = (
    item("d1", "1 0", language="en", topic="news"),
    item("d2", "0.9 0.1", language="en", topic="sport"),
    item("d3", "0 1", language="es"),
    item("d4", "1 1"),
    item("lonely", "1 2"),
)
QUERIES = (item("q1", "0.8 0.2", language="en"), item("q2", "0.1 0.9"))
PAIRS = (
    Pair("d1", "d2", "duplicate", "reworded"),
    Pair("d1", "d3", "other"),
    Pair("q1", "d1", "duplicate"),
    Pair("q1", "q2", "unrelated"),
)


def evidence(task: Task, data: Dataset) -> Any:
    needs = task.needs(data)
    return task.evidence(data, ByHand(needs.queries, needs.corpus), 5, 1)[2]


# --- duplicates -----------------------------------------------------------------------------------


def test_pairs_may_lie_across_the_sides_and_only_their_items_are_embedded() -> None:
    needs = Duplicates().needs(dataset(QUERIES, CORPUS, pairs=PAIRS))
    assert [one.id for one in needs.queries] == ["q1", "q2"]
    assert [one.id for one in needs.corpus] == ["d1", "d2", "d3"]


def test_every_pair_is_a_unit_with_its_similarity() -> None:
    found = evidence(Duplicates(), dataset(QUERIES, CORPUS, pairs=PAIRS))
    assert found.ids == ("d1 ~ d2", "d1 ~ d3", "q1 ~ d1", "q1 ~ q2")
    assert found.positive.tolist() == [True, False, True, False]
    expected = [0.9 / 0.82**0.5, 0, 0.8 / 0.68**0.5, 0.26 / (0.68 * 0.82) ** 0.5]
    np.testing.assert_allclose(found.scores, expected, atol=1e-9)
    assert overall("average_precision", found) == 1.0


def test_a_pair_has_the_tags_that_both_share_and_its_kind() -> None:
    first, second, third, fourth = Duplicates().units(dataset(QUERIES, CORPUS, pairs=PAIRS))
    assert first.content == ("1 0", "0.9 0.1")
    assert dict(first.tags) == {"language": ("en",), "kind": ("reworded",)}
    assert dict(second.tags) == {"kind": ("unlike",)}
    assert dict(third.tags) == {"language": ("en",), "kind": ("alike",)}
    assert dict(fourth.tags) == {"kind": ("unlike",)}


def test_pairs_that_share_an_item_are_not_independent() -> None:
    first, second = evidence(Duplicates(), dataset(QUERIES, CORPUS, pairs=PAIRS)).clusters
    assert first.tolist() == ["d1", "d1", "q1", "q1"]
    assert second.tolist() == ["d2", "d3", "d1", "q2"]


def test_another_label_can_mean_the_same() -> None:
    data = dataset(QUERIES, CORPUS, pairs=PAIRS)
    assert evidence(Duplicates(same="unrelated"), data).positive.tolist() == [False] * 3 + [True]


@pytest.mark.parametrize(
    ("pairs", "same", "words"),
    [
        ((), "duplicate", "no pairs between the chosen items"),
        (PAIRS, "twin", "no pair has the label 'twin'"),
        (PAIRS[:1], "duplicate", "no pair has another label than 'duplicate'"),
    ],
)
def test_what_the_pairs_lack_is_said(pairs: tuple[Pair, ...], same: str, words: str) -> None:
    (sentence,) = Duplicates(same).problems(dataset(QUERIES, CORPUS, pairs=pairs))
    assert words in sentence


def copies(n: int = 60) -> Dataset:
    """Pairs of which every other one is a copy with some noise."""
    rng = np.random.default_rng(6)
    here = rng.normal(size=(n, 6))
    there = np.where(
        np.arange(n)[:, None] % 2, here + rng.normal(size=(n, 6)), rng.normal(size=(n, 6))
    )
    said = [[" ".join(f"{x:.4f}" for x in row) for row in side] for side in (here, there)]
    corpus = [item(f"{'ab'[s]}{i:02}", text) for s in (0, 1) for i, text in enumerate(said[s])]
    pairs = [Pair(f"a{i:02}", f"b{i:02}", ("other", "duplicate")[i % 2]) for i in range(n)]
    return dataset([], corpus, pairs=tuple(pairs))


PAIR_METRICS = (
    "average_precision",
    "roc_auc",
    "equal_error_rate",
    "equal_error_threshold",
    "precision_at_recall",
    "max_f1",
    "separation",
)


def test_a_case_of_duplicates_is_scored_with_intervals_at_every_size(tmp_path: Path) -> None:
    run = run_task("duplicates", copies(), PAIR_METRICS, tmp_path)
    for name in PAIR_METRICS:
        for dim in (16, 4):
            found = toys.value(run, name, dim=dim)
            assert found.n == 60
            assert found.low < found.value < found.high, name
    assert toys.value(run, "roc_auc").value > 0.8
    assert toys.value(run, "roc_auc").value >= toys.value(run, "roc_auc", dim=4).value


def test_a_pair_whose_item_failed_is_lost(tmp_path: Path) -> None:
    data = copies()
    broken = Reader(fail=frozenset({str(data.corpus[0].content)}))
    run = run_task("duplicates", data, ["roc_auc"], tmp_path, broken)
    assert toys.value(run, "roc_auc").n == 59


# --- similarity -----------------------------------------------------------------------------------

ROLES = {"anchor": "d1", "like": "d2", "varied": "d4", "varied2": "q1", "unlike": "d3"}
GROUPS = (
    Group("g1", "like_varied", ROLES),
    Group("g2", "like_varied", {"anchor": "d1", "like2": "d2", "unlike1": "q2", "note": "lonely"}),
    Group("g3", "contrast", {"anchor": "d1", "unlike": "lonely"}),
    Group("g4", "like_varied", {"like": "d2", "unlike": "d3"}),
)


def test_numbered_roles_are_pairs_of_their_kind_each_pair_once() -> None:
    found = evidence(Similarity(), dataset(QUERIES, CORPUS, groups=GROUPS))
    assert list(zip(found.ids, found.kinds, strict=True)) == [
        ("d1 ~ d2", "like"),
        ("d1 ~ d4", "varied"),
        ("d1 ~ q1", "varied"),
        ("d1 ~ d3", "unlike"),
        ("d1 ~ q2", "unlike"),
    ]
    assert found.positive.tolist() == [True, True, True, False, False]


def test_only_items_with_a_role_are_embedded() -> None:
    needs = Similarity().needs(dataset(QUERIES, CORPUS, groups=GROUPS))
    assert [one.id for one in needs.corpus] == ["d1", "d2", "d3", "d4"]
    assert [one.id for one in needs.queries] == ["q1", "q2"]


def test_like_and_varied_pairs_are_told_from_unlike_ones() -> None:
    found = evidence(Similarity(), dataset(QUERIES, CORPUS, groups=GROUPS))
    assert overall("roc_auc", found) == 1.0
    np.testing.assert_array_equal(per_unit("varied_success", found), [np.nan, 1, 1, np.nan, np.nan])
    like, varied = 0.9 / 0.82**0.5, (0.5**0.5 + 0.8 / 0.68**0.5) / 2
    assert overall("varied_gap", found) == pytest.approx(like - varied, abs=1e-6)


def test_groups_of_another_kind_can_be_meant() -> None:
    found = evidence(Similarity("contrast"), dataset(QUERIES, CORPUS, groups=GROUPS))
    assert found.ids == ("d1 ~ lonely",)


@pytest.mark.parametrize(
    ("kind", "groups", "words"),
    [
        ("like_varied", (), ["no group with an anchor and another role"]),
        ("contrast", GROUPS, ["has the role 'like'"]),
        ("like_varied", GROUPS[3:], ["no group with an anchor and another role"]),
    ],
)
def test_what_the_groups_lack_is_said(kind: str, groups: Any, words: list[str]) -> None:
    found = Similarity(kind).problems(dataset(QUERIES, CORPUS, groups=groups))
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_a_case_of_similarity_is_scored(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    corpus, groups = [], []
    for g in range(40):
        anchor = rng.normal(size=5)
        near = {"anchor": 0.0, "like": 0.3, "varied": 0.8, "unlike": 9.0}
        for role, noise in near.items():
            row = anchor + noise * rng.normal(size=5)
            corpus.append(item(f"{role}{g}", " ".join(f"{x:.4f}" for x in row)))
        groups.append(Group(f"g{g}", "like_varied", {role: f"{role}{g}" for role in near}))
    metrics = ("separation", "varied_gap", "varied_success", "roc_auc")
    run = run_task("similarity", dataset([], corpus, groups=tuple(groups)), metrics, tmp_path)
    counts = {"separation": 120, "varied_gap": 80, "varied_success": 40, "roc_auc": 120}
    for name, n in counts.items():
        found = toys.value(run, name)
        assert found.n == n
        assert found.low <= found.value <= found.high
    assert toys.value(run, "varied_gap").value > 0
    assert toys.value(run, "varied_success").method.startswith("wilson")

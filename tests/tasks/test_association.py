"""The association task: what it reads from groups, hands over and refuses, and exact p-values."""

from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.items import Dataset, Group, Item, Media
from evalkit.tasks._partitions import rarity
from evalkit.tasks.association import Association
from tests.tasks.by_hand import ByHand, dataset, item, run_task

ROLES = {f"{letter}{n + 1}": f"{letter}{n}" for letter in "xyab" for n in range(2)}


def stimuli(seed: int = 1, m: int = 2, **tags: str) -> list[Item]:
    """Items x0, x1 ..., y0 ..., a0 ..., b0 ... with vectors by chance, none near the origin."""
    rng = np.random.default_rng(seed)
    return [
        item(f"{letter}{n}", " ".join(f"{x:.4f}" for x in rng.normal(1.0, 1.0, 2)), **tags)
        for letter in "xyab" for n in range(m)
    ]  # fmt: skip


def data(corpus: list[Item], *groups: dict[str, str], kind: str = "association") -> Dataset:
    made = tuple(Group(f"t{n}", kind, roles) for n, roles in enumerate(groups))
    return dataset([], corpus, groups=made)


def evidence(some: Dataset, task: Association | None = None) -> Any:
    made = task or Association()
    needs = made.needs(some)
    return made.evidence(some, ByHand(needs.queries, needs.corpus), 0, 1)[2]


def unit(one: Item) -> np.ndarray:
    row = np.array(str(one.content).split(), float)
    found: np.ndarray = row / np.linalg.norm(row)
    return found


def test_only_the_stimuli_of_tests_are_needed() -> None:
    corpus = [*stimuli(), item("other", "1 2")]
    needs = Association().needs(data(corpus, ROLES))
    assert needs.queries == ()
    assert [one.id for one in needs.corpus] == [one.id for one in corpus[:-1]]


def test_every_target_stands_beside_every_attribute() -> None:
    corpus = stimuli()
    found, of = evidence(data(corpus, ROLES)), {one.id: unit(one) for one in corpus}
    assert len(found.ids) == 16
    for n, name in enumerate(found.ids):
        test, target, attribute = name.split(" | ")
        assert (test, found.tests[found.test[n]]) == ("t0", "t0")
        assert found.similarity[n] == pytest.approx(of[target] @ of[attribute])
        assert found.in_x[n] == (target[0] == "x")
        assert found.in_a[n] == (attribute[0] == "a")
    assert found.paired.all()


def test_centred_cosines_are_taken_from_the_mean_of_all_stimuli() -> None:
    corpus = stimuli()
    rows = np.array([unit(one) for one in corpus])
    rows -= rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    of = {one.id: row for one, row in zip(corpus, rows, strict=True)}
    found = evidence(data(corpus, ROLES))
    for n, name in enumerate(found.ids):
        _, target, attribute = name.split(" | ")
        assert found.centred[n] == pytest.approx(of[target] @ of[attribute], abs=1e-5)


def test_pictures_and_words_are_centred_apart() -> None:
    corpus = stimuli()
    pictures = [Item(i.id, (Media("image/png", data=b"1"),)) for i in corpus[:4]]
    rows = {one.id: unit(one) for one in corpus}
    mixed = [*pictures, *corpus[4:]]

    class Apart(ByHand):
        def vectors(self, side: Any) -> Any:
            return ByHand((), corpus).vectors("corpus")

        def similarity(self, pairs: Any) -> Any:
            return {2: np.array([float(rows[a] @ rows[b]) for a, b in pairs])}

    found = Association().evidence(data(mixed, ROLES), Apart((), mixed), 0, 1)[2]
    targets = np.array([rows[one.id] for one in corpus[:4]])
    words = np.array([rows[one.id] for one in corpus[4:]])
    sides = []
    for some in (targets, words):
        away = some - some.mean(axis=0)
        sides.append(away / np.linalg.norm(away, axis=1, keepdims=True))
    np.testing.assert_allclose(found.centred.reshape(4, 4), sides[0] @ sides[1].T, atol=1e-5)


def test_concepts_are_clusters_and_shared_tags_are_of_the_unit() -> None:
    corpus = [Item(i.id, i.content, {"intent": (i.id[0],), "language": ("en",)}) for i in stimuli()]
    found = evidence(data(corpus, ROLES))
    assert set(found.clusters[0]) == {"x", "y"}
    assert set(found.clusters[1]) == {"a", "b"}
    assert found.units[0].tags == {"language": ("en",), "test": ("t0",)}


def test_shares_are_of_the_target() -> None:
    corpus = stimuli()
    corpus[1] = item("x1", "1 2", share="12.5")
    found = evidence(data(corpus, ROLES))
    at = found.target == found.targets.index("x1")
    assert (found.share[at] == 12.5).all()
    assert np.isnan(found.share[~at]).all()


def problems(roles: dict[str, str], corpus: list[Item] | None = None) -> str:
    return " ".join(Association().problems(data(corpus or stimuli(), roles)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"b1": "", "b2": ""}, "the test 't0' has 0 items in B; expected 2 or more."),
        ({"y2": ""}, "the test 't0' has 2 items in X and 1 in Y; expected as many."),
        ({"y1": "x0"}, "the test 't0' has 'x0' more than once in X and Y."),
        ({"a2": "b0"}, "the test 't0' has 'b0' more than once in A and B."),
        ({"z1": "x0"}, "the test 't0' has the role 'z1'; roles are x1, y1, a1, b1 and so on."),
    ],
)
def test_a_test_that_is_not_whole_is_named(change: dict[str, str], said: str) -> None:
    roles = {role: name for role, name in (ROLES | change).items() if name}
    found = problems(roles)
    assert said in found
    assert "groups.jsonl" in found


def test_a_share_that_is_no_number_is_named() -> None:
    corpus = stimuli()
    corpus[0] = item("x0", "1 2", share="half")
    assert "the tag 'share' of 'x0' is 'half'; it must be a number." in problems(ROLES, corpus)


def test_a_stimulus_among_the_queries_is_named() -> None:
    corpus = stimuli()
    group = Group("t0", "association", ROLES)
    some = dataset(corpus[:1], corpus[1:], groups=(group,))
    assert "the test 't0' names 'x0', which is no corpus item." in Association().problems(some)[0]


# --- p-values -----------------------------------------------------------------------------------


def test_six_a_side_have_924_partitions_and_a_least_p_of_one_in_them() -> None:
    found = rarity(np.arange(12.0)[::-1], np.arange(12) < 6)
    assert (found.tried, found.exact) == (924, True)
    assert found.above == found.least == pytest.approx(1 / 924)
    assert found.above == pytest.approx(0.00108, abs=5e-6)
    assert found.apart == pytest.approx(2 / 924)


def test_three_a_side_are_never_significant() -> None:
    best = min(rarity(np.arange(6.0), np.isin(np.arange(6), some)).above
               for some in ([3, 4, 5], [0, 1, 2], [0, 2, 4]))  # fmt: skip
    assert best == pytest.approx(0.05)
    assert best >= 0.05


def test_ties_count_in_spite_of_rounding() -> None:
    values = np.array([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2])
    assert rarity(values, np.array([True, False, True, False])).above == 1.0
    assert rarity(np.zeros(4), np.arange(4) < 2).apart == 1.0


def test_two_sided_is_one_sided_of_the_size_of_the_difference() -> None:
    values, first = np.random.default_rng(3).normal(size=10), np.arange(10) < 5
    up, down = rarity(values, first), rarity(-values, first)
    assert up.apart == down.apart
    assert up.apart == pytest.approx(2 * min(up.above, down.above))
    assert up.above + down.above >= 1.0


def test_many_partitions_are_drawn_and_the_observed_one_counts() -> None:
    values, first = np.arange(20.0), np.arange(20) >= 10
    found = rarity(values, first, seed=4, most=999)
    assert not found.exact
    assert found.tried == 1000
    assert found.above == 1 / 1000
    mild = np.random.default_rng(8).normal(size=14)
    exact = rarity(mild, np.arange(14) < 7)
    drawn = rarity(mild, np.arange(14) < 7, seed=1, most=2000)
    assert exact.tried == comb(14, 7)
    assert drawn.above == pytest.approx(exact.above, abs=0.05)
    assert drawn == rarity(mild, np.arange(14) < 7, seed=1, most=2000)


# --- tables -------------------------------------------------------------------------------------


def planted(m: int, strength: float) -> Dataset:
    """A test in which X and A lean one way and Y and B the other."""
    rng = np.random.default_rng(5)
    sides = {"x": 1.0, "a": 1.0, "y": -1.0, "b": -1.0}
    corpus = [
        item(f"{letter}{n}", f"1 {strength * side + 0.3 * rng.normal():.4f}")
        for letter, side in sides.items() for n in range(m)
    ]  # fmt: skip
    roles = {f"{letter}{n}": f"{letter}{n}" for letter in "xyab" for n in range(m)}
    return data(corpus, roles, roles | {f"x{n}": f"y{n}" for n in range(m)}
                | {f"y{n}": f"x{n}" for n in range(m)})  # fmt: skip


def test_the_table_of_tests_gives_effect_and_p_adjusted_over_the_family() -> None:
    found = evidence(planted(6, 0.5))
    tests, leans = Association().details(found)
    of = dict(zip(tests.columns, tests.rows[0], strict=True))
    metric = registry.metric("association_effect", None)
    chosen = found.test == 0
    weights = chosen[None].astype(float)
    scores = metric.per_unit(found)
    assert of["effect"] == pytest.approx(float(metric.summary(scores, weights)[0]))
    assert of["p, X with A"] == pytest.approx(1 / 924)
    assert of["p, either way"] == pytest.approx(2 / 924)
    assert of["p after Holm"] == pytest.approx(4 / 924)
    assert (of["partitions"], of["smallest p"]) == ("924, all", "0.0011")
    turned = dict(zip(tests.columns, tests.rows[1], strict=True))
    assert turned["effect"] == pytest.approx(-float(str(of["effect"])))
    assert turned["p, X with A"] == 1.0
    assert "does not prove that none is" in tests.note
    assert len(leans.rows) == 24
    assert leans.quotes


def test_a_test_without_an_effect_says_why() -> None:
    alike = [item(one.id, "1 1") for one in stimuli()]
    single = {role: name for role, name in ROLES.items() if role[0] != "y"}
    tests, _ = Association().details(evidence(data(alike, ROLES, single)))
    assert tests.rows[0][3] is None
    assert tests.rows[0][-1] == "all targets lean alike"
    assert tests.rows[1][-1] == "it has one set of targets"


def test_a_case_runs_from_vectors_to_intervals(tmp_path: Path) -> None:
    metrics = ["association_effect", "association_effect_centred", "association_lean"]
    run = run_task("association", planted(4, 0.4), metrics, tmp_path)
    value = {(e.metric, e.cell.dim): e for e in run.estimates if e.kind == "value" and not e.group}
    assert {name for name, _ in value} == set(metrics)
    for dim in (16, 4):  # the second test is the first one turned round
        assert value["association_effect", dim].value == pytest.approx(0, abs=1e-6)
        assert value["association_effect", dim].n == 128
    assert {e.metric for e in run.estimates if e.kind == "null"} == set(metrics[:2])
    assert {d.table.name for d in run.details} == {"associations", "leans"}

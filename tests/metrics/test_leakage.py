"""Leakage: fits worked out fold by fold, what chance gives, and what each probe can see."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.space import Space
from evalkit.core.systems import Sample
from evalkit.metrics._leakage import held_out
from tests.metrics.test_geometry_metrics import space, units

PROBES: list[tuple[str, dict[str, str]]] = [
    ("linear_leakage", {}),
    ("nonlinear_leakage", {}),
    ("nonlinear_leakage", {"probe": "neighbours"}),
]


def people(vectors: np.ndarray, gender: Sequence[str], work: Sequence[str] | None = None) -> Space:
    """Items with vectors, a tag of their gender where it is not "", and one of their work."""
    plain = space(vectors)
    tags: list[dict[str, tuple[str, ...]]] = [{"gender": (g,)} if g else {} for g in gender]
    for tag, value in zip(tags, work or (), strict=False):
        tag["work"] = (value,)
    found = tuple(Item(name, "", tag) for name, tag in zip(plain.ids, tags, strict=True))
    return dataclasses.replace(plain, units=found)


def metric(name: str, **params: Any) -> Any:
    return registry.metric(name, {"attribute": "gender", **params})


def leak(name: str, evidence: Space, **params: Any) -> float:
    asked = metric(name, **params)
    found = asked.summary(asked.per_unit(evidence), np.ones((1, len(evidence.ids))))
    return float(found[0])


def random_rows(n: int, dim: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dim))


def two(n: int, share: float = 0.5, seed: int = 0) -> list[str]:
    some = np.random.default_rng(seed).permutation(n) < share * n
    return ["woman" if one else "man" for one in some]


# --- the probe ------------------------------------------------------------------------------------


def test_one_inverse_gives_what_a_fit_for_every_fold_gives() -> None:
    rows, folds = random_rows(50, 9, 1) + 2.0, np.arange(50) % 7
    labels = np.random.default_rng(2).integers(0, 2, (50, 3)).astype(float)
    penalty = 0.3 * ((rows - rows.mean(axis=0)) ** 2).sum() / 50
    expected = np.empty_like(labels)
    for fold in range(7):
        inside = folds == fold
        fit = Ridge(alpha=penalty).fit(rows[~inside], labels[~inside])
        expected[inside] = fit.predict(rows[inside])
    np.testing.assert_allclose(held_out(rows @ rows.T, labels, folds, 0.3), expected, atol=1e-10)


def test_it_holds_for_any_inner_product() -> None:
    rows, folds = random_rows(40, 3, 3), np.arange(40) // 8
    labels = rows[:, :1] ** 2
    inner = np.exp(-((rows[:, None] - rows) ** 2).sum(axis=2))
    penalty = 0.2 * (40 - inner.sum() / 40) / 40
    found, expected = held_out(inner, labels, folds, 0.2), np.empty_like(labels)
    for fold in range(5):
        out, rest = folds == fold, folds != fold
        middle = np.eye(32) - 1 / 32
        fit = KernelRidge(alpha=penalty, kernel="precomputed")
        fit.fit(middle @ inner[np.ix_(rest, rest)] @ middle, middle @ labels[rest])
        across = (inner[np.ix_(out, rest)] - inner[np.ix_(rest, rest)].mean(axis=0)) @ middle
        expected[out] = fit.predict(across) + labels[rest].mean()
    np.testing.assert_allclose(found, expected, atol=1e-10)


# --- what chance gives ----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "params"), PROBES)
@pytest.mark.parametrize(("n", "dim", "share"), [(60, 200, 0.5), (200, 16, 0.2)])
def test_by_chance_it_is_one_half_however_common_a_group_and_long_the_vectors(
    name: str, params: dict[str, str], n: int, dim: int, share: float
) -> None:
    evidence = people(units(random_rows(n, dim, 4) + 0.5), two(n, share))
    asked = metric(name, **params)
    draws = asked.null(evidence, np.random.default_rng(5))
    assert draws.mean() == pytest.approx(0.5, abs=0.04)
    assert draws.min() < leak(name, evidence, **params) < draws.max()
    np.testing.assert_array_equal(asked.expected(evidence, np.random.default_rng(6)), 0.5)


def test_with_three_groups_chance_is_one_third() -> None:
    gender = [("woman", "man", "other")[n % 3] for n in range(150)]
    evidence = people(units(random_rows(150, 12, 7)), gender)
    asked = metric("linear_leakage")
    assert asked.expected(evidence, np.random.default_rng(0))[0] == pytest.approx(1 / 3)
    assert asked.null(evidence, np.random.default_rng(1)).mean() == pytest.approx(1 / 3, abs=0.03)


def test_groups_that_come_in_whole_clusters_are_dealt_out_in_whole_clusters() -> None:
    """Ten photos of one person tell no more than one: the band of chance must be wider."""
    person = np.arange(200) // 20
    rows = units(random_rows(10, 16, 8)[person] * 2 + random_rows(200, 16, 9))
    gender = [("woman", "man")[p % 2] for p in person]
    alone = people(rows, gender)
    names = np.array([f"person {p}" for p in person], object)
    grouped = dataclasses.replace(alone, clusters=(names,))
    asked = metric("linear_leakage")
    wide = asked.null(grouped, np.random.default_rng(2))
    narrow = asked.null(alone, np.random.default_rng(2))
    assert wide.std() > 2 * narrow.std()


# --- what it sees ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "params"), PROBES)
def test_groups_that_lie_apart_are_told(name: str, params: dict[str, str]) -> None:
    gender = two(120, 0.3)
    rows = random_rows(120, 16, 10)
    rows[:, 0] += np.where(np.array(gender) == "woman", 4.0, -4.0)
    evidence = people(units(rows), gender)
    assert leak(name, evidence, **params) > 0.95
    scores = metric(name, **params).per_unit(evidence)
    assert set(scores.columns) == {"value", "true"}


def test_what_lies_in_several_places_is_seen_only_by_probes_that_are_not_linear() -> None:
    rng = np.random.default_rng(11)
    first, second = rng.integers(0, 2, (2, 200))
    rows = 0.6 * rng.normal(size=(200, 12))
    rows[:, 0] += 4 * first - 2
    rows[:, 1] += 4 * second - 2
    evidence = people(units(rows), ["woman" if w else "man" for w in first ^ second])
    assert leak("linear_leakage", evidence) < 0.62
    assert leak("nonlinear_leakage", evidence) > 0.95
    assert leak("nonlinear_leakage", evidence, probe="neighbours") > 0.95


def test_a_group_that_is_rare_counts_as_much_as_a_common_one() -> None:
    gender = ["woman"] * 15 + ["man"] * 105
    rows = random_rows(120, 8, 12)
    rows[:15, 0] += 6.0
    rows[15:, 0] -= 1.0
    evidence = people(units(rows), gender)
    value = metric("linear_leakage").per_unit(evidence).columns["value"]
    by_hand = (value[:15].mean() + value[15:].mean()) / 2
    assert leak("linear_leakage", evidence) == pytest.approx(by_hand)
    assert by_hand > 0.85


def test_the_nearest_item_must_not_be_a_twin_of_the_same_work() -> None:
    """Profiles that differ only in the name: a neighbour of the same work is of the other group."""
    work = np.arange(120) // 2
    gender = [("woman", "man")[n % 2] for n in range(120)]
    rows = random_rows(60, 24, 13)[work] + 0.1 * random_rows(120, 24, 14)
    rows[:, 0] += np.where(np.arange(120) % 2, 0.5, -0.5)
    evidence = people(units(rows), gender, [f"work {w}" for w in work])
    alone, together = (
        leak("nonlinear_leakage", evidence, apart=apart) for apart in ("", "work")
    )  # fmt: skip
    assert alone < 0.3
    assert together > 0.55


def test_a_projection_shuts_out_the_linear_probe_and_no_other() -> None:
    rng = np.random.default_rng(15)
    labels = np.arange(800) % 2
    rows = rng.normal(size=(800, 16))
    rows[:, 0] += np.where(labels, 1.0, -1.0)
    rows[:, 1:4] *= np.where(labels, 2.5, 0.4)[:, None]
    rows = units(rows)
    gender = [("woman", "man")[n] for n in labels[400:]]
    sample = Sample(rows[:400], labels[:400], ("woman", "man"), "text")
    fit = registry.create("transforms", "fair_projection", attribute="gender").fit([sample])
    before = people(rows[400:], gender)
    after = people(units(fit.apply(rows[400:], "corpus")), gender)
    assert leak("linear_leakage", before) > 0.8
    assert leak("linear_leakage", after) == pytest.approx(0.5, abs=0.08)
    assert leak("nonlinear_leakage", after) > 0.8


# --- who counts -----------------------------------------------------------------------------------


def test_items_of_unknown_several_or_rare_groups_are_not_scored() -> None:
    gender = [*["woman", "man"] * 12, *["other"] * 9, "unknown", ""]
    evidence = people(units(random_rows(35, 6, 16)), gender)
    several = Item("d34", "", {"gender": ("woman", "man")})
    evidence = dataclasses.replace(evidence, units=(*evidence.units[:34], several))
    asked = metric("linear_leakage")
    assert asked.scorable(evidence).tolist() == [True] * 24 + [False] * 11
    value = asked.per_unit(evidence).columns["value"]
    assert np.isfinite(value).tolist() == [True] * 24 + [False] * 11
    known = people(evidence.vectors[:24], gender[:24])
    np.testing.assert_array_equal(asked.per_unit(known).columns["value"], value[:24])


def test_an_item_without_a_vector_is_not_scored() -> None:
    rows = units(random_rows(40, 6, 17))
    rows[3] = np.nan
    evidence = people(rows, two(40))
    asked = metric("linear_leakage")
    assert asked.scorable(evidence)[3]
    assert np.flatnonzero(np.isnan(asked.per_unit(evidence).columns["value"])).tolist() == [3]


@pytest.mark.parametrize("gender", [["woman"] * 40, [""] * 40, ["woman"] * 35 + ["man"] * 5])
def test_with_one_group_there_is_nothing_to_tell(gender: list[str]) -> None:
    evidence = people(units(random_rows(40, 6, 18)), gender)
    asked = metric("linear_leakage")
    assert not asked.scorable(evidence).any()
    assert np.isnan(leak("linear_leakage", evidence))
    assert asked.null(evidence, np.random.default_rng(0)).size == 0


def test_where_all_are_held_out_together_nothing_is_learnt() -> None:
    evidence = people(units(random_rows(40, 6, 19)), two(40), ["nurse"] * 40)
    assert np.isnan(leak("linear_leakage", evidence, apart="work"))


def test_vectors_that_are_all_the_same_tell_nothing() -> None:
    evidence = people(units(np.ones((40, 6))), two(40))
    for name, params in PROBES:
        assert leak(name, evidence, **params) == pytest.approx(0.5, abs=0.2)


def test_what_chance_gives_is_summed_up_like_the_metric_itself() -> None:
    evidence = people(units(random_rows(60, 6, 20)), two(60, 0.3))
    asked = metric("linear_leakage")
    found = asked.per_unit(evidence)
    mean = asked.expected(evidence, np.random.default_rng(0))
    chance = dataclasses.replace(found, columns={"value": mean})
    weights = np.random.default_rng(1).integers(0, 3, (5, 60)).astype(float)
    np.testing.assert_allclose(asked.summary(chance, weights), 0.5)


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("linear_leakage", {"ridge": 0}, "ridge is 0"),
        ("linear_leakage", {"attribute": ""}, "has no attribute"),
        ("nonlinear_leakage", {"apart": "gender"}, "by the tag 'gender' that it is to tell"),
        ("nonlinear_leakage", {"probe": "forest"}, "probe is 'forest'; expected rbf or neighbours"),
    ],
)
def test_parameters_that_cannot_be_are_refused(
    name: str, params: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        metric(name, **params)

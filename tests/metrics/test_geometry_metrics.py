"""Metrics of the space: published values, spaces made for a purpose, and honest intervals."""

from collections.abc import Sequence

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.items import Item
from evalkit.core.space import Space
from tests.metrics.evidence_by_hand import overall

NAN = float("nan")


def directions(rng: np.random.Generator, n: int, dim: int) -> np.ndarray:
    return units(rng.normal(size=(n, dim)))


def units(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def space(
    vectors: np.ndarray,
    queries: np.ndarray | None = None,
    neighbours: Sequence[Sequence[int]] | None = None,
    positives: Sequence[tuple[int, int]] = (),
    modalities: Sequence[str] = (),
    asked: str = "text",
) -> Space:
    """Vectors of items; the neighbours of queries are the nearest items where none are given."""
    n, asking = len(vectors), np.zeros((0, vectors.shape[1])) if queries is None else queries
    near = np.argsort(-asking @ vectors.T, axis=1) if neighbours is None else np.array(neighbours)
    ids = tuple(f"d{i}" for i in range(n))
    return Space(
        ids=ids,
        vectors=vectors.astype(np.float32),
        modalities=tuple(modalities) or ("text",) * n,
        queries=asking.astype(np.float32),
        query_modalities=(asked,) * len(asking),
        neighbours=near.astype(np.int64),
        positives=np.array(positives, np.int64).reshape(-1, 2),
        clusters=(np.array(ids, object),),
        units=tuple(Item(name, "") for name in ids),
    )


def found(counts: Sequence[int]) -> Space:
    """Items found by given numbers of queries, each query finding one item."""
    near = [[item] for item, count in enumerate(counts) for _ in range(count)]
    rng = np.random.default_rng(0)
    return space(
        directions(rng, len(counts), 4), directions(rng, len(near), 4), neighbours=near or [[]]
    )


# --- how evenly items are found -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        ([2, 2, 2, 2], 0.0),
        ([8, 0, 0, 0], 0.75),
        ([4, 4, 0, 0], 0.5),
        ([5, 3, 2, 0], 0.3),
    ],
)
def test_robin_hood_is_what_would_have_to_go_to_others(counts: list[int], value: float) -> None:
    assert overall("robin_hood@1", found(counts)) == pytest.approx(value)


def test_robin_hood_stays_below_one_however_uneven_and_does_not_count_heads() -> None:
    assert overall("robin_hood@1", found([50] + [0] * 99)) == pytest.approx(0.99)
    assert overall("robin_hood@1", found([5, 3, 2, 0])) == pytest.approx(
        overall("robin_hood@1", found([15, 9, 6, 0]))
    )


def test_skewness_follows_its_definition() -> None:
    counts = np.array([7, 1, 1, 0, 1, 2])
    away = counts - counts.mean()
    expected = (away**3).mean() / counts.std() ** 3
    assert overall("hub_skewness@1", found(counts.tolist())) == pytest.approx(expected)
    assert np.isnan(overall("hub_skewness@1", found([1, 1, 1])))


def test_hubs_are_found_twice_as_often_as_usual_and_antihubs_never() -> None:
    evidence = found([6, 4, 2, 0, 0, 0])
    assert overall("hub_share@1", evidence) == pytest.approx(10 / 12)
    assert overall("antihubs@1", evidence) == pytest.approx(1 / 2)


def test_only_the_first_k_places_count() -> None:
    vectors = np.eye(4)
    evidence = space(vectors, vectors[:2], neighbours=[[0, 2, 1], [0, 3, -1]])
    assert registry.metric("robin_hood@1").per_unit(evidence).columns["found"].tolist() == [
        2, 0, 0, 0,
    ]  # fmt: skip
    assert registry.metric("robin_hood@3").per_unit(evidence).columns["found"].tolist() == [
        2, 1, 1, 1,
    ]  # fmt: skip


def test_where_nobody_asks_there_is_no_number() -> None:
    evidence = space(np.eye(3), np.zeros((1, 3)), neighbours=[[]])
    for name in ("robin_hood@2", "hub_share@2", "hub_skewness@2"):
        assert np.isnan(overall(name, evidence))
        assert registry.metric(name).null(evidence, np.random.default_rng(1)).size == 0


@pytest.mark.parametrize("dim", [8, 256])
def test_directions_spread_evenly_are_not_hubby_and_lie_in_the_band_of_chance(dim: int) -> None:
    """Published simulation: skewness of .23 to .39 for n = 2000, k = 10, and no anti-hubs."""
    rng = np.random.default_rng(dim)
    evidence = space(directions(rng, 120, dim), directions(rng, 120, dim))
    for name in ("hub_skewness@10", "robin_hood@10", "hub_share@10"):
        draws = registry.metric(name).null(evidence, np.random.default_rng(2))
        low, high = np.quantile(draws, [0.001, 0.999])
        assert low - 0.03 <= overall(name, evidence) <= high + 0.03
    skewness = registry.metric("hub_skewness@10").null(evidence, np.random.default_rng(2))
    assert 0.15 < skewness.mean() < 0.45
    assert overall("antihubs@10", evidence) == 0.0


def test_an_item_that_is_near_to_everything_is_seen_by_all_of_them() -> None:
    rng = np.random.default_rng(5)
    middle = units(rng.normal(size=(1, 64)))
    vectors, queries = (
        units(0.9 * middle + 0.1 * directions(rng, n, 64)) for n in (120, 120)
    )  # fmt: skip
    vectors[:12] = middle
    hubby, even = space(vectors, queries), space(directions(rng, 120, 64), directions(rng, 120, 64))
    for name in ("hub_skewness@10", "robin_hood@10", "hub_share@10", "antihubs@10"):
        assert overall(name, hubby) > overall(name, even) + 0.2
        band = registry.metric(name).null(hubby, np.random.default_rng(3))
        assert overall(name, hubby) > band.max()


# --- where vectors lie ----------------------------------------------------------------------------


@pytest.mark.parametrize(("dim", "value"), [(16, -3.51), (256, -3.97), (3072, -3.998)])
def test_uniformity_of_directions_spread_evenly(dim: int, value: float) -> None:
    rng = np.random.default_rng(dim)
    assert overall("uniformity", space(directions(rng, 600, dim))) == pytest.approx(value, abs=0.02)


def test_a_collapsed_space_is_one_direction() -> None:
    same = space(np.tile(units(np.ones((1, 8))), (20, 1)))
    assert overall("uniformity", same) == pytest.approx(0.0, abs=1e-6)
    assert overall("anisotropy", same) == pytest.approx(1.0)
    assert np.isnan(overall("effective_rank", same))


def test_anisotropy_is_the_mean_cosine_of_different_items() -> None:
    vectors = units(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    assert overall("anisotropy", space(vectors)) == pytest.approx((0 + 2 * np.sqrt(0.5)) / 3)
    rng = np.random.default_rng(1)
    assert abs(overall("anisotropy", space(directions(rng, 400, 64)))) < 0.01
    assert overall("anisotropy", space(units(directions(rng, 400, 64) + 0.5))) > 0.5


def test_effective_rank_counts_the_directions_in_use() -> None:
    rng = np.random.default_rng(2)
    axes = np.concatenate([np.eye(12)[:5], -np.eye(12)[:5]])
    assert overall("effective_rank", space(axes)) == pytest.approx(5.0)
    low = directions(rng, 400, 6) @ np.linalg.qr(rng.normal(size=(40, 6)))[0].T
    assert 5.8 < overall("effective_rank", space(low)) <= 6.0
    line = units(np.array([[1.0, 0.1], [1.0, 0.2], [1.0, 0.3]]))
    assert 1.0 <= overall("effective_rank", space(line)) < 1.1


def test_effective_rank_is_the_same_by_items_and_by_dimensions() -> None:
    rng = np.random.default_rng(3)
    wide = units(rng.normal(size=(30, 29)) * np.linspace(1, 4, 29))
    padded = np.concatenate([wide, np.zeros((30, 40))], axis=1)
    for name in ("effective_rank",):
        assert overall(name, space(wide)) == pytest.approx(overall(name, space(padded)), rel=1e-5)


def test_alignment_is_the_mean_squared_distance_to_what_answers() -> None:
    vectors, queries = np.eye(4), np.eye(4)[[0, 1]]
    evidence = space(vectors, queries, positives=[(0, 0), (0, 2), (1, 2)])
    scores = registry.metric("alignment").per_unit(evidence)
    np.testing.assert_allclose(scores.columns["squares"], [0.0, NAN, 4.0, NAN])
    assert overall("alignment", evidence) == pytest.approx(4.0 / 3)
    assert overall("alignment", evidence, [1, 0, 0, 1]) == pytest.approx(0.0)


def test_pairs_of_a_lost_query_or_item_do_not_count() -> None:
    vectors, queries = np.eye(3), np.eye(3)[[0, 1]]
    queries[1], vectors[1] = NAN, NAN
    evidence = space(
        vectors, queries, neighbours=[[0], [-1]], positives=[(0, 0), (1, 0), (1, 2), (0, 1)]
    )
    scores = registry.metric("alignment").per_unit(evidence).columns
    np.testing.assert_array_equal(np.isfinite(scores["pairs"]), [True, False, False])
    assert overall("alignment", evidence) == pytest.approx(0.0)


def test_the_gap_of_two_modalities_is_the_distance_of_their_centres() -> None:
    rng = np.random.default_rng(4)
    vectors = directions(rng, 60, 8)
    vectors[:25] = units(vectors[:25] + 2 * np.eye(8)[0])
    kinds = ["text"] * 25 + ["image"] * 35
    expected = np.linalg.norm(vectors[:25].mean(axis=0) - vectors[25:].mean(axis=0))
    assert overall("modality_gap", space(vectors, modalities=kinds)) == pytest.approx(
        expected, rel=1e-6
    )
    across = space(vectors[25:], vectors[:25], modalities=kinds[25:], asked="text")
    assert overall("modality_gap", across) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kinds", [["text"] * 4, ["text", "image", "audio", "text"]])
def test_no_gap_without_two_modalities(kinds: list[str]) -> None:
    evidence = space(np.eye(4), np.eye(4), modalities=kinds)
    assert not registry.metric("modality_gap").scorable(evidence).any()
    assert np.isnan(overall("modality_gap", evidence))


def test_a_modality_without_any_vector_leaves_no_gap() -> None:
    vectors = np.eye(4)
    vectors[2:] = NAN
    evidence = space(vectors, modalities=["text", "text", "image", "image"])
    assert np.isnan(overall("modality_gap", evidence))


WHOLE = ("anisotropy", "uniformity", "effective_rank", "modality_gap")


def uneven(rng: np.random.Generator, n: int) -> Space:
    """A space in which a few items lie together, of two modalities."""
    rows = rng.normal(size=(n, 10)) * np.linspace(1, 3, 10)
    rows[rng.random(n) < 0.2] += 4.0
    kinds = np.where(rng.random(n) < 0.4, "text", "image")
    rows[kinds == "text", 0] += 2.0
    return space(units(rows), modalities=kinds.tolist())


@pytest.mark.parametrize("name", WHOLE)
def test_intervals_are_as_wide_as_the_number_really_varies(name: str) -> None:
    """Half as wide would be the mistake of resampling one end of each pair only."""
    values, errors = [], []
    metric = registry.metric(name)
    for seed in range(60):
        scores = metric.per_unit(uneven(np.random.default_rng(seed), 150))
        weights = np.random.default_rng(seed).multinomial(150, [1 / 150] * 150, 200).astype(float)
        values.append(metric.summary(scores, np.ones((1, 150)))[0])
        errors.append(metric.summary(scores, weights).std())
    assert 0.75 < np.mean(errors) / np.std(values) < 1.33


@pytest.mark.parametrize("name", WHOLE)
def test_lost_items_change_the_number_as_if_they_had_never_been(name: str) -> None:
    whole = uneven(np.random.default_rng(7), 60)
    vectors = whole.vectors.copy()
    vectors[:10] = NAN
    holes = space(vectors, modalities=whole.modalities)
    rest = space(vectors[10:], modalities=whole.modalities[10:])
    assert overall(name, holes) == pytest.approx(overall(name, rest), rel=1e-9)
    part = registry.metric(name).per_unit(holes).columns["part"]
    assert np.isnan(part[:10]).all()
    assert np.isfinite(part[10:]).all()


@pytest.mark.parametrize("name", WHOLE)
def test_one_item_alone_says_nothing(name: str) -> None:
    vectors = np.full((3, 4), NAN)
    vectors[1] = np.eye(4)[1]
    assert np.isnan(overall(name, space(vectors, modalities=["text", "image", "text"])))

"""Fair projection, fair PCA and LEACE: what they promise, and published and recomputed values."""

from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.arrays import Float64, make_vectors
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Side
from tests.transforms.toy_groups import apart, gap, sample, told, unit

NAMES = ("fair_projection", "leace", "fair_pca")


def fitted(name: str, *samples: Any, **params: Any) -> Any:
    return registry.create("transforms", name, **params).fit(samples)


def projector(fit: Any) -> Float64:
    """The matrix that rows are multiplied with, written out."""
    found: Float64 = np.eye(len(fit.along)) - fit.along @ fit.along.T
    return found


# --- what is promised of means -------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [2, 4])
@pytest.mark.parametrize(("n", "dim"), [(200, 24), (60, 120)])
def test_means_of_groups_coincide_where_it_was_fitted(
    name: str, groups: int, n: int, dim: int
) -> None:
    matrix, labels = apart(n, dim, seed=1, groups=groups)
    fit = fitted(name, sample(matrix, labels, groups=groups), **_few(name, 8))
    assert gap(matrix, labels) > 0.2
    assert gap(fit.apply(matrix, "query"), labels) < 1e-14
    assert fit.facts.removed == (groups - 1 if name != "fair_pca" else dim - 8)


def test_making_rows_unit_again_brings_a_little_of_the_gap_back() -> None:
    matrix, labels = apart(300, 32, seed=2, shift=0.17)
    fit = fitted("fair_projection", sample(matrix, labels))
    moved = fit.apply(matrix, "corpus")
    lengths = np.linalg.norm(moved, axis=1)
    before, after, again = (gap(m, labels) for m in (matrix, moved, unit(moved)))
    assert before > 0.15
    assert after < 1e-14
    assert 1e-4 < again < 0.02 * 1.5
    assert 0.8 < lengths.min() < 0.99
    assert lengths.max() <= 1.0 + 1e-12
    assert fit.facts.gap == pytest.approx((before, after, again), abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_linear_probe_tells_groups_of_other_items_no_more(name: str) -> None:
    fit_rows, fit_labels = apart(600, 32, seed=3)
    rows, labels = apart(600, 32, seed=4)
    fit = fitted(name, sample(fit_rows, fit_labels), **_few(name, 24))
    learn, tried = (fit.apply(m, "corpus") for m in (fit_rows, rows))
    assert told(fit_rows, fit_labels, rows, labels) > 0.8
    assert told(learn, fit_labels, tried, labels) == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("name", NAMES)
def test_every_modality_gets_equal_means_and_the_gap_between_them_stays(name: str) -> None:
    text, one = apart(150, 40, seed=5)
    image, other = apart(90, 40, seed=6, modality=3.0)
    other[::3] = 0  # so that a modality has more of one group
    fit = fitted(
        name, sample(text, one), sample(image, other, "image"), **_few(name, 30)
    )  # fmt: skip
    texts, images = fit.apply(text, "query"), fit.apply(image, "corpus")
    assert gap(texts, one) < 1e-14
    assert gap(images, other) < 1e-14
    apart_before = np.linalg.norm(text.mean(axis=0) - image.mean(axis=0))
    apart_after = np.linalg.norm(texts.mean(axis=0) - images.mean(axis=0))
    assert apart_before > 0.5
    assert apart_after > 0.8 * apart_before
    assert fit.facts.counts == (("text", (75, 75)), ("image", (60, 30)))


def test_without_centring_by_modality_the_gap_between_them_would_go_instead() -> None:
    """Images hold more of one group here: their place must not pass for the group's."""
    text, one = apart(150, 40, seed=5)
    image, other = apart(90, 40, seed=6, modality=3.0)
    other[::3] = 0
    both = sample(np.concatenate([text, image]), np.concatenate([one, other]))
    pooled = fitted("fair_projection", both).facts.gap[0]
    by_each = fitted("fair_projection", sample(text, one), sample(image, other, "image"))
    between = unit((text.mean(axis=0) - image.mean(axis=0))[None])[0]
    assert np.linalg.norm(by_each.along.T @ between) < 0.45
    assert pooled != pytest.approx(by_each.facts.gap[0], rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_items_of_unknown_group_and_samples_of_one_group_teach_nothing(name: str) -> None:
    matrix, labels = apart(80, 16, seed=7)
    stray, _ = apart(30, 16, seed=8, modality=1.0)
    more = sample(np.concatenate([matrix, stray]), np.concatenate([labels, np.full(30, -1)]))
    alone = sample(stray, np.zeros(30), "image")
    first, second = (fitted(name, *s, **_few(name, 8)) for s in ([sample(matrix, labels)], [more]))
    third = fitted(name, more, alone, **_few(name, 8))
    for other in (second, third):
        np.testing.assert_array_equal(
            other.apply(matrix, "query"), first.apply(matrix, "query")
        )  # fmt: skip
    assert third.facts.counts == (("text", (40, 40)), ("image", (30, 0)))
    assert third.facts.n == 80


# --- orthogonal projection ----------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), groups=st.integers(2, 4), dim=st.integers(6, 40))
def test_a_projection_is_symmetric_and_does_nothing_twice(seed: int, groups: int, dim: int) -> None:
    matrix, labels = apart(60, dim, seed, groups=groups)
    fit = fitted("fair_projection", sample(matrix, labels, groups=groups))
    p, (a, b) = projector(fit), (matrix[labels == g].mean(axis=0) for g in (0, 1))
    np.testing.assert_allclose(p @ p, p, atol=1e-13)
    np.testing.assert_allclose(p @ (a - b), 0, atol=1e-13)
    np.testing.assert_allclose(fit.apply(matrix, "query"), matrix @ p, atol=1e-13)


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_projecting_the_queries_alone_ranks_as_projecting_both_does_under_dot(
    similarity: Any,
) -> None:
    matrix, labels = apart(120, 48, seed=9)
    queries, _ = apart(25, 48, seed=10)
    fit = fitted("fair_projection", sample(matrix, labels))
    alone = fitted("fair_projection", sample(matrix, labels), sides="query")
    np.testing.assert_array_equal(alone.apply(matrix, "corpus"), matrix)
    search = registry.create("search", "exact")
    both, half = (
        search.rank(
            side("q", f.apply(queries, "query")), side("d", f.apply(matrix, "corpus")),
            20, [48], similarity,
        )[48]
        for f in (fit, alone)
    )  # fmt: skip
    same = bool((both.rows == half.rows).all())
    assert same == (similarity == "dot")
    plain = search.rank(side("q", queries), side("d", matrix), 20, [48], similarity)[48]
    assert (plain.rows != both.rows).any()


def side(name: str, rows: Float64) -> Side:
    ids = [f"{name}{n:03d}" for n in range(len(rows))]
    return Side(tuple(Item(i, i) for i in ids), {rows.shape[1]: make_vectors(ids, rows)})


# --- fair PCA -----------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("n", [400, 30])
def test_it_keeps_the_subspace_of_the_published_form(n: int, groups: int) -> None:
    """Kleindessner et al. 2023: R spans the null space of B', U = R L."""
    matrix, labels = apart(n, 40, seed=11, groups=groups)
    fit = fitted("fair_pca", sample(matrix, labels, groups=groups), keep=12)
    x = matrix - matrix.mean(axis=0)
    z = np.eye(groups)[labels] - np.eye(groups)[labels].mean(axis=0)
    r = scipy.linalg.null_space((x.T @ z).T, rcond=1e-10)
    p = r.shape[1]
    _, v = scipy.linalg.eigh(r.T @ x.T @ x @ r, subset_by_index=[p - 12, p - 1])
    u = r @ v
    assert p == 40 - (groups - 1)
    np.testing.assert_allclose(fit.basis @ fit.basis.T, u @ u.T, atol=1e-6)
    np.testing.assert_allclose(fit.basis.T @ fit.basis, np.eye(12), atol=1e-12)


def test_all_fair_directions_are_the_orthogonal_projection() -> None:
    matrix, labels = apart(200, 30, seed=12)
    projection = fitted("fair_projection", sample(matrix, labels))
    pca = fitted("fair_pca", sample(matrix, labels), keep=1.0)
    assert pca.basis.shape == (30, 29)
    np.testing.assert_allclose(pca.basis @ pca.basis.T, projector(projection), atol=1e-6)
    queries = apart(9, 30, seed=13)[0]
    ours, theirs = (
        f.apply(queries, "query") @ f.apply(matrix, "corpus").T for f in (pca, projection)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize(("keep", "kept"), [(5, 5), (0.25, 10), (0.001, 1), (1.0, 39), (500, 39)])
def test_keep_is_a_number_of_directions_or_a_share_of_the_size(keep: float, kept: int) -> None:
    matrix, labels = apart(100, 40, seed=14)
    fit = fitted("fair_pca", sample(matrix, labels), keep=keep)
    assert fit.apply(matrix, "query").shape == (100, kept)


def test_equal_covariances_shut_a_squared_probe_out() -> None:
    """One group spreads widely where the other hardly does: means say nothing of it."""
    rng = np.random.default_rng(15)
    labels = np.arange(400) % 2
    rows = rng.normal(size=(400, 20))
    rows[:, :4] *= np.where(labels, 3.0, 0.5)[:, None]
    plain, equal = (
        fitted("fair_pca", sample(rows, labels), keep=12, equal_covariances=e)
        for e in (False, True)
    )
    unlike = [_covariances_apart(f.apply(rows, "query"), labels) for f in (plain, equal)]
    assert unlike[1] < unlike[0] / 3
    loose = fitted("fair_pca", sample(rows, labels), keep=12, equal_covariances=True, among=19)
    np.testing.assert_allclose(
        loose.basis @ loose.basis.T, plain.basis @ plain.basis.T, atol=1e-6
    )  # fmt: skip


def test_the_second_step_keeps_the_subspace_of_the_published_form() -> None:
    matrix, labels = apart(300, 24, seed=16)
    fit = fitted("fair_pca", sample(matrix, labels), keep=6, equal_covariances=True, among=14)
    x = matrix - matrix.mean(axis=0)
    r = scipy.linalg.null_space((x.T @ (labels - labels.mean()))[None])
    one, other = (np.cov(matrix[labels == g].T, bias=True) for g in (0, 1))
    values, vectors = np.linalg.eigh(r.T @ (one - other) @ r)
    q = vectors[:, np.argsort(np.abs(values))[:14]]
    _, best = np.linalg.eigh(q.T @ r.T @ x.T @ x @ r @ q)
    u = r @ q @ best[:, -6:]
    np.testing.assert_allclose(fit.basis @ fit.basis.T, u @ u.T, atol=1e-6)


def _covariances_apart(rows: Float64, labels: np.ndarray) -> float:
    one, other = (np.cov(rows[labels == g].T) for g in (0, 1))
    return float(np.linalg.norm(one - other) / np.linalg.norm(one + other))


# --- LEACE ----------------------------------------------------------------------------------------


def test_it_moves_rows_less_than_the_projection_and_other_modes_of_reading() -> None:
    matrix, labels = apart(4000, 16, seed=17, shift=0.1)
    edits = {}
    for name in ("fair_projection", "leace"):
        moved = fitted(name, sample(matrix, labels)).apply(matrix, "query")
        edits[name] = ((moved - matrix) ** 2).sum(axis=1).mean()
    assert 0.3 < edits["leace"] / edits["fair_projection"] < 0.95


def test_with_many_items_it_is_the_published_form() -> None:
    """Belrose et al. 2023: x - S^(1/2) P S^(-1/2) (x - m), P onto S^(-1/2) times the covariance."""
    matrix, labels = apart(4000, 12, seed=18, groups=3)
    fit = fitted("leace", sample(matrix, labels, groups=3))
    x, z = matrix - matrix.mean(axis=0), np.eye(3)[labels] - np.eye(3)[labels].mean(axis=0)
    shrunk = (1 - fit.facts.shrinkage) * x.T @ x / len(x)
    shrunk += fit.facts.shrinkage * np.trace(x.T @ x) / len(x) / 12 * np.eye(12)
    root = np.real(scipy.linalg.sqrtm(shrunk))
    onto = scipy.linalg.orth(np.linalg.inv(root) @ x.T @ z, rcond=1e-10)
    expected = matrix - x @ (root @ onto @ onto.T @ np.linalg.inv(root)).T
    np.testing.assert_allclose(fit.apply(matrix, "query"), expected, atol=1e-8)
    assert fit.facts.shrinkage < 0.02


@pytest.mark.parametrize("padding", [0, 30])
def test_it_stands_fewer_items_than_values_and_values_that_never_vary(padding: int) -> None:
    matrix, labels = apart(40, 60, seed=19)
    padded = np.concatenate([matrix, np.zeros((40, padding))], axis=1)
    fit = fitted("leace", sample(padded, labels))
    moved = fit.apply(padded, "query")
    assert gap(moved, labels) < 1e-13
    assert 0 < fit.facts.shrinkage < 1
    np.testing.assert_allclose(moved[:, 60:], 0, atol=1e-12)
    assert ((moved - padded) ** 2).sum(axis=1).mean() < 0.5


# --- what is refused ------------------------------------------------------------------------------


def test_parameters_that_cannot_be_are_refused() -> None:
    for params in ({"keep": 0}, {"keep": 0.0}, {"keep": 1.5}, {"keep": -3}, {"keep": True}):
        with pytest.raises(UsageError, match=f"keep is {params['keep']}"):
            registry.create("transforms", "fair_pca", **params)
    with pytest.raises(UsageError, match="among is 5"):
        registry.create("transforms", "fair_pca", among=5)
    with pytest.raises(UsageError, match="sides is 'corpus'"):
        registry.create("transforms", "fair_projection", sides="corpus")


def test_more_directions_than_vary_and_three_covariances_are_refused() -> None:
    matrix, labels = apart(30, 60, seed=20)
    with pytest.raises(DataError, match="30 items vary in 28 fair directions, 40 are kept"):
        fitted("fair_pca", sample(matrix, labels), keep=40)
    matrix, labels = apart(90, 20, seed=21, groups=3)
    with pytest.raises(DataError, match="3 groups are known"):
        fitted("fair_pca", sample(matrix, labels, groups=3), keep=5, equal_covariances=True)


def test_facts_are_one_line() -> None:
    matrix, labels = apart(60, 12, seed=22)
    told_of = str(fitted("leace", sample(matrix, labels)).facts)
    assert told_of.startswith(
        "fitted on 60 items (text: woman 30, man 30) at 12 values: 1 direction"
    )
    assert "covariance shrunk by" in told_of


def _few(name: str, keep: int) -> dict[str, int]:
    return {"keep": keep} if name == "fair_pca" else {}

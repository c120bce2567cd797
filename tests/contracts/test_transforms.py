"""What every transform promises, run over everything registered."""

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError
from evalkit.core.systems import Sample, Transform
from tests.transforms.toy_groups import apart, gap, sample

MATRIX, LABELS = apart(60, 24, seed=31, groups=3)
SAME_WIDTH = {"fair_projection", "leace"}
"""Transforms whose vectors are as long as before; the others keep fewer values."""


@pytest.fixture(params=registry.names("transforms"))
def transform(request: pytest.FixtureRequest) -> Transform:
    found: Transform = registry.create("transforms", request.param, attribute="gender")
    return found


def name_of(transform: Transform) -> str:
    return next(
        n for n in registry.names("transforms") if registry.find("transforms", n) is type(transform)
    )


def applied(transform: Transform, *samples: Sample) -> Float64:
    return transform.fit(samples).apply(MATRIX, "query")


def test_it_is_a_frozen_slotted_hashable_dataclass_with_a_sentence(transform: Transform) -> None:
    cls: Any = type(transform)
    assert cls.__dataclass_params__.frozen
    assert not hasattr(transform, "__dict__")
    assert hash(transform) == hash(cls(attribute="gender"))
    assert (inspect.getdoc(cls) or "").splitlines()[0].endswith(".")
    assert transform.attribute == "gender"


@pytest.mark.parametrize("side", ["query", "corpus"])
def test_a_row_becomes_a_row_and_the_input_stays(transform: Transform, side: Any) -> None:
    before, labels = MATRIX.copy(), LABELS.copy()
    fit = transform.fit([sample(MATRIX, LABELS, groups=3)])
    moved = fit.apply(MATRIX, side)
    assert moved.dtype == np.float64
    assert moved.shape == (60, 24) if name_of(transform) in SAME_WIDTH else len(moved) == 60
    assert np.isfinite(moved).all()
    assert not np.shares_memory(moved, MATRIX)
    np.testing.assert_array_equal(MATRIX, before)
    np.testing.assert_array_equal(LABELS, labels)
    np.testing.assert_allclose(fit.apply(MATRIX[7:9], side), moved[7:9], atol=1e-15)
    assert fit.apply(MATRIX[:0], side).shape == (0, moved.shape[1])


def test_the_same_items_give_the_same_numbers(transform: Transform) -> None:
    one = sample(MATRIX, LABELS, groups=3)
    np.testing.assert_array_equal(applied(transform, one), applied(transform, one))


def test_the_order_of_items_and_the_names_of_groups_do_not_matter(transform: Transform) -> None:
    order = np.random.default_rng(1).permutation(60)
    swapped = np.array([2, 0, 1])[LABELS]
    first, other = (
        applied(transform, s)
        for s in (
            sample(MATRIX, LABELS, groups=3),
            sample(MATRIX[order], swapped[order], groups=3),
        )
    )
    np.testing.assert_allclose(first @ first.T, other @ other.T, atol=1e-9)


def test_means_of_groups_coincide_afterwards(transform: Transform) -> None:
    moved = applied(transform, sample(MATRIX, LABELS, groups=3))
    assert gap(MATRIX, LABELS) > 0.2
    assert gap(moved, LABELS) < 1e-13


def test_where_means_coincide_already_nothing_is_taken_out(transform: Transform) -> None:
    """Every row is there once for each group, as float32 would store it."""
    twice = np.repeat(MATRIX.astype(np.float32).astype(np.float64), 3, axis=0)
    fit: Any = transform.fit([sample(twice, np.tile(np.arange(3), 60), groups=3)])
    moved = fit.apply(MATRIX, "query")
    if name_of(transform) in SAME_WIDTH:
        np.testing.assert_array_equal(moved, MATRIX)
        assert fit.facts.removed == 0
    else:
        assert fit.facts.removed == 24 - moved.shape[1]


def test_a_second_time_changes_nothing(transform: Transform) -> None:
    if name_of(transform) not in SAME_WIDTH:
        pytest.skip("it makes vectors shorter, and cannot be applied twice")
    fit = transform.fit([sample(MATRIX, LABELS, groups=3)])
    once = fit.apply(MATRIX, "query")
    np.testing.assert_allclose(fit.apply(once, "query"), once, atol=1e-13)


def test_it_says_what_it_was_fitted_on(transform: Transform) -> None:
    unknown = np.where(np.arange(60) < 6, -1, LABELS)
    fit: Any = transform.fit([sample(MATRIX, unknown, groups=3)])
    assert fit.facts.transform == name_of(transform)
    assert (fit.facts.n, fit.facts.size) == (54, 24)
    assert fit.facts.counts == (("text", (18, 18, 18)),)
    assert "54 items" in str(fit.facts)


@pytest.mark.parametrize(
    ("spoil", "numbers"),
    [
        ({"labels": np.zeros(60, np.int64)}, r"text: woman 60, man 0, group 3 0 of 60"),
        ({"labels": np.full(60, -1)}, r"woman 0, man 0, group 3 0 of 60"),
        ({"labels": np.where(np.arange(60) < 56, 0, 1)}, r"woman 56, man 4, .* needs 5 items"),
        ({"labels": np.where(LABELS == 2, 3, LABELS)}, r"20 of 60 labels are none of the 3 groups"),
        ({"labels": LABELS[:50]}, r"vectors are \(60, 24\) and labels \(50,\)"),
        ({"matrix": np.where(np.arange(60)[:, None] < 2, np.nan, MATRIX)}, r"2 of 60 vectors hold"),
        ({"matrix": np.where(np.eye(60, 24) > 0, np.inf, MATRIX)}, r"24 of 60 vectors hold"),
    ],
)  # fmt: skip
def test_items_that_do_not_suffice_are_refused_in_numbers(
    transform: Transform, spoil: dict[str, Any], numbers: str
) -> None:
    with pytest.raises(DataError, match=numbers) as error:
        transform.fit([dataclasses.replace(sample(MATRIX, LABELS, groups=3), **spoil)])
    assert all(problem.where and problem.fix for problem in error.value.problems)


def test_samples_that_do_not_go_together_are_refused(transform: Transform) -> None:
    three, two = sample(MATRIX, LABELS, groups=3), sample(MATRIX, LABELS % 2, "image")
    with pytest.raises(DataError, match="the groups are woman, man; others have woman, man, group"):
        transform.fit([three, two])
    with pytest.raises(DataError, match=r"vectors are \(60, 20\) .* expected \(n, 24\)"):
        transform.fit([three, sample(MATRIX[:, :20], LABELS, "image", groups=3)])
    with pytest.raises(DataError, match="there are none"):
        transform.fit([])


def test_vectors_of_another_size_are_refused(transform: Transform) -> None:
    fit = transform.fit([sample(MATRIX, LABELS, groups=3)])
    with pytest.raises(DataError, match=r"\(60, 12\), the transform was fitted on 24 values"):
        fit.apply(MATRIX[:, :12], "query")

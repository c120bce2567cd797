"""Two dimensions that keep what vectors differ in, and counts of what is found."""

import numpy as np
import pytest

from evalkit.report.view.projection import flat, occurrences


def test_the_axes_are_the_directions_of_most_variance() -> None:
    made = np.random.default_rng(3)
    plane = made.standard_normal((200, 2)) * [5.0, 2.0]
    turn, _ = np.linalg.qr(made.standard_normal((40, 40)))
    noisy = (plane @ turn[:2] + made.standard_normal((200, 40)) * 0.05).astype(np.float32)
    found = flat(noisy, 7)
    exact = np.linalg.svd(noisy - noisy.mean(axis=0))[1] ** 2
    assert found.kept == pytest.approx(tuple(exact[:2] / exact.sum()), abs=1e-4)
    for n in range(2):
        assert abs(np.corrcoef(found.at[:, n], plane[:, n])[0, 1]) > 0.99


def test_the_same_seed_gives_the_same_points() -> None:
    matrix = np.random.default_rng(0).standard_normal((50, 20)).astype(np.float32)
    assert (flat(matrix, 7).at == flat(matrix, 7).at).all()
    assert np.allclose(flat(matrix, 7).at, flat(matrix, 8).at, atol=0.2)


@pytest.mark.parametrize("shape", [(1, 5), (3, 1), (2, 2)])
def test_few_points_and_few_numbers_are_drawn_too(shape: tuple[int, int]) -> None:
    matrix = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    found = flat(matrix, 7)
    assert found.at.shape == (shape[0], 2)
    assert np.isfinite(found.at).all()


def test_items_found_by_everybody_are_hubs_and_by_nobody_orphans() -> None:
    items = [f"d{n}" for n in range(20)]
    found = occurrences(items, ["d0"] * 30 + items[1:15])
    assert found.hubs == (("d0", 30),)
    assert found.orphans == ("d15", "d16", "d17", "d18", "d19")
    assert [found.role(name) for name in ("d0", "d1", "d15")] == ["hub", "item", "orphan"]


def test_items_that_are_not_drawn_do_not_count() -> None:
    assert occurrences(["a"], ["a", "b", "b"]).counts == {"a": 1}

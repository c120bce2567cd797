"""Bootstrap and jackknife weights: clusters, blocks, seeds and row order."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.core.arrays import Float64
from evalkit.stats import bootstrap_weights, leave_one_out_weights

WORDS = np.array(["red shoe", "blue hat", "red shoe", "socks", "hat", "socks", "socks"], object)
PLACES = np.array([3, 1, 2, 1, 2, 3, 3])


def all_weights(clusters: list[np.ndarray], draws: int = 300, **kwargs: int) -> Float64:
    return np.concatenate(list(bootstrap_weights(clusters, draws, **{"seed": 7, **kwargs})))


def test_a_cluster_is_drawn_as_a_whole() -> None:
    weights = all_weights([WORDS])
    assert weights.shape == (300, 7)
    assert weights.dtype == np.float64
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3, 4]].sum(axis=1) == 4).all()


def test_counts_are_multinomial() -> None:
    weights = all_weights([np.arange(10)], draws=20_000)
    assert weights.mean(axis=0) == pytest.approx(np.ones(10), abs=0.03)
    assert weights.var(axis=0) == pytest.approx(np.full(10, 0.9), abs=0.05)
    assert np.cov(weights[:, 0], weights[:, 1])[0, 1] == pytest.approx(-0.1, abs=0.03)


def test_several_arrays_multiply() -> None:
    both, words = all_weights([WORDS, PLACES]), all_weights([WORDS])
    places = both[:, 2:5] / np.where(words[:, 2:5] > 0, words[:, 2:5], np.nan)
    assert (both[words == 0] == 0).all()
    assert np.nanmax(np.abs(places - np.round(places))) == 0
    assert both.sum() != words.sum()


def test_the_arrays_are_drawn_independently() -> None:
    twice = all_weights([np.arange(50), np.arange(50)], draws=2000)
    assert twice.mean() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("limit", [1, 8 * 7 * 13, 1 << 30])
def test_blocks_do_not_matter(limit: int) -> None:
    blocks = list(bootstrap_weights([WORDS, PLACES], 300, 7, limit))
    assert max(block.nbytes for block in blocks) <= max(limit, 8 * 7)
    assert (np.concatenate(blocks) == all_weights([WORDS, PLACES])).all()


def test_row_order_does_not_matter() -> None:
    order = np.random.default_rng(0).permutation(7)
    shuffled = all_weights([WORDS[order], PLACES[order]])
    assert (shuffled == all_weights([WORDS, PLACES])[:, order]).all()


def test_seeds_matter() -> None:
    assert (all_weights([WORDS], seed=1) != all_weights([WORDS], seed=2)).any()


def test_a_label_array_is_needed() -> None:
    with pytest.raises(ValueError, match="label"):
        next(bootstrap_weights([], 10, 0))


def test_nothing_to_draw_from() -> None:
    assert all_weights([np.array([], dtype=object)]).shape == (300, 0)


def test_one_cluster_is_left_out_at_a_time() -> None:
    rows = np.concatenate(list(leave_one_out_weights([WORDS])))
    assert rows.tolist() == [
        [1, 0, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0, 1, 1],
        [0, 1, 0, 1, 1, 1, 1],
        [1, 1, 1, 0, 1, 0, 0],
    ]


def test_every_array_takes_its_turn() -> None:
    rows = np.concatenate(list(leave_one_out_weights([WORDS, PLACES], limit_bytes=8 * 7 * 3)))
    assert len(rows) == 4 + 3
    assert (rows[4:] == (np.array([[1], [2], [3]]) != PLACES)).all()

"""Ridge regressions in closed form, from features to concepts, as maps of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import text
from .encoder import UNIT, quantised

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]


def text_ridge(
    found: Sequence[text.Tokens], rarity: NDArray[np.int64], targets: Floats, ridge: float
) -> tuple[Floats, Floats, Floats]:
    """A text map (c, SLOTS) of integers, what a unit of each row is worth (c,), and estimates.

    found: the tokens of n texts. rarity: (SLOTS,). targets: (n, c), as the estimates.
    """
    seen = np.bincount(np.concatenate([one.slots for one in found]), minlength=text.SLOTS)
    active, column = np.flatnonzero(seen), np.cumsum(seen > 0) - 1
    features = np.zeros((len(found), active.size), dtype=np.float32)
    for row, one in enumerate(found):
        np.add.at(features[row], column[one.slots], text.weights(one, rarity) / text.UNIT)
    products = (features @ features.T).astype(np.float64)
    dual = np.linalg.solve(products + ridge * np.eye(len(found)), targets)
    solved = np.zeros((targets.shape[1], text.SLOTS))
    solved[:, active] = (features.T @ dual.astype(np.float32)).T
    whole, unit = _integers(solved, 127)
    return whole, unit / text.UNIT, products @ dual


def feature_ridge(
    raw: Floats, targets: Floats, sizes: Sequence[int], ridge: float
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Means and deviations (f,), a map (c, f) of integers, its units (c,), and estimates (n, c).

    raw: features (n, f) in groups of these sizes, which weigh alike. targets: (n, c).
    """
    mean, deviation = raw.mean(0), raw.std(0) + 1e-3
    share = np.repeat(1 / np.sqrt(sizes), sizes)
    features = quantised(raw, mean, deviation) / UNIT * share
    products = features.T @ features
    strength = ridge * np.trace(products) / len(products)
    solved = np.linalg.solve(products + strength * np.eye(len(products)), features.T @ targets)
    whole, unit = _integers(solved.T * share, 32767)
    return mean, deviation, whole, unit / UNIT, features @ solved


def gains(
    estimates: Floats, targets: Floats, blocks: Sequence[slice], shares: Sequence[float]
) -> Floats:
    """Factors (columns,) that bring each block to its share where its concept is named."""
    factors = np.ones(targets.shape[1])
    for share, block in zip(shares, blocks, strict=True):
        named = np.abs(targets[:, block]).max(1, initial=0) > 0.5
        if named.any():
            lengths = np.sqrt((estimates[named, block] ** 2).sum(1))
            factors[block] = share / lengths.mean()
    return factors


def _integers(solved: Floats, top: int) -> tuple[Floats, Floats]:
    """A map rounded to integers of at most `top`, and what one unit of each row is worth."""
    unit = np.maximum(np.abs(solved).max(1), 1e-12) / top
    return np.rint(solved / unit[:, None]), unit

"""Samples made from raw scores, as the pipeline makes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evalkit.core.arrays import Float64
from evalkit.stats import Sample, bootstrap_weights, leave_one_out_weights


def mean_sample(
    scores: Float64,
    clusters: np.ndarray | None = None,
    *,
    binary: bool = False,
    low_end: float = 0.0,
    high_end: float = 1.0,
    left_out: bool = True,
    draws: int = 2000,
) -> Sample:
    """Return the sample of a mean, with its draws and the means without each cluster."""
    labels = [np.arange(len(scores)) if clusters is None else clusters]
    with np.errstate(invalid="ignore"):
        means = [
            np.concatenate([w @ scores / w.sum(axis=1) for w in blocks])
            for blocks in (bootstrap_weights(labels, draws, 1), leave_one_out_weights(labels))
        ]
    m, n, jackknife = len(np.unique(labels[0])), len(scores), means[1] if left_out else None
    return Sample(float(scores.mean()), means[0], jackknife, n, m, binary, low_end, high_end)


@pytest.fixture(scope="session")
def sample_of() -> Callable[..., Sample]:
    return mean_sample


@pytest.fixture
def graded() -> Float64:
    """Return 100 scores like NDCG: ones, zeros and something between."""
    rng = np.random.default_rng(3)
    between = np.where(rng.random(100) < 0.2, 0.0, rng.beta(2.0, 1.0, 100))
    return np.where(rng.random(100) < 0.6, 1.0, between)

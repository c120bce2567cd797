"""Small sets of vectors in which groups differ, for tests of transforms."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.systems import Sample

GROUPS = ("woman", "man")


def unit(rows: np.ndarray) -> Float64:
    found: Float64 = rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return found


def apart(
    n: int, dim: int, seed: int, shift: float = 0.35, groups: int = 2, modality: float = 0.0
) -> tuple[Float64, Int64]:
    """Unit rows whose group means differ in fixed directions, and their labels in turn.

    Each coordinate but the first spreads less than the one before. `modality` moves all of them.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n, dtype=np.int64) % groups
    rows = rng.normal(size=(n, dim)) * np.linspace(1.0, 0.3, dim)
    lean = np.random.default_rng(99).normal(size=(groups, dim))
    rows += shift * np.sqrt(dim) * unit(lean)[labels]
    rows[:, 0] += 2.0 + modality
    rows[:, 1] -= modality
    return unit(rows), labels


def sample(
    matrix: np.ndarray, labels: np.ndarray, modality: str = "text", groups: int = 2
) -> Sample:
    names = (*GROUPS, *(f"group {n}" for n in range(3, groups + 1)))
    return Sample(matrix, labels.astype(np.int64), names[:groups], modality)


def gap(matrix: Float64, labels: Int64) -> float:
    """The largest distance between the means of two groups, worked out one by one."""
    means = [matrix[labels == label].mean(axis=0) for label in np.unique(labels)]
    return max(float(np.linalg.norm(a - b)) for a in means for b in means)


def told(fit: Float64, labels: Int64, tried: Float64, truth: Int64) -> float:
    """How often a linear probe learnt on some rows tells the group of others, of two."""
    middle = fit.mean(axis=0)
    centred = fit - middle
    penalty = 0.01 * np.trace(centred.T @ centred) / centred.shape[1] * np.eye(fit.shape[1])
    weights = np.linalg.solve(centred.T @ centred + penalty, centred.T @ (labels - labels.mean()))
    return float((((tried - middle) @ weights > 0) == truth).mean())

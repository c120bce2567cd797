"""Non-linear leakage: how well a curved cut, or its neighbours, tell the group of an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._leakage import Asked, LeakageMetric, check_tags, held_out

_SHARPNESS = 4.0
_RIDGE = 0.1
_NEIGHBOURS = 15


@plugin("metrics", "nonlinear_leakage")
@dataclass(frozen=True, slots=True)
class NonlinearLeakage(LeakageMetric):
    """How often a probe that is not linear reads the group of an item off its vector, 0 to 1.

    Less is better: 1 over the number of groups by chance. The counterpart of `linear_leakage` for
    what a projection leaves, such as groups that spread differently or lie in several places.
    Balanced accuracy on items that the probe did not learn from. probe: `rbf`, ridge regression on
    Gaussian similarities exp(-4 d2 / m), d2 the squared distance and m its median over all pairs;
    or `neighbours`, what the 15 nearest items vote for, which sees more in small sets of long
    vectors. attribute and apart as in `linear_leakage`. No probe shows that nothing leaks: a better
    one may. Source: Belrose et al. 2023 on why both are reported; Rifkin and Lippert 2007.
    """

    attribute: str = "modality"
    apart: str = ""
    probe: Literal["rbf", "neighbours"] = "rbf"

    word: ClassVar[str] = "nonlinear_leakage"

    def __post_init__(self) -> None:
        """Refuse probes that there are not, and tags that are not named."""
        if self.probe not in ("rbf", "neighbours"):
            raise UsageError(f"probe is '{self.probe}'; expected rbf or neighbours.")
        check_tags(self)

    def scores(self, asked: Asked, labels: Float64) -> Float64:
        """Return what the probe learnt from the other folds says, float64 (m, c)."""
        inner = asked.vectors @ asked.vectors.T
        if self.probe == "neighbours":
            return _votes(asked, inner, labels)
        return held_out(_gaussian(inner), labels, asked.folds, _RIDGE)


def _gaussian(inner: Float64) -> Float64:
    """Return exp(-4 d2 / median of d2) of rows with these inner products, float64 (m, m)."""
    squares = np.diag(inner)
    distances = np.maximum(squares + squares[:, None] - 2.0 * inner, 0.0)
    pairs = distances[np.triu_indices(len(distances), 1)]
    usual = float(np.median(pairs)) or float(pairs.mean()) or 1.0
    return np.asarray(np.exp(-_SHARPNESS * distances / usual), np.float64)


def _votes(asked: Asked, inner: Float64, labels: Float64) -> Float64:
    """Return the mean label of the nearest items of other folds, float64 (m, c)."""
    near = np.where(asked.folds[:, None] == asked.folds, -np.inf, inner)
    order = np.argsort(-near, axis=1, kind="stable")[:, :_NEIGHBOURS]
    there = np.isfinite(np.take_along_axis(near, order, axis=1))
    votes = (labels[order] * there[:, :, None]).sum(axis=1)
    return np.asarray(votes / np.maximum(there.sum(axis=1, keepdims=True), 1), np.float64)

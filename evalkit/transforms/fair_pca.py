"""Fair PCA: the directions in which vectors vary most, of those in which groups do not differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.core.registry import plugin
from evalkit.core.systems import Sample
from evalkit.transforms._fitted import Kept, facts, tried
from evalkit.transforms._learning import Material, material

_NOTHING = 1e-10
_TINY = np.finfo(float).tiny
_TWO = 2
_LEAST_AMONG = 10


@plugin("transforms", "fair_pca")
@dataclass(frozen=True, slots=True)
class FairPca:
    """Keeps those directions in which vectors vary most of all in which group means coincide.

    attribute: the tag of the groups. keep: how many directions are kept, a whole number, or a share
    of the vector size such as 0.5; at most all that are fair. Vectors become that short on both
    sides, and must be transformed on both. equal_covariances: with two groups, only the directions
    in which their covariances differ least are looked at: `among` of them, or as many as are kept
    (at least 10) where it is 0, which is the strictest. It helps against probes that are not
    linear, and costs more relevance. Vectors are centred within each modality to fit, and not moved
    to transform. Source: Kleindessner, Donini, Russell and Zafar 2023, sections 3 and 3.2.
    """

    attribute: str = "gender"
    keep: int | float = 0.5
    equal_covariances: bool = False
    among: int = 0

    def __post_init__(self) -> None:
        """Refuse to keep nothing, and more candidates without a use for them."""
        highest = 1.0 if isinstance(self.keep, float) else np.inf
        lowest = _TINY if isinstance(self.keep, float) else 1
        if isinstance(self.keep, bool) or not lowest <= self.keep <= highest:
            raise UsageError(
                f"keep is {self.keep}; expected a whole number from 1, or a share of the vector "
                "size up to 1.0."
            )
        if self.among < 0 or (self.among and not self.equal_covariances):
            raise UsageError(
                f"among is {self.among}; it says, with equal_covariances: true, out of how many "
                "directions the kept ones are taken."
            )

    def fit(self, samples: Sequence[Sample]) -> Kept:
        """Return it fitted on vectors of one size; raises DataError where they do not suffice.

        It does not where fewer directions vary than are to be kept, and with equal covariances for
        more than two groups.
        """
        learnt = material(samples)
        dim, unfair = learnt.matrix.shape[1], learnt.directions()
        k = min(self.keep if isinstance(self.keep, int) else round(self.keep * dim), dim)
        k = max(1, min(k, dim - unfair.shape[1]))
        rows = learnt.centred()
        rows -= (rows @ unfair) @ unfair.T
        basis = _principal(rows)
        if basis.shape[1] < k:
            what = f"{len(rows)} items vary in {basis.shape[1]} fair directions, {k} are kept."
            raise DataError(Problem("items to fit on", what, "Fit on more items, or keep fewer."))
        if self.equal_covariances:
            basis = _alike(rows, learnt, basis, max(k, self.among or _LEAST_AMONG))
        kept, _ = np.linalg.qr(basis[:, :k])
        told = facts("fair_pca", self.attribute, learnt, dim - k)
        return tried(Kept(told, kept), learnt)


def _principal(rows: Float64) -> Float64:
    """Return the directions in which rows vary, most first, float64 (dim, p).

    rows: float64 (n, dim), around their mean. Worked out on the smaller side of the two.
    """
    n, dim = rows.shape
    squares, axes = np.linalg.eigh(rows @ rows.T if n < dim else rows.T @ rows)
    there = np.flatnonzero(squares > _NOTHING * max(squares[-1], _TINY))[::-1]
    found = rows.T @ axes[:, there] / np.sqrt(squares[there]) if n < dim else axes[:, there]
    return np.asarray(found, np.float64)


def _alike(rows: Float64, learnt: Material, basis: Float64, most: int) -> Float64:
    """Return those directions in which two groups' covariances differ least, most varying first.

    rows: float64 (n, dim), around the mean of their group. basis: float64 (dim, p), what they vary
    in. Returns float64 (dim, min(most, p)).
    """
    present = np.unique(learnt.labels)
    if len(present) != _TWO:
        what = f"{len(present)} groups are known; covariances are made equal for two."
        fix = "Choose two groups with 'fit', or leave equal_covariances out."
        raise DataError(Problem("items to fit on", what, fix))
    one, other = (_covariance(rows[learnt.labels == label] @ basis) for label in present)
    differences, axes = np.linalg.eigh(one - other)
    alike = basis @ axes[:, np.argsort(np.abs(differences), kind="stable")[:most]]
    found: Float64 = alike @ _principal(rows @ alike)
    return found


def _covariance(rows: Float64) -> Float64:
    """Return the covariance of rows around their mean, float64 (p, p)."""
    found: Float64 = rows.T @ rows / len(rows)
    return found

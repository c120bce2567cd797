"""LEACE: the smallest change of vectors after which no linear probe tells groups apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.extras import expect
from evalkit.core.registry import plugin
from evalkit.core.systems import Sample
from evalkit.transforms._fitted import Removal, facts, tried
from evalkit.transforms._learning import Material, material

_STEADY = 1e-9


@plugin("transforms", "leace")
@dataclass(frozen=True, slots=True)
class Leace:
    """Changes vectors as little as can be so that the means of groups coincide.

    attribute: the tag of the groups. It takes out the directions that `fair_projection` takes out,
    but reads them where vectors vary least otherwise, so that rows move less; both sides must be
    transformed. The covariance is that of all groups of a modality together, pooled over
    modalities and shrunk towards a multiple of the identity (Ledoit and Wolf 2004), without which
    it means little where items are not many times the size. With S the covariance, N a basis of the
    differences of means and m the mean: x - N (N' S^-1 N)^-1 N' S^-1 (x - m). Shrinkage changes
    how far rows move, not that the means coincide. Source: Belrose et al. 2023, theorem 4.3.
    """

    attribute: str = "gender"

    def fit(self, samples: Sequence[Sample]) -> Removal:
        """Return it fitted on vectors of one size; raises DataError where they do not suffice."""
        learnt = material(samples)
        along = learnt.directions()
        read, shrinkage = _read(learnt, along)
        told = facts("leace", self.attribute, learnt, along.shape[1])
        told = replace(told, shrinkage=shrinkage)
        return tried(Removal(told, learnt.matrix.mean(axis=0), along, read), learnt)


def _read(learnt: Material, along: Float64) -> tuple[Float64, float | None]:
    """Return S^-1 N (N' S^-1 N)^-1, float64 (dim, r), and the share of shrinkage."""
    expect("sklearn")
    from sklearn.covariance import ledoit_wolf

    if not along.shape[1]:
        return along, None
    covariance, shrinkage = ledoit_wolf(learnt.centred(), assume_centered=True)
    steady = _STEADY * np.trace(covariance) / len(covariance)  # for values that never vary
    covariance[np.diag_indices_from(covariance)] += steady
    solved = np.linalg.solve(covariance, along)
    read = np.linalg.solve(along.T @ solved, solved.T).T
    return np.asarray(read, np.float64), float(shrinkage)

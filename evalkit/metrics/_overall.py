"""What metrics that make one number of all units share: sets of scores and blocks of weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.results import Scores
from evalkit.metrics._unit import E, UnitMetric

_NUMBERS_AT_ONCE = 1 << 20


class OverallMetric(UnitMetric[E]):
    """One number of all units together, such as macro F1, which is no mean of single scores.

    A metric says in `columns` what it needs of every unit, and in `statistic` how weighted units
    make a number.
    """

    __slots__ = ()

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the number under each row of weights, float64 (b, n) -> (b,).

        units: the columns, float64 (n,), all finite, n at least 1. NaN where nothing can be said;
        0 / 0 is allowed and gives it.
        """
        raise NotImplementedError

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        """Return the number of each set of scores: float64 (B, n) -> (B,), or (B, J) for J sets."""
        columns = np.stack(list(scores.columns.values()))
        if columns.ndim == 2:
            return self._of_one(list(scores.columns), columns, weights)
        sets = [np.ascontiguousarray(columns[:, :, j]) for j in range(columns.shape[2])]
        unlike = {one.tobytes(): one for one in sets}  # comparisons share sets: once is enough
        names = list(scores.columns)
        found = {key: self._of_one(names, one, weights) for key, one in unlike.items()}
        return np.stack([found[one.tobytes()] for one in sets], axis=1)

    def _of_one(self, names: list[str], columns: Float64, weights: Float64) -> Float64:
        """Return the number of one set, of the units that are scored, in blocks of weights."""
        scored: Bool = np.all(np.isfinite(columns), axis=0)
        found = np.full(len(weights), np.nan)
        if not scored.any():
            return found
        units = dict(zip(names, columns[:, scored], strict=True))
        step = max(1, _NUMBERS_AT_ONCE // len(scored))
        with np.errstate(invalid="ignore", divide="ignore"):
            for start in range(0, len(weights), step):
                rows = slice(start, start + step)
                block = np.asfortranarray(weights[rows][:, scored])  # a unit's weights together
                found[rows] = self.statistic(units, block)
        return found


def totals(weights: Float64, codes: Int64, count: int) -> Float64:
    """Return the weight of all units of each code: float64 (b, n), int64 (n,) -> (b, count)."""
    from scipy.sparse import csr_array

    n = len(codes)
    members = csr_array((np.ones(n), (codes, np.arange(n))), shape=(count, n))
    found: Float64 = (members @ weights.T).T
    return found

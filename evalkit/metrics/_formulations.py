"""What metrics of consistency share: the queries that ask for one need in other words."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.evidence import Ranked
from evalkit.metrics._ranking import RankingMetric, any_judged

_LEAST_GAIN = 1


class NeedMetric(RankingMetric):
    """A value per query from all formulations of its need, NaN for a need with one alone.

    Formulations of a need share its tag `intent`. A query holds the value of its need, so that a
    need counts once for each of its formulations.
    """

    __slots__ = ()

    def judged(self, evidence: Ranked) -> Bool:
        """Return which queries take part: those with a positive grade, bool (n,)."""
        return any_judged(evidence, _LEAST_GAIN)

    def scorable(self, evidence: Ranked) -> Bool:
        """Return which queries take part beside another formulation, bool (n,)."""
        known = self.judged(evidence)
        return np.asarray(known & (sizes(evidence, known) > 1))


def needs(evidence: Ranked) -> Int64:
    """Return a number for the need of each query, int64 (n,)."""
    codes = np.unique(evidence.clusters[0].astype(str), return_inverse=True)[1]
    return np.asarray(codes, np.int64).reshape(-1)


def sizes(evidence: Ranked, counted: Bool) -> Float64:
    """Return how many counted queries the need of each query has, float64 (n,)."""
    codes = needs(evidence)
    count = np.bincount(codes[counted], minlength=len(codes))
    return count[codes].astype(np.float64)


def means(evidence: Ranked, values: Float64, counted: Bool) -> Float64:
    """Return the mean value of the counted queries of each query's need, float64 (n,)."""
    codes = needs(evidence)
    total = np.bincount(codes, np.where(counted, values, 0.0), minlength=len(codes))[codes]
    return total / np.maximum(sizes(evidence, counted), 1.0)


def least(evidence: Ranked, values: Float64, counted: Bool) -> Float64:
    """Return the least value of the counted queries of each query's need, float64 (n,)."""
    codes = needs(evidence)
    found = np.full(len(codes), np.inf)
    np.minimum.at(found, codes, np.where(counted, values, np.inf))
    return found[codes]


def formulations(evidence: Ranked) -> Int64:
    """Return every two queries of one need, int64 (pairs, 2), positions, the smaller first."""
    codes = needs(evidence)
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    found = [
        np.sort(np.stack([some[a], some[b]], axis=1), axis=1)
        for some in np.split(order, ends)
        for a, b in [np.triu_indices(len(some), 1)]
    ]
    return np.concatenate(found)


def mean_with_others(pairs: Int64, values: Float64, n: int) -> Float64:
    """Return the mean of the values of the pairs that each of n queries is in, NaN for none."""
    both, twice = pairs.T.ravel(), np.tile(values, 2)
    total, count = np.bincount(both, twice, minlength=n), np.bincount(both, minlength=n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

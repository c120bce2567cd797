"""What metrics of clusters share: weighted counts of topics in clusters, over repetitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.evidence import Clustered
from evalkit.metrics._overall import OverallMetric, totals


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How much weight lies in each topic, each cluster, and each pair of both that occurs.

    topics: float64 (b, topics). clusters: float64 (b, clusters). cells: float64 (b, m); the cluster
    of each cell, int64 (m,), ascending; units: int64 (m,), how many units it has. squares: float64
    (b,), the sum of the squared weights of all units. n: how many units there are.
    """

    topics: Float64
    clusters: Float64
    cells: Float64
    cell_clusters: Int64
    units: Int64
    squares: Float64
    n: int

    @property
    def weight(self) -> Float64:
        """The weight of all units, float64 (b,)."""
        total: Float64 = self.cells.sum(axis=1)
        return total


def counts(topics: Int64, clusters: Int64, weights: Float64) -> Counts:
    """Return the counts under each row of weights: int64 (n,) twice, float64 (b, n)."""
    topics, clusters = (np.unique(codes, return_inverse=True)[1] for codes in (topics, clusters))
    many = int(topics.max()) + 1
    pairs, cell = np.unique(clusters * many + topics, return_inverse=True)
    cells = totals(weights, cell, len(pairs))
    return Counts(
        totals(cells, pairs % many, many),
        totals(cells, pairs // many, int(clusters.max()) + 1),
        cells,
        pairs // many,
        np.bincount(cell, minlength=len(pairs)),
        (weights * weights).sum(axis=1),
        len(topics),
    )


class ClusterMetric(OverallMetric[Clustered]):
    """How well clusters and topics agree, the mean over all repetitions of the clustering.

    The columns are the topic of every unit, `true`, and its cluster in each repetition, `c0`, `c1`
    and so on. A unit whose topic is not known, or that has no vector, does not count.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "clusters"

    def scorable(self, evidence: Clustered) -> Bool:
        """Return which units have a known topic, bool (n,)."""
        return np.asarray(evidence.true >= 0)

    def columns(self, evidence: Clustered) -> Mapping[str, Float64]:
        """Return the topic and the clusters of every unit, NaN for a unit without a vector."""
        found = np.where(evidence.assigned >= 0, evidence.assigned, np.nan)
        return {"true": evidence.true.astype(float)} | {f"c{r}": c for r, c in enumerate(found)}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the mean agreement over repetitions: float64 (b, n) -> (b,)."""
        topics, *repeats = (column.astype(np.int64) for column in units.values())
        found = [self.agreement(counts(topics, clusters, weights)) for clusters in repeats]
        mean: Float64 = np.mean(found, axis=0)
        return mean

    def agreement(self, found: Counts) -> Float64:
        """Return how well one clustering agrees with the topics, float64 (b,)."""
        raise NotImplementedError

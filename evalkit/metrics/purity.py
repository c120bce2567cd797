"""Purity: how much of each cluster is of one topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._clusters import ClusterMetric, Counts


@plugin("metrics", "purity")
@dataclass(frozen=True, slots=True)
class Purity(ClusterMetric):
    """The share of units that belong to the most common topic of their cluster, 0 to 1.

    More is better; the mean over repetitions. It is what a person gets right who names each
    cluster by its main topic. It rises with the number of clusters, up to 1 for single units: read
    it beside `ari`. A cluster keeps its main topic when units are resampled, since the topic that
    is most common in a resample is so in part by chance. Units without a known topic are NaN.
    Source: Manning, Raghavan and Schütze 2008, section 16.3.
    """

    word: ClassVar[str] = "purity"

    def agreement(self, found: Counts) -> Float64:
        """Return the purity, float64 (b,)."""
        order = np.lexsort((-found.units, found.cell_clusters))
        firsts = np.diff(found.cell_clusters[order], prepend=-1) > 0
        share: Float64 = found.cells[:, order[firsts]].sum(axis=1) / found.weight
        return share

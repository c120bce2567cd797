"""Adjusted Rand index: how often clusters and topics agree on two items, beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._clusters import ClusterMetric, Counts


@plugin("metrics", "ari")
@dataclass(frozen=True, slots=True)
class Ari(ClusterMetric):
    """The Rand index of clusters and topics, corrected for chance: 0 by chance, 1 at best.

    More is better, -0.5 to 1; the mean over repetitions. Of all pairs of units, those that share a
    topic and a cluster, less what chance gives, over the most that could be. 1 where clusters and
    topics are both one or both all single. In a resample the pairs are of different units, so that
    a unit drawn twice does not agree with itself. Units without a known topic are NaN. The
    adjusted mutual information is the rival; its expected value is too slow to resample. Source:
    Hubert and Arabie 1985; scikit-learn, `adjusted_rand_score`.
    """

    word: ClassVar[str] = "ari"
    unit: ClassVar[str] = "agreement beyond chance"
    range: ClassVar[tuple[float, float]] = (-0.5, 1.0)

    def agreement(self, found: Counts) -> Float64:
        """Return the adjusted Rand index, float64 (b,); NaN where there are no two units."""
        both, topics, clusters, every = (
            ((counts * counts).sum(axis=1) - found.squares) / 2.0
            for counts in (found.cells, found.topics, found.clusters, found.weight[:, None])
        )
        chance = topics * clusters / every
        most = (topics + clusters) / 2.0
        index = (both - chance) / np.where(most > chance, most - chance, 1.0)
        return np.where(every > 0, np.where(most > chance, index, 1.0), np.nan)

"""V-measure and NMI: what clusters and topics tell of each other, by their entropies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._clusters import ClusterMetric, Counts

_NOTHING = 1e-12


@plugin("metrics", "v_measure")
@dataclass(frozen=True, slots=True)
class VMeasure(ClusterMetric):
    """The weighted harmonic mean of homogeneity and completeness of clusters, 0 to 1.

    More is better; the mean over repetitions. Homogeneity h: clusters hold one topic each.
    Completeness c: topics lie in one cluster each. V = (1 + beta) h c / (beta h + c); a beta above
    1 weighs completeness more. h is 1 where there is one topic, c where there is one cluster. With
    beta 1 it is the NMI with the arithmetic mean of entropies. It is not corrected for chance and
    rises with the number of clusters: read it beside `ari`. Resamples repeat units, which makes
    clusters look purer; the entropies of a resample are corrected for that (Miller 1955), so that
    the interval lies around the value. Units without a known topic are NaN. Source: Rosenberg and
    Hirschberg 2007; scikit-learn, `v_measure_score`.
    """

    beta: float = 1.0

    word: ClassVar[str] = "v_measure"
    unit: ClassVar[str] = "share of entropy explained"

    def __post_init__(self) -> None:
        """Refuse a beta that is no weight."""
        if not (np.isfinite(self.beta) and self.beta > 0):
            raise UsageError(f"beta is {self.beta}; expected a number above 0, such as 1.")

    def agreement(self, found: Counts) -> Float64:
        """Return the V-measure, float64 (b,)."""
        shared, of_topics, of_clusters = _information(found)
        h = _explained(shared, of_topics)
        c = _explained(shared, of_clusters)
        below = self.beta * h + c
        v = (1.0 + self.beta) * h * c / np.where(below > 0, below, 1.0)
        return np.where(np.isnan(below), np.nan, v)


@plugin("metrics", "nmi")
@dataclass(frozen=True, slots=True)
class Nmi(ClusterMetric):
    """Mutual information of clusters and topics over the geometric mean of entropies, 0 to 1.

    More is better; the mean over repetitions. NMI is printed with several means: the arithmetic
    one is `v_measure`, to which `average: arithmetic` is equal. 1 where there is one topic and one
    cluster, 0 where only one of the two is single. Not corrected for chance, and resampled, as
    `v_measure`. Units without a known topic are NaN. Source: Strehl and Ghosh 2002; scikit-learn,
    `normalized_mutual_info_score`, whose own default is the arithmetic mean.
    """

    average: Literal["geometric", "arithmetic"] = "geometric"

    word: ClassVar[str] = "nmi"
    unit: ClassVar[str] = "share of entropy explained"

    def __post_init__(self) -> None:
        """Refuse another mean."""
        if self.average not in ("geometric", "arithmetic"):
            raise UsageError(f"average is '{self.average}'; expected geometric or arithmetic.")

    def agreement(self, found: Counts) -> Float64:
        """Return the normalised mutual information, float64 (b,)."""
        shared, one, other = _information(found)
        mean = np.sqrt(one * other) if self.average == "geometric" else (one + other) / 2.0
        alike = np.where(one + other > _NOTHING, 0.0, 1.0)
        nmi = np.where(mean > _NOTHING, shared / np.where(mean > _NOTHING, mean, 1.0), alike)
        return np.where(np.isnan(shared), np.nan, nmi)


def _information(found: Counts) -> tuple[Float64, Float64, Float64]:
    """Return mutual information, and the entropies of topics and of clusters, float64 (b,) each.

    In nats, at least 0. NaN under weights that leave nothing.
    """
    weight = found.weight
    repeated = found.squares / (weight * weight) - 1.0 / found.n
    topics, clusters, cells = (
        _entropy(counts, weight) + (counts.shape[1] - 1) / 2.0 * repeated
        for counts in (found.topics, found.clusters, found.cells)
    )
    shared = np.maximum(topics + clusters - cells, 0.0)
    return shared, np.maximum(topics, 0.0), np.maximum(clusters, 0.0)


def _entropy(counts: Float64, weight: Float64) -> Float64:
    """Return the plug-in entropy of counts in nats: float64 (b, m), their sums (b,) -> (b,)."""
    shares = counts / weight[:, None]
    entropy: Float64 = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    return entropy


def _explained(shared: Float64, entropy: Float64) -> Float64:
    """Return the share of an entropy that is explained, 1 where there is none to explain."""
    some = entropy > _NOTHING
    share = np.where(some, shared / np.where(some, entropy, 1.0), 1.0)
    return np.where(np.isnan(entropy), np.nan, share)

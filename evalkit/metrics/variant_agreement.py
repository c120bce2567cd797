"""Whether formulations of one need get the same results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.evidence import Ranked
from evalkit.core.registry import plugin
from evalkit.metrics._formulations import NeedMetric, formulations, mean_with_others
from evalkit.ranking.agreement import check_persistence, rbo

_DRAWS = 200


class _Agreement(NeedMetric):
    """How much the lists of one need agree, which asks for no judgement."""

    __slots__ = ()

    def judged(self, evidence: Ranked) -> Bool:
        """Return which queries take part: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def values(self, evidence: Ranked) -> Float64:
        """Return the mean agreement of every list with those of the same need, float64 (n,)."""
        return self._means(evidence.rows, formulations(evidence))

    def null(self, evidence: Ranked, rng: np.random.Generator) -> Float64:
        """Return 200 draws of the mean agreement if needs were made up of random queries."""
        pairs, n = formulations(evidence), len(evidence.ids)
        draws = (self._means(evidence.rows[rng.permutation(n)], pairs) for _ in range(_DRAWS))
        return np.array([np.nanmean(draw) if len(pairs) else np.nan for draw in draws])

    def _means(self, rows: Int64, pairs: Int64) -> Float64:
        """Return the mean agreement of every list with those it is paired with, float64 (n,)."""
        one, other = rows[pairs[:, 0]], rows[pairs[:, 1]]
        return mean_with_others(pairs, self.agreement(one, other), len(rows))

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return how much lists agree, row by row, float64 (pairs,)."""
        raise NotImplementedError


@plugin("metrics", "variant_rbo")
@dataclass(frozen=True, slots=True)
class VariantRbo(_Agreement):
    """How alike the results are when the same need is put in other words, 0 to 1; more is better.

    The mean extrapolated rank-biased overlap of a query's top k with those of the other queries of
    its need (tag `intent`): 1 where all formulations get the same list. p: how slowly the weight of
    a place falls; at 0.9 the first ten places hold 86 % of it. By chance: the same for needs made
    up of random queries. It asks for no judgement; lists may agree and be wrong. NaN for a need
    with one formulation. Source: Webber, Moffat and Zobel 2010, RBO_ext.
    """

    k: int
    p: float = 0.9
    word: ClassVar[str] = "variant_rbo"
    unit: ClassVar[str] = "overlap"

    def __post_init__(self) -> None:
        """Refuse a cut-off that is no place, and a weight that does not fall."""
        NeedMetric.__post_init__(self)
        check_persistence(self.p)

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return the overlap of lists, row by row, float64 (pairs,)."""
        return rbo(one[:, : self.k], other[:, : self.k], self.p)


@plugin("metrics", "variant_top1")
@dataclass(frozen=True, slots=True)
class VariantTop1(_Agreement):
    """How often another wording of the same need gets the same first result, 0 to 1.

    More is better. The share of the other queries of a query's need (tag `intent`) with the same
    first result; two empty lists are alike. By chance: the same for needs made up of random
    queries. It asks for no judgement. NaN for a need with one formulation.
    """

    word: ClassVar[str] = "variant_top1"
    unit: ClassVar[str] = "share of formulations"
    depth: ClassVar[int] = 1

    def agreement(self, one: Int64, other: Int64) -> Float64:
        """Return 1 where lists begin alike, row by row, float64 (pairs,)."""
        return np.asarray((one[:, :1] == other[:, :1]).all(axis=1), np.float64)

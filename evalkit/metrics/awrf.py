"""AWRF: whether attention, which falls with the place in a list, is shared like the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._attention import best_division
from evalkit.metrics._balance import ListMetric, Lists, shares


@plugin("metrics", "awrf")
@dataclass(frozen=True, slots=True)
class Awrf(ListMetric):
    """How near the attention that groups get in the top k comes to the target; more is better.

    Attention-weighted rank fairness, the variant of the TREC Fair Ranking tracks 2021 and 2022: 1
    minus the Jensen-Shannon divergence, here with logarithms of base 2, of attention and target;
    from 0 to 1, and 0.69 for two equal groups of which one has all. Places weigh 1 / log2(max(r,
    2)), the first two alike. Unlabelled places do not count. By chance it is below 1: read the
    excess. Source: Sapiezynski and others 2019; Ekstrand and others 2022. Rivals: base e, with
    which it cannot fall below 0.31, and geometric attention.
    """

    k: int
    word: ClassVar[str] = "awrf"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "similarity of shares"

    def of(self, lists: Lists) -> Float64:
        """Return 1 minus the divergence of attention from the target, float64 (..., n)."""
        weight = _worth(lists.there.shape[1])
        return _near((lists.member * weight[:, None]).sum(axis=-2), lists.target)

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the most that the labelled places of each list allow, float64 (n,).

        NaN for more than 12 labelled places with two groups, where it is next to 1.
        """
        target = evidence.target
        return best_division(
            evidence, _worth(self.k), lambda ways, query: float(_near(ways, target[query]).max())
        )


def _worth(k: int) -> Float64:
    """Return what each of k places is worth, float64 (k,)."""
    return np.asarray(1 / np.log2(np.maximum(np.arange(1, k + 1), 2)))


def _near(attention: Float64, target: Float64) -> Float64:
    """Return 1 minus the divergence of attention from a target, (..., groups) -> (...)."""
    share = shares(attention)
    middle = (share + target) / 2
    apart = _divergence(share, middle) + _divergence(target, middle)
    return np.clip(1 - apart / 2, 0.0, 1.0)


def _divergence(of: Float64, by: Float64) -> Float64:
    """Return the Kullback-Leibler divergence in bits, (..., groups) twice -> (...)."""
    terms = of * np.log2(np.where(of > 0, of, 1.0) / np.where(of > 0, by, 1.0))
    found: Float64 = terms.sum(axis=-1)
    return found

"""List bias: does a neutral query find what its stereotyped variant finds?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.registry import plugin
from evalkit.metrics._swaps import ListMetric


@plugin("metrics", "rab")
@dataclass(frozen=True, slots=True)
class Rab(ListMetric):
    """Share of the neutral top k in the prototypical list, minus the same of the counter list.

    -1 to 1; 0 is best, above 0 the neutral query behaves like the stereotype. Order does not count.
    Where a list is shorter than k, its own length takes the place of k. NaN where one of the three
    lists is empty. It compares lists and asks for no label of any item: both lists may be biased
    alike. Source: Ratz, Schedl, Kopeinik and Rekabsaz 2024, RaB.
    """

    k: int
    word: ClassVar[str] = "rab"

    def shared(self, hits: Bool, there: Bool) -> Float64:
        """Return the share of the list, float64 (n,)."""
        found: Float64 = hits.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        return found


@plugin("metrics", "arab")
@dataclass(frozen=True, slots=True)
class Arab(ListMetric):
    """`rab` averaged over the beginnings of the neutral list, so that its first places count more.

    The share of the first x places that the whole top k of the other list holds, averaged over x
    from 1 to k; the prototypical list minus the counter list. -1 to 1; 0 is best, above 0 the
    neutral query behaves like the stereotype. NaN where one of the three lists is empty. Source:
    Ratz, Schedl, Kopeinik and Rekabsaz 2024, ARaB.
    """

    k: int
    word: ClassVar[str] = "arab"

    def shared(self, hits: Bool, there: Bool) -> Float64:
        """Return the mean share of the beginnings of the list, float64 (n,)."""
        depth = np.arange(1, hits.shape[1] + 1)
        shares = np.where(there, hits.cumsum(axis=1) / depth, 0.0)
        found: Float64 = shares.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        return found


@plugin("metrics", "ndrab")
@dataclass(frozen=True, slots=True)
class NdRab(ListMetric):
    """`rab` in which a place counts 1 / log2(place + 1), as in NDCG.

    What the neutral top k gains from the prototypical list minus what it gains from the counter
    list, over the most it could gain. -1 to 1; 0 is best, above 0 the neutral query behaves like
    the stereotype. NaN where one of the three lists is empty. Source: Ratz, Schedl, Kopeinik and
    Rekabsaz 2024, nDRaB.
    """

    k: int
    word: ClassVar[str] = "ndrab"

    def shared(self, hits: Bool, there: Bool) -> Float64:
        """Return the discounted share of the list, float64 (n,)."""
        discount = 1.0 / np.log2(np.arange(2, hits.shape[1] + 2))
        most = there @ discount
        found: Float64 = (hits @ discount) / np.where(most > 0, most, 1.0)
        return found

"""NDKL: how far groups lie from the target at every place of a list, early places most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.balanced import Balanced
from evalkit.core.registry import plugin
from evalkit.metrics._balance import ListMetric, Lists, shares
from evalkit.metrics._balance_chance import are_hard
from evalkit.metrics._balance_floors import labelled, least_ndkl


@plugin("metrics", "ndkl")
@dataclass(frozen=True, slots=True)
class Ndkl(ListMetric):
    """How far the groups of the first 1, 2, ... k places lie from the target; less is better.

    The mean of the Kullback-Leibler divergence of each prefix from the target, in nats, weighted by
    1 / log2(i + 1): from a minimum above 0 to ln(1 / least target), 0.69 for two equal groups. No
    list can reach 0, since the first place holds one item whole: with two equal groups the least is
    0.162 at k = 10, 0.105 at 20, 0.057 at 50, and a random order of a large balanced pool gives
    0.269, 0.186 and 0.109. So read the excess over its null. It says nothing of who is favoured:
    see `bias`. Prefixes without a labelled item do not count. Source: Geyik, Ambler and Kenthapadi
    2019. Rivals take the list's own composition as the target, or add a constant to the shares.
    """

    k: int
    word: ClassVar[str] = "ndkl"
    unit: ClassVar[str] = "nats"
    range: ClassVar[tuple[float, float]] = (0.0, 20.0)

    def of(self, lists: Lists) -> Float64:
        """Return the weighted mean divergence of the prefixes, float64 (..., n)."""
        until = np.cumsum(lists.member, axis=-2)
        share = shares(until)
        terms = share * np.log(np.where(share > 0, share, 1.0) / lists.target[:, None])
        divergence = np.where(share > 0, terms, 0.0).sum(axis=-1)
        known = lists.there & (until.sum(axis=-1) > 0)
        weight = known / np.log2(np.arange(2, lists.there.shape[1] + 2))
        found: Float64 = (weight * divergence).sum(axis=-1) / weight.sum(axis=-1)
        return np.maximum(found, 0.0)

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the least that the labelled places of each list allow, float64 (n,).

        NaN without a target or a label, where labels are weights, and for long lists of many
        groups, such as four and k above 24.
        """
        found = np.full(len(evidence.ids), np.nan)
        marked = labelled(evidence, self.k)
        able = marked.any(axis=1) & np.isfinite(evidence.target).all(axis=1)
        if not are_hard(evidence) or not able.any():
            return found
        weight = _prefix_weights(marked, evidence.rows[:, : self.k] >= 0)
        targets, kind = np.unique(evidence.target[able], axis=0, return_inverse=True)
        rows = np.flatnonzero(able)
        for n, target in enumerate(targets):
            mine = rows[kind.reshape(-1) == n]
            found[mine] = least_ndkl(target, weight[mine])
        return found


def _prefix_weights(marked: Bool, there: Bool) -> Float64:
    """Return how much the prefixes that hold 1, 2, ... labelled items count, float64 (n, k)."""
    n, k = marked.shape
    seen = np.cumsum(marked, axis=1)
    weight = np.where(there & (seen > 0), 1 / np.log2(np.arange(2, k + 2)), 0.0)
    found = np.zeros((n, k))
    np.add.at(found, (np.arange(n)[:, None], np.maximum(seen - 1, 0)), weight)
    return found

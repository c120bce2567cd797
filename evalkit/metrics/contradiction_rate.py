"""Contradictions in ranked lists: how often one is shown, and shown before the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.contrasted import Contrasted
from evalkit.core.registry import plugin
from evalkit.metrics._contrasts import ContrastMetric, of_both, whole


@plugin("metrics", "contradiction_rate")
@dataclass(frozen=True, slots=True)
class ContradictionRate(ContrastMetric):
    """Queries that find the contradicting document within the first k of the corpus, 0 to 1.

    The mean of the two queries of a pair; less is better. It depends on what else the corpus holds:
    a model that finds nothing of the kind scores 0 as well, so read it beside `inversion_rate`. NaN
    where a query or a document of the pair has no vector.
    """

    k: int
    word: ClassVar[str] = "contradiction_rate"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of queries"

    def values(self, evidence: Contrasted) -> Float64:
        """Return the share of the two queries of a pair that are contradicted, float64 (n,)."""
        shown = (evidence.contrary >= 1) & (evidence.contrary <= self.k)
        return of_both(whole(evidence, shown.astype(np.float64)))


@plugin("metrics", "inversion_rate")
@dataclass(frozen=True, slots=True)
class InversionRate(ContrastMetric):
    """Queries whose contradicting document stands before the right one, 0 to 1; less is better.

    The mean of the two queries of a pair, 0.5 by chance. It goes by the places in the ranked list,
    so that it tells what a system around the model changes. A document that is not in the list, of
    100 places at least, stands behind those that are; where neither is, nothing is known of their
    order and the query counts half. NaN where a query or a document of the pair has no vector.
    """

    word: ClassVar[str] = "inversion_rate"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of queries, 0.5 by chance"

    def values(self, evidence: Contrasted) -> Float64:
        """Return the share of the two queries of a pair in the wrong order, float64 (n,)."""
        right, contrary = (_behind(place) for place in (evidence.right, evidence.contrary))
        wrong = np.where(contrary == right, 0.5, (contrary < right).astype(np.float64))
        return of_both(whole(evidence, wrong))


def _behind(place: Int64) -> Float64:
    """Return places, those outside the list behind all others, float64 (n, 2)."""
    return np.where(place == 0, np.inf, place.astype(np.float64))

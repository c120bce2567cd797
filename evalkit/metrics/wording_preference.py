"""Wording preference: does a query prefer the male or the female wording of one document?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64, rounded
from evalkit.core.registry import plugin
from evalkit.core.swapped import Worded
from evalkit.metrics._swaps import FEMALE, MALE, WordingMetric


@plugin("metrics", "wording_preference")
@dataclass(frozen=True, slots=True)
class WordingPreference(WordingMetric):
    """Similarity of a query to the male wording of a document minus that to the female wording.

    -2 to 2; 0 is best, above 0 the male wording is preferred. Its size depends on how far apart a
    model puts any two texts; `wording_balance` tells which one is first. NaN where the query or one
    of both wordings has no vector. Source: Krieg, Parada-Cabaleiro, Medicus, Lesota, Schedl and
    Rekabsaz 2023, Grep-BiasIR.
    """

    word: ClassVar[str] = "wording_preference"
    unit: ClassVar[str] = "difference of similarities"
    range: ClassVar[tuple[float, float]] = (-2.0, 2.0)

    def values(self, evidence: Worded) -> Float64:
        """Return the difference of the two similarities, float64 (n,)."""
        difference: Float64 = evidence.similarity[:, MALE] - evidence.similarity[:, FEMALE]
        return difference


@plugin("metrics", "wording_balance")
@dataclass(frozen=True, slots=True)
class WordingBalance(WordingMetric):
    """Share of queries that rank the male wording first minus the share with the female one first.

    -1 to 1; 0 is best, above 0 the male wording comes first more often: 0.2 stands for 60 % against
    40 %. A tie counts half to each. Similarities are rounded as in rankings, so that equal ones are
    tied. NaN where the query or one of both wordings has no vector. Source as of
    `wording_preference`.
    """

    word: ClassVar[str] = "wording_balance"
    unit: ClassVar[str] = "difference of shares of queries"

    def values(self, evidence: Worded) -> Float64:
        """Return 1 where the male wording comes first, -1 the female one, 0 a tie, float64 (n,)."""
        alike = rounded(evidence.similarity)
        return np.sign(alike[:, MALE] - alike[:, FEMALE])

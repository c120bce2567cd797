"""Calibration: can the share of votes be read as the chance of being right?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Labelled
from evalkit.core.registry import plugin
from evalkit.metrics._labels import labelled
from evalkit.metrics._overall import OverallMetric, totals

_BINS = 10


@plugin("metrics", "calibration_error")
@dataclass(frozen=True, slots=True)
class CalibrationError(OverallMetric[Labelled]):
    """How far the share of votes for a label lies from how often it is right, 0 to 1.

    Less is better. Units are put into ten bins by the share of the k neighbours' votes that the
    voted label got, each bin with its upper end; the distance between mean share and accuracy of a
    bin counts by its units. A unit without a vote has the share 0 and is wrong. A unit whose label
    is not known is NaN. With few units a bin it is above 0 by chance alone. Source: Naeini et al.
    2015, expected calibration error; bins as in Guo et al. 2017.
    """

    k: int
    word: ClassVar[str] = "calibration_error"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "mean distance of shares"
    evidence_kind: ClassVar[str] = "labels"

    def scorable(self, evidence: Labelled) -> Bool:
        """Return which units have a known label, bool (n,)."""
        return labelled(evidence)

    def columns(self, evidence: Labelled) -> Mapping[str, Float64]:
        """Return the share of votes for the voted label, and 1 where it is right, 0 elsewhere."""
        guess, votes = evidence.predicted(self.k), evidence.votes(self.k)
        won = votes[np.arange(len(guess)), guess] * (guess >= 0)
        total = votes.sum(axis=1)
        share = np.divide(won, total, out=np.zeros(len(guess)), where=total > 0)
        return {"share": share, "right": (guess == evidence.true).astype(float)}

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the expected calibration error: float64 (b, n) -> (b,)."""
        share, right = units["share"], units["right"]
        bins = np.maximum(np.ceil(np.round(share * _BINS, 9)).astype(np.int64) - 1, 0)
        away = totals(weights * (right - share), bins, _BINS)
        error: Float64 = np.abs(away).sum(axis=1) / weights.sum(axis=1)
        return error

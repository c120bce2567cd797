"""Average precision of pairs: do those that belong together come first, by similarity?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._pairs import CurveMetric
from evalkit.metrics._similarities import Accepted


@plugin("metrics", "average_precision")
@dataclass(frozen=True, slots=True)
class AveragePrecision(CurveMetric):
    """The mean precision at the places of pairs that belong together, over all pairs, 0 to 1.

    More is better; the area below the steps of the precision-recall curve, without interpolation,
    pairs of equal similarity taken together. By chance it is the share of such pairs, so values of
    data sets with other shares do not compare. NaN without pairs of both kinds. `map` is the rival
    that is taken for each query. Source: scikit-learn, `average_precision_score`; "micro-AP" of
    Douze et al. 2021.
    """

    word: ClassVar[str] = "average_precision"
    unit: ClassVar[str] = "mean precision"

    def of_curve(self, found: Accepted) -> Float64:
        """Return the average precision, float64 (b,)."""
        all_found = found.right + found.wrong
        precision = found.right / np.where(all_found > 0, all_found, 1.0)
        gained = np.diff(found.right, axis=1, prepend=0.0)
        area: Float64 = (gained * precision).sum(axis=1) / found.right[:, -1]
        return area

"""ROC of pairs: the trade between finding pairs that belong together and accepting others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.registry import plugin
from evalkit.metrics._pairs import SIMILARITIES, CurveMetric
from evalkit.metrics._similarities import Accepted, equal_error


@plugin("metrics", "roc_auc")
@dataclass(frozen=True, slots=True)
class RocAuc(CurveMetric):
    """The chance that a pair that belongs together is more similar than one that does not, 0 to 1.

    More is better, 0.5 by chance; the area below the ROC curve, a tie counting half. It does not
    depend on the share of either kind. NaN without pairs of both kinds. Source: Hanley and McNeil
    1982; scikit-learn, `roc_auc_score`.
    """

    word: ClassVar[str] = "roc_auc"
    unit: ClassVar[str] = "chance of the right order"

    def of_curve(self, found: Accepted) -> Float64:
        """Return the area, float64 (b,)."""
        new = np.diff(found.wrong, axis=1, prepend=0.0)
        gained = np.diff(found.right, axis=1, prepend=0.0)
        area = (new * (found.right - gained / 2.0)).sum(axis=1)
        share: Float64 = area / (found.right[:, -1] * found.wrong[:, -1])
        return share


@plugin("metrics", "equal_error_rate")
@dataclass(frozen=True, slots=True)
class EqualErrorRate(CurveMetric):
    """The error where as large a share of pairs is missed as of others is accepted, 0 to 1.

    Less is better, 0.5 by chance. Between neighbouring points of the ROC curve it is linear. The
    threshold is `equal_error_threshold`. NaN without pairs of both kinds. Source: Doddington et
    al. 2000; ISO/IEC 19795-1.
    """

    word: ClassVar[str] = "equal_error_rate"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of pairs of each kind"

    def of_curve(self, found: Accepted) -> Float64:
        """Return the equal error rate, float64 (b,)."""
        return _crossing(found)[0]


@plugin("metrics", "equal_error_threshold")
@dataclass(frozen=True, slots=True)
class EqualErrorThreshold(CurveMetric):
    """The similarity at which `equal_error_rate` is reached, from where pairs are taken as one.

    A place and no merit: neither more nor less is better. It is written as "high", so that a drop
    says how far it sinks; a gate on it should say `within`. Linear between the lowest similarities
    accepted at the two neighbouring points of the ROC curve. It is chosen on the pairs it is read
    from: its interval says how far other pairs would move it. -2 to 1, the range of similarities
    of unit vectors. NaN without pairs of both kinds.
    """

    word: ClassVar[str] = "equal_error_threshold"
    unit: ClassVar[str] = "similarity"
    range: ClassVar[tuple[float, float]] = SIMILARITIES

    def of_curve(self, found: Accepted) -> Float64:
        """Return the threshold, float64 (b,)."""
        return _crossing(found)[1]


def _crossing(found: Accepted) -> tuple[Float64, Float64]:
    """Return the equal error rate and its threshold, float64 (b,) each."""
    hit, false = found.right / found.right[:, -1:], found.wrong / found.wrong[:, -1:]
    return equal_error(found.thresholds, hit, false)

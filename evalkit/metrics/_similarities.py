"""What metrics of thresholds share: rates of acceptance as a threshold on similarity falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """What is accepted at every threshold, equal similarities together, the highest first.

    thresholds: float64 (g,), falling; what is at least that similar is accepted. right, wrong:
    float64 (b, g), the weight of what is accepted rightly and wrongly.
    """

    thresholds: Float64
    right: Float64
    wrong: Float64


def accepted(scores: Float64, right: Float64, wrong: Float64, weights: Float64) -> Accepted:
    """Return what is accepted under each row of weights.

    scores: float64 (n,). right, wrong: float64 (n,), 1 for units that accepting is right or wrong
    for, both 0 for units that are never accepted. weights: float64 (b, n).
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.flatnonzero(np.append(np.diff(falling) != 0, True))
    of = weights.T[order]
    return Accepted(
        falling[ends],
        np.cumsum(of * right[order, None], axis=0)[ends].T,
        np.cumsum(of * wrong[order, None], axis=0)[ends].T,
    )


def equal_error(thresholds: Float64, hit: Float64, false: Float64) -> tuple[Float64, Float64]:
    """Return the rate at which misses and false alarms are equal, and the threshold there.

    thresholds: float64 (g,), falling. hit, false: float64 (b, g), the shares that are accepted
    rightly and wrongly. Between two neighbouring points of the curve, and between the lowest
    similarities accepted there, both are linear. Returns float64 (b,) twice, NaN where the rates
    do not meet.
    """
    blank = np.zeros((len(hit), 1))
    hit, false = np.hstack([blank, hit]), np.hstack([blank, false])
    thresholds = np.append(thresholds[:1], thresholds)
    lead = false - (1.0 - hit)
    row = np.arange(len(lead))
    after = (lead >= 0).argmax(axis=1)
    before = (lead < lead[row, after - 1][:, None]).sum(axis=1)
    step = lead[row, before] / (lead[row, before] - lead[row, after])
    rate = false[row, before] + step * (false[row, after] - false[row, before])
    above = np.where(before > 0, thresholds[before], thresholds[after])
    place = above + step * (thresholds[after] - above)
    meets = lead[row, after] >= 0
    return np.where(meets, rate, np.nan), np.where(meets, place, np.nan)

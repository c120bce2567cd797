"""What a sample can find: the minimum detectable effect, and how many more units would settle it.

Both treat the estimate as normal with the standard error given, which is what a mean over 30 or
more units comes close to, and both are for one-sided decisions.
"""

from __future__ import annotations

import math

from evalkit.stats import normal

_TOO_MANY = 100


def minimum_detectable_effect(se: float, alpha: float, power: float = 0.8) -> float:
    """Return the true distance from the bound that is found with the power stated.

    se: the standard error; before a run, the standard deviation over clusters divided by the square
    root of their number. alpha: the one-sided level, after adjustment for many gates.
    (z of 1 - alpha plus z of the power) times se.
    """
    return (normal.quantile(1.0 - alpha) + normal.quantile(power)) * se


def more_units(n: int, se: float, distance: float, alpha: float, power: float = 0.8) -> int | None:
    """Return how many units more would settle a decision, if the truth is what was observed.

    n: units now; distance: from the estimate to the bound. The standard error falls with the square
    root of n. 0 where n should have been enough; None where the estimate lies on the bound, where
    anything is NaN, or where more than 100 times n would be needed.
    """
    if not (n > 0 and math.isfinite(se) and abs(distance) > 0.0):
        return None
    needed = n * (minimum_detectable_effect(se, alpha, power) / abs(distance)) ** 2
    if not needed <= _TOO_MANY * n:
        return None
    return max(0, math.ceil(needed) - n)

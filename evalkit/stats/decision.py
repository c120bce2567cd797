"""Whether an interval passes its bounds, and the evidence that it misses them."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.stats.intervals import Interval


class Decision(NamedTuple):
    """passed: the whole interval lies on the right side. p_fail: evidence that a bound is missed.

    Neither a pass nor a small p_fail means inconclusive. Both together cannot happen at 5 %.
    """

    passed: bool
    p_fail: float


def decide(interval: Interval, low_bound: float | None, high_bound: float | None) -> Decision:
    """Compare an interval with a lower bound, an upper bound, or both (`within`).

    It passes where the 90 % interval lies at or above the lower bound and at or below the upper
    one; a limit on the bound is still right. Every kind of gate is one of these: a drop or gap of
    at most d has the high bound d, no worse than another by d the low bound -d of the difference,
    an advantage of at least d the low bound d.

    With two bounds p_fail is the smaller of two one-sided p-values. It is not doubled: the truth
    can miss only one bound, so a true value inside the band fails in 5 % of runs at most as long
    as the band is wider than about two standard errors. A narrower band could be missed on both
    sides, in up to 10 % of runs at a width of zero; it also can never pass, since the interval is
    3.3 standard errors wide, and so its verdicts read inconclusive and ask for more units.
    Raises ValueError without any bound.
    """
    if low_bound is None and high_bound is None:
        raise ValueError("a decision needs a bound")
    passed, p_fail = True, 1.0
    if low_bound is not None:
        passed = passed and bool(interval.low >= low_bound)
        p_fail = min(p_fail, interval.p_below(low_bound))
    if high_bound is not None:
        passed = passed and bool(interval.high <= high_bound)
        p_fail = min(p_fail, interval.p_above(high_bound))
    return Decision(passed, p_fail)

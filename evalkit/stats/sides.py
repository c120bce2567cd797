"""Upper confidence limits and the p-values that invert them, one class per method.

Every side answers two questions about a true value of which an estimate is known: how large could
it be (`limit`), and how well does the estimate fit a true value of at least some bound (`p`). The
two agree: `p(bound) <= alpha` where the bound lies above `limit(alpha)`, and p never rises with
the bound. A lower limit is the upper limit of the same data with their sign turned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.stats import normal


class Side(Protocol):
    """One side of an interval, seen as the upper one."""

    def limit(self, alpha: float) -> float:
        """Return the upper limit that the true value exceeds with probability alpha at most."""

    def p(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is at least the bound"."""


@dataclass(frozen=True, slots=True)
class WilsonSide:
    """The score interval of a share with continuity correction (Newcombe 1998, method 4).

    The correction of half a unit keeps the one-sided error at alpha where the plain interval
    exceeds it: at n = 400 and a true share of 0.90 it errs in 4.4 % of samples instead of 6.0 %.
    share in [0, 1]; n: the effective number of units; df: degrees of freedom behind n, infinite
    for independent units; floor: where the range begins, -1 when the sign was turned.
    """

    share: float
    n: float
    df: float = math.inf
    floor: float = 0.0
    correction: float = 0.5

    def limit(self, alpha: float) -> float:
        """Return the upper limit, `floor` + [0, 1]."""
        z2 = normal.normal_to_student(normal.quantile(1.0 - alpha), self.df) ** 2
        q = self._corrected()
        if q >= 1.0:
            return self.floor + 1.0
        spread = math.sqrt(z2 * (q * (1.0 - q) / self.n + z2 / (4.0 * self.n**2)))
        return self.floor + min(1.0, (q + z2 / (2.0 * self.n) + spread) / (1.0 + z2 / self.n))

    def p(self, bound: float) -> float:
        """Return the p-value of the score test with the variance that the bound implies."""
        b, q = bound - self.floor, self._corrected()
        if b <= 0.0 or (b <= 1.0 and q >= 1.0):
            return 1.0
        if b >= 1.0:
            return 0.0
        z = (b - q) * math.sqrt(self.n) / math.sqrt(b * (1.0 - b))
        return normal.cdf(-normal.student_to_normal(z, self.df))

    def _corrected(self) -> float:
        return min(1.0, self.share + self.correction / self.n)


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapSide:
    """The percentile or BCa limit (Efron 1987) from sorted draws, +1 corrected.

    value: the estimate. draws: float64 (B,), ascending, with the value at its usual precision.
    bias and acceleration: z0 and a of BCa; both 0 give the percentile limit. A draw that equals
    the bound counts against it.
    """

    value: float
    draws: Float64
    bias: float = 0.0
    acceleration: float = 0.0

    def limit(self, alpha: float) -> float:
        """Return the draw that leaves the right share of draws above it, at least the value."""
        share = alpha if self._plain() else self._shifted(alpha)
        above = max(1, math.floor(share * (self.draws.size + 1) + 1e-9))
        return max(self.value, float(self.draws[-above]))

    def p(self, bound: float) -> float:
        """Return the p-value, 1 / (B + 1) at least, and a half at least up to the estimate."""
        count = self.draws.size - int(np.searchsorted(self.draws, bound, side="left"))
        least = 1.0 / (self.draws.size + 1)
        share = (1 + count) * least
        if count and not self._plain():
            share = max(least, self._adjusted(share))
        return max(0.5, share) if bound <= self.value else share

    def _plain(self) -> bool:
        return self.bias == 0.0 and self.acceleration == 0.0

    def _shifted(self, alpha: float) -> float:
        """Return the share of draws to leave above the limit, so that it is exceeded at alpha."""
        z = self.bias + normal.quantile(1.0 - alpha)
        squeeze = 1.0 - self.acceleration * z
        return normal.cdf(-self.bias - z / squeeze) if squeeze > 0.0 else 0.0

    def _adjusted(self, share: float) -> float:
        """Undo the shift: return the alpha whose limit leaves this share of draws above it."""
        away = -normal.quantile(share) - self.bias
        stretch = 1.0 + self.acceleration * away
        if math.isinf(away) or stretch <= 0.0:
            return 0.0 if away > 0 else 1.0
        return normal.cdf(self.bias - away / stretch)


@dataclass(frozen=True, slots=True)
class UnseenSide:
    """What m equal cases leave open: a share of 1 - alpha^(1/m) of cases may be unlike them.

    Such cases could lie anywhere up to `top`, the end of the range. The limit is the "rule of
    three" without its rounding, and right for any distribution that yields m equal cases.
    """

    value: float
    top: float
    m: int

    def limit(self, alpha: float) -> float:
        """Return the value moved towards `top` by the share that may be unseen."""
        return self.value + (self.top - self.value) * (1.0 - math.pow(alpha, 1.0 / self.m))

    def p(self, bound: float) -> float:
        """Return the chance of m equal cases if enough lay at `top` to bring the mean to bound."""
        if bound <= self.value:
            return 1.0
        if bound > self.top:
            return 0.0
        share = (bound - self.value) / (self.top - self.value)
        return math.exp(self.m * math.log1p(-share)) if share < 1.0 else 0.0


@dataclass(frozen=True, slots=True)
class WidestSide:
    """The more cautious of several sides at every point."""

    parts: tuple[Side, ...]

    def limit(self, alpha: float) -> float:
        """Return the largest limit."""
        return max(part.limit(alpha) for part in self.parts)

    def p(self, bound: float) -> float:
        """Return the largest p-value."""
        return max(part.p(bound) for part in self.parts)


@dataclass(frozen=True, slots=True)
class UnknownSide:
    """No limit, and no evidence against any bound."""

    def limit(self, alpha: float) -> float:
        """Return NaN."""
        return math.nan

    def p(self, bound: float) -> float:
        """Return 1."""
        return 1.0

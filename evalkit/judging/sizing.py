"""How many inputs to judge for an interval of a wanted width."""

from __future__ import annotations

import math
from typing import NamedTuple

from evalkit.core.errors import UsageError
from evalkit.stats import normal

_LEVEL = 0.90
_MOST = 10_000_000


class Size(NamedTuple):
    """How many inputs an interval needs, and how many are left to judge.

    share: the share of effective inputs that is expected. width: of the whole interval, high minus
    low. inputs: how many it takes. judged: how many are judged already. left: how many more;
    judgements: how many judgements these take.
    """

    share: float
    width: float
    level: float
    inputs: int
    judged: int
    left: int
    judgements: int


def wilson(share: float, n: float, level: float = _LEVEL) -> tuple[float, float]:
    """Return the interval of a share of n independent inputs, both ends in [0, 1] (Wilson 1927).

    It is not corrected for continuity; what a run prints is, and is wider by about 1 / n.
    """
    z2 = normal.quantile((1.0 + level) / 2.0) ** 2
    centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = math.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4.0 * n**2))) / (1.0 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def inputs_for(share: float, width: float, level: float = _LEVEL, *, alike: float = 1.0) -> int:
    """Return how many inputs give Wilson's interval of a share this width, at least 1.

    share: expected, 0 to 1. width: high minus low. alike: the design effect, 1 + (m - 1) times the
    correlation inside clusters of m inputs, by which the number is multiplied. Raises UsageError
    for a share or width outside of its range.
    """
    _check(share, width, level)
    low, high = 1, _MOST
    while low < high:
        middle = (low + high) // 2
        ends = wilson(share, middle, level)
        low, high = (low, middle) if ends[1] - ends[0] <= width else (middle + 1, high)
    return math.ceil(low * alike)


def normal_inputs_for(share: float, half: float, level: float = 0.95) -> int:
    """Return how many inputs the normal approximation asks for: z^2 p (1 - p) / half^2, rounded up.

    The textbook number, to compare with. half: half the width of the interval.
    """
    _check(share, 2 * half, level)
    z = normal.quantile((1.0 + level) / 2.0)
    return math.ceil(z**2 * share * (1.0 - share) / half**2)


def size(
    share: float, width: float, judged: int, wanted: int, level: float = _LEVEL, alike: float = 1.0
) -> Size:
    """Return how many inputs, and judgements at `wanted` an input, an interval still needs."""
    inputs = inputs_for(share, width, level, alike=alike)
    left = max(0, inputs - judged)
    return Size(share, width, level, inputs, judged, left, left * wanted)


def _check(share: float, width: float, level: float) -> None:
    """Raise UsageError for numbers that no interval can have."""
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"the expected share is between 0 and 1, not {share:g}.")
    if not 0.001 <= width <= 1.0:
        raise UsageError(f"the width of an interval is between 0.001 and 1, not {width:g}.")
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level of an interval is between 0 and 1, not {level:g}.")

"""Where long media are cut: spans of equal length that cover the whole."""

from __future__ import annotations

import math

from evalkit.core.errors import UsageError

_SHORTEST = 1e-6


def spans(total: float, seconds: float, overlap: float = 0.0) -> tuple[tuple[float, float], ...]:
    """Return the (start, end) of each segment, in seconds, so that together they cover the whole.

    total: how long the media last. seconds: how long a segment is; the last one may be shorter.
    overlap: how much of a segment its neighbour repeats, from 0 to less than `seconds`. Raises
    UsageError where a number is not finite or out of its range.
    """
    if not (math.isfinite(total) and total >= 0):
        raise UsageError(f"{total} s is no length of media.")
    if not (math.isfinite(seconds) and seconds > 0 and 0 <= overlap < seconds):
        what = f"segments of {seconds} s that overlap by {overlap} s do not advance"
        raise UsageError(f"{what}: the length must be above 0 and the overlap below the length.")
    step = seconds - overlap
    count = max(0, math.ceil((total - overlap - _SHORTEST) / step)) or (total > 0)
    starts = (round(n * step, 6) for n in range(count))
    return tuple((start, min(round(start + seconds, 6), total)) for start in starts)

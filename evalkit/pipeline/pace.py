"""How fast work goes, and how long the rest of it will take, in words."""

from __future__ import annotations


def pace(done: int, left: int, seconds: float) -> str:
    """Return rate and time left, such as `59/s, 0:00:01 left`; "" before there is any to go by.

    done: how much was done within so many seconds. left: how much there is still to do.
    """
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    return f"{rate:.{0 if rate >= 10 else 1}f}/s, {clock(max(left / rate, 0))} left"


def clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"

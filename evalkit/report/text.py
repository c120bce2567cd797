"""Numbers and foreign text as they are written into reports."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any

from evalkit.core.results import Estimate

DASH = "–"
SYMBOLS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "missing": "∅", "waived": "~"}
"""Told apart by shape and word, never by colour alone."""

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters of scripts that run from right to left, and marks of a direction."""
_PLACES = 3
_CENT = 0.0001
"""Smaller sums are not told in dollars."""


def clean(text: str) -> str:
    """Return a text without what XML forbids, terminals obey, or turns the reading direction.

    The two separators that end a line in a script, and nowhere else, become spaces.
    """
    return _UNPRINTABLE.sub("\ufffd", text.replace("\u2028", " ").replace("\u2029", " "))


def isolated(text: str) -> str:
    """Return a text that cannot reorder what stands beside it, such as a number after a name.

    Only one with letters or marks that run from right to left is set between isolates (FSI, PDI).
    """
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def one_line(text: str) -> str:
    """Return a clean text with every run of white space as one space."""
    return " ".join(clean(text).split())


def number(value: float) -> str:
    """Return a number with three decimals, a dash for one that is not known."""
    if not math.isfinite(value):
        return DASH
    text = f"{value:.{_PLACES}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def span(low: float, high: float) -> str:
    """Return an interval such as `0.377 to 0.447`, "" where nothing is known of it."""
    known = math.isfinite(low) and math.isfinite(high)
    return f"{number(low)} to {number(high)}" if known else ""


def figure(estimate: Estimate | None) -> str:
    """Return an estimate such as `0.412 (0.377 to 0.447)`, a dash where there is none."""
    if estimate is None or not math.isfinite(estimate.value):
        return DASH
    within = span(estimate.low, estimate.high) or "no interval"
    return f"{number(estimate.value)} ({within})"


def count(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}".replace(",", "\u202f")


def dollars(value: float) -> str:
    """Return dollars with cents, with four decimals below a dollar, `$0` for nothing."""
    if not math.isfinite(value):
        return DASH
    if not value:
        return "$0"
    return (
        f"${value:,.2f}" if value >= 1 else f"${value:.4f}" if value >= _CENT else "under $0.0001"
    )


def duration(seconds: float) -> str:
    """Return seconds such as `48 seconds` or `3 minutes 5 seconds`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    parts = [(minutes, "minute"), (rest, "second")] if minutes else [(whole, "second")]
    return " ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts)


def day(iso: str) -> str:
    """Return a time such as `21 November 2026, 21:57 UTC`; anything else as it is."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = " UTC" if when.tzinfo and not when.utcoffset() else ""
    return f"{when.day} {when:%B %Y, %H:%M}{zone}"


def safe_json(value: Any) -> str:
    """Return JSON that can stand inside a script element: no markup, no line separator."""
    text = json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

"""Bounds on metrics that chance alone moves: which of them say something, and why others do not."""

from __future__ import annotations

from evalkit.core.balanced import Balanced
from evalkit.core.metric import Metric

EXCESS = "excess_at_most"
_ON_VALUES = ("at_least", "at_most", "within")
_COMPARE = "Compare with no_worse_than or advantage_over"
Complaint = tuple[str, str]
"""What is wrong, and what to do."""


def complaint(metric: Metric, bound: str) -> Complaint | None:
    """Return what is wrong with a bound on a metric that chance moves, None where nothing is.

    A metric of which 0 is best has a sign, and chance gives it 0 on average: its value may be held
    between two bounds. Of others that know their chance the excess is held against a bound, and of
    those that know it for all queries together only, a comparison.
    """
    if bound == EXCESS:
        return _of_excess(metric)
    if metric.better == "zero":
        return None
    if hasattr(metric, "expected"):
        return _of_value(metric) if bound in _ON_VALUES else None
    pooled = is_moved(metric) and bound in (*_ON_VALUES, "gap_at_most")
    return (_little(metric), _signed(metric)) if pooled else None


def is_moved(metric: Metric) -> bool:
    """Return whether a metric of balance has another value by chance than its best."""
    return metric.evidence_kind == Balanced.kind and hasattr(metric, "null")


def _of_excess(metric: Metric) -> Complaint | None:
    """Return why an excess says nothing of a metric."""
    name = f"'{metric.name}'"
    if not hasattr(metric, "expected"):
        if is_moved(metric):
            return f"what chance gives {name} is not known query by query.", _signed(metric)
        fix = "Write at_least or at_most, or choose a metric of balance."
        return f"it is not known what chance gives {name}.", fix
    if metric.better == "high":
        fix = f"{_COMPARE}, or gate a metric of which less is better, such as tvd."
        return f"of {name} more is better, so that the worst list would hold this bound.", fix
    if metric.better == "zero":
        fix = "Write within and two bounds, such as [-0.1, 0.1]."
        return f"{name} has a sign, so that any lead of the other side would hold this bound.", fix
    return None


def _of_value(metric: Metric) -> Complaint:
    """Return why the value alone says little where chance is known query by query."""
    excess = "Write excess_at_most, or compare with no_worse_than or advantage_over."
    fix = excess if metric.better == "low" else f"{_COMPARE}."
    return _little(metric), fix


def _little(metric: Metric) -> str:
    """Return that a value is not at its best by chance."""
    return (
        f"'{metric.name}' is not at its best even where chance alone decides, so that its value "
        "says little."
    )


def _signed(metric: Metric) -> str:
    """Return what to gate instead of a difference or a ratio of noisy rates."""
    lead = f", or gate equal_opportunity_lead@{metric.depth} within two bounds"
    return f"{_COMPARE}{lead if metric.name.startswith('equal_opportunity') else ''}."

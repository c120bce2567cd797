"""Bounds on metrics that chance alone moves: which of them say something, and why others do not."""

from __future__ import annotations

from evalkit.core.balanced import Balanced
from evalkit.core.metric import Metric

EXCESS = "excess_at_most"
EXCESS_WITHIN = "excess_within"
_ON_VALUES = ("at_least", "at_most", "within")
_COMPARE = "compare with no_worse_than or advantage_over"
_BOTH_ENDS = f"Write {EXCESS_WITHIN} and two bounds, such as [-0.1, 0.1]"
Complaint = tuple[str, str]
"""What is wrong, and what to do."""


def complaint(metric: Metric, bound: str) -> Complaint | None:
    """Return what is wrong with a bound on a metric that chance moves, None where nothing is.

    Of metrics that know their chance, the excess or a comparison is gated. That holds for metrics
    of balance with a sign as well, of which 0 is best: in a pool with more of one group, chance
    gives something else. Outside balance a sign makes chance 0, so that the value may be held
    between two bounds. Rates of groups are pooled over queries, so that groups of queries are not
    held against each other by them.
    """
    if bound in (EXCESS, EXCESS_WITHIN):
        return _of_excess(metric, bound)
    if getattr(metric, "requires", False) or not _is_moved(metric):
        return None
    pooled = hasattr(metric, "drawn") and metric.better != "zero"
    refused = (*_ON_VALUES, "gap_at_most") if pooled else _ON_VALUES
    return _of_value(metric) if bound in refused else None


def _is_moved(metric: Metric) -> bool:
    """Return whether chance gives a metric something else than its best."""
    if metric.evidence_kind == Balanced.kind:
        return hasattr(metric, "null")
    return hasattr(metric, "expected") and metric.better != "zero"


def _of_excess(metric: Metric, bound: str) -> Complaint | None:
    """Return why an excess says nothing of a metric, or not with this bound."""
    name = f"'{metric.name}'"
    if not hasattr(metric, "expected") and not hasattr(metric, "drawn"):
        fix = "Write at_least or at_most, or choose a metric of balance."
        return f"it is not known what chance gives {name}.", fix
    if bound == EXCESS_WITHIN or metric.better == "low":
        return None
    if metric.better == "high":
        what = f"of {name} more is better, so that the worst list would hold this bound."
        return what, f"{_BOTH_ENDS}."
    return f"{name} has a sign, so that any lead of the other side would hold this bound.", (
        f"{_BOTH_ENDS}."
    )


def _of_value(metric: Metric) -> Complaint:
    """Return why the value alone says little where chance is known, and what to gate."""
    name = f"'{metric.name}'"
    if metric.better == "zero":
        return (
            f"{name} is not 0 by chance where the pool holds more of one group, or items without "
            "a label, so that its value says little."
        ), f"{_BOTH_ENDS}, or {_COMPARE}."
    what = (
        f"{name} is not at its best even where chance alone decides, so that its value says little."
    )
    first = f"Write {EXCESS}" if metric.better == "low" else _BOTH_ENDS
    return what, f"{first}, or {_COMPARE}."

"""Intervals, paired tests, multiplicity, power and the decision of a gate."""

from evalkit.stats.decision import Decision, decide
from evalkit.stats.intervals import Interval, interval
from evalkit.stats.multiplicity import benjamini_hochberg, holm
from evalkit.stats.permutation import sign_flip, swap_sides
from evalkit.stats.power import minimum_detectable_effect, more_units
from evalkit.stats.resampling import bootstrap_weights, leave_one_out_weights
from evalkit.stats.samples import Sample

__all__ = [
    "Decision",
    "Interval",
    "Sample",
    "benjamini_hochberg",
    "bootstrap_weights",
    "decide",
    "holm",
    "interval",
    "leave_one_out_weights",
    "minimum_detectable_effect",
    "more_units",
    "sign_flip",
    "swap_sides",
]

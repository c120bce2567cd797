"""What metrics of associations share: how each target leans, and effects from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.associated import Associated
from evalkit.metrics._overall import OverallMetric, totals

DRAWS = 200
_TINY = 1e-12
"""A spread of at most this is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaning:
    """How every target of every test leans to A against B, under each of b rows of weights.

    effect: float64 (b, m), the mean similarity to A minus that to B, 0 where it is not known.
    spread: float64 (b, m), the standard deviation of the similarities to A and B, with n - 1.
    weight: float64 (b, m), of the target, 0 where the effect is not known. test: int64 (m,). in_x:
    bool (m,). share: float64 (m,).
    """

    effect: Float64
    spread: Float64
    weight: Float64
    test: Int64
    in_x: Bool
    share: Float64


class AssociationMetric(OverallMetric[Associated]):
    """The mean over tests of a number a test makes of targets; targets and attributes resampled.

    A unit is a target beside an attribute; it weighs what both weigh together.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "associations"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    range: ClassVar[tuple[float, float]] = (-2.0, 2.0)
    unit: ClassVar[str] = "standard deviations"
    seen: ClassVar[Literal["similarity", "centred"]] = "similarity"
    """Which similarities it reads: as they are, or centred."""

    def scorable(self, evidence: Associated) -> Bool:
        """Return which units count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def columns(self, evidence: Associated) -> Mapping[str, Float64]:
        """Return the similarity of every unit, and which target, test and sets it belongs to."""
        codes = (evidence.test, evidence.target, evidence.in_x, evidence.in_a)
        names = ("test", "target", "in_x", "in_a")
        told = {name: code.astype(np.float64) for name, code in zip(names, codes, strict=True)}
        return {"value": getattr(evidence, self.seen)} | told

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the mean over tests, float64 (b, n) -> (b,); NaN where no test says anything."""
        found = leaning(units, weights)
        each = [self.of_test(_only(found, found.test == t)) for t in np.unique(found.test)]
        return _mean_of_known(np.stack(each, axis=1))

    def of_test(self, found: Leaning) -> Float64:
        """Return the number of one test, float64 (b,), NaN where it has none."""
        raise NotImplementedError


def leaning(units: Mapping[str, Float64], weights: Float64) -> Leaning:
    """Return how each target leans, from columns of units, float64 (n,), and weights (b, n)."""
    both = np.stack([units["test"], units["target"]])
    (test, _), first, code = np.unique(both, axis=1, return_index=True, return_inverse=True)
    code, count = code.reshape(-1), len(first)
    sides = [units["in_a"] > 0, units["in_a"] == 0]
    mass = [totals(weights * side, code, count) for side in sides]
    sums = [totals(weights * np.where(side, units["value"], 0.0), code, count) for side in sides]
    known = (mass[0] > 0) & (mass[1] > 0)
    means = [total / np.where(known, m, 1.0) for total, m in zip(sums, mass, strict=True)]
    whole = np.where(known, mass[0] + mass[1], 1.0)
    mean = (sums[0] + sums[1]) / whole
    away = np.zeros_like(whole)
    for side, m in zip(sides, mass, strict=True):
        squares = totals(weights * np.where(side, units["value"] ** 2, 0.0), code, count)
        away += squares
        del m
    sizes = np.bincount(code, minlength=count)
    spread = _spread(away / whole - mean**2, sizes)
    share = units.get("share", np.full(len(code), np.nan))[first]
    effect = np.where(known, means[0] - means[1], 0.0)
    weight = np.where(known, mass[0] + mass[1], 0.0)
    in_x = units["in_x"][first] > 0
    return Leaning(effect, spread, weight, test.astype(np.int64), in_x, share)

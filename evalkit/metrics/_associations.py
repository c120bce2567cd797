"""What metrics of associations share: how each target leans, and the mean over tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.associated import Associated
from evalkit.metrics._overall import OverallMetric, totals

_DRAWS = 200
_TINY = 1e-12
"""A standard deviation of at most this is none: what is left of equal numbers by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaning:
    """How the targets of tests lean to A against B, under each of b rows of weights.

    effect: float64 (b, m), the mean similarity of a target to A minus that to B, 0 where it is not
    known. spread: float64 (b, m), the standard deviation of its similarities to A and B, n - 1 in
    the denominator, NaN where there is none. weight: float64 (b, m), of the target, 0 where the
    effect is not known. test, target: int64 (m,). in_x: bool and share: float64, (m,) or (b, m).
    """

    effect: Float64
    spread: Float64
    weight: Float64
    test: Int64
    target: Int64
    in_x: Bool
    share: Float64

    def only(self, chosen: Bool) -> Leaning:
        """Return some of the targets, bool (m,)."""
        return Leaning(
            self.effect[:, chosen], self.spread[:, chosen], self.weight[:, chosen],
            self.test[chosen], self.target[chosen], self.in_x[chosen], self.share[chosen],
        )  # fmt: skip

    def by_test(self) -> Iterator[Leaning]:
        """Yield the targets of each test, tests by number."""
        for test in np.unique(self.test):
            yield self.only(self.test == test)


class AssociationMetric(OverallMetric[Associated]):
    """The mean over tests of a number that a test makes of its targets; 0 is best.

    A unit is a target beside an attribute and weighs what both weigh together, so that targets and
    attributes are both resampled.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "associations"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    unit: ClassVar[str] = "standard deviations"
    range: ClassVar[tuple[float, float]] = (-2.0, 2.0)
    seen: ClassVar[Literal["similarity", "centred"]] = "similarity"
    """Which similarities it reads: as they are, or centred."""
    needs_share: ClassVar[bool] = False
    """Whether it reads the shares of targets."""

    def scorable(self, evidence: Associated) -> Bool:
        """Return which units count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def columns(self, evidence: Associated) -> Mapping[str, Float64]:
        """Return the similarity of each unit and where it belongs; NaN in a test without a number.

        A test has no number where nothing in it differs.
        """
        told = ("test", "target", "in_x", "in_a", "share")
        units = {name: getattr(evidence, name).astype(np.float64) for name in told}
        value: Float64 = getattr(evidence, self.seen)
        known = np.isfinite(value) & self.scorable(evidence)
        some = {name: column[known] for name, column in ({"value": value} | units).items()}
        said = {int(part.test[0]) for part, number in self._numbers(some) if np.isfinite(number)}
        there = np.isin(evidence.test, sorted(said))
        if not self.needs_share:
            del units["share"]
        return {"value": np.where(there, value, np.nan)} | units

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the mean over tests, float64 (b, n) -> (b,)."""
        return _mean_of_known([self.of_test(part) for part in leaning(units, weights).by_test()])

    def of_test(self, found: Leaning) -> Float64:
        """Return the number of one test, float64 (b,), NaN where it has none."""
        raise NotImplementedError

    def _numbers(self, units: Mapping[str, Float64]) -> Iterator[tuple[Leaning, float]]:
        """Yield each test of some units, and its number."""
        if not len(units["value"]):
            return
        for part in leaning(units, np.ones((1, len(units["value"])))).by_test():
            with np.errstate(invalid="ignore", divide="ignore"):
                yield part, float(self.of_test(part)[0])

    def by_chance(
        self, evidence: Associated, rng: np.random.Generator, name: Literal["in_x", "share"]
    ) -> Float64:
        """Return the summary where chance deals out the sets or shares of targets, float64 (200,).

        Tests on the same concepts, such as one test in two languages, are dealt the same.
        """
        columns = self.per_unit(evidence).columns
        known = np.all([np.isfinite(column) for column in columns.values()], axis=0)
        units = {key: column[known] for key, column in columns.items()}
        concept = dict(zip(evidence.target.tolist(), evidence.clusters[0], strict=True))
        dealt: dict[tuple[object, ...], np.ndarray] = {}
        found = []
        for part in leaning(units, np.ones((1, int(known.sum())))).by_test():
            names = np.array([str(concept[n]) for n in part.target.tolist()])
            order = np.lexsort((part.target, names))
            values = getattr(part, name)[order]
            key = (*names[order], *values)
            if key not in dealt:
                dealt[key] = rng.permuted(np.tile(values, (_DRAWS, 1)), axis=1)
            placed = np.empty_like(dealt[key])
            placed[:, order] = dealt[key]
            found.append(self.of_test(replace(part, **{name: placed})))
        return _mean_of_known(found)


def leaning(units: Mapping[str, Float64], weights: Float64) -> Leaning:
    """Return how each target of each test leans.

    units: columns value, test, target, in_x, in_a and, where known, share, float64 (n,), all
    finite but the share. weights: float64 (b, n).
    """
    both = np.stack([units["test"], units["target"]])
    names, first, code = np.unique(both, axis=1, return_index=True, return_inverse=True)
    code, value = code.reshape(-1), units["value"]
    sizes = np.bincount(code)
    middle = np.bincount(code, value) / sizes
    away = value - middle[code]  # small numbers keep their squares exact
    mass, sums, squares = (
        _by_side(weights * power, code, units["in_a"], len(first))
        for power in (1.0, away, away * away)
    )
    known = (mass > 0).all(axis=0)
    weight = np.where(known, mass.sum(axis=0), 0.0)
    to_a, to_b = sums / np.where(known, mass, 1.0)
    whole = np.where(known, weight, 1.0)
    variance = squares.sum(axis=0) / whole - (sums.sum(axis=0) / whole) ** 2
    test, target = names.astype(np.int64)
    return Leaning(
        effect=np.where(known, to_a - to_b, 0.0),
        spread=deviation(np.where(known, np.maximum(variance, 0.0), 0.0), sizes),
        weight=weight,
        test=test,
        target=target,
        in_x=units["in_x"][first] > 0,
        share=units.get("share", np.full(len(code), np.nan))[first],
    )


def deviation(variance: Float64, n: Int64 | int) -> Float64:
    """Return standard deviations with n - 1 from variances with n, NaN where nothing differs."""
    corrected = np.sqrt(variance * n / np.maximum(np.asarray(n) - 1.0, 1.0))
    return np.where(corrected > _TINY, corrected, np.nan)


def average(values: Float64, weights: Float64) -> Float64:
    """Return the weighted mean of each row, float64 (b, m) twice -> (b,), NaN without weight."""
    found: Float64 = (values * weights).sum(axis=1) / weights.sum(axis=1)
    return found


def _by_side(weights: Float64, codes: Int64, in_a: Float64, count: int) -> Float64:
    """Return the weight of each code beside A and beside B, float64 (2, b, count)."""
    found = totals(weights, (codes + count * (in_a == 0)).astype(np.int64), 2 * count)
    return np.stack([found[:, :count], found[:, count:]])


def _mean_of_known(numbers: list[Float64]) -> Float64:
    """Return the mean of the finite numbers of each row, NaN without any, (b,) each -> (b,)."""
    each = np.stack(numbers)
    known = np.isfinite(each)
    total: Float64 = np.where(known, each, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)

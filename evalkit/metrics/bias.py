"""Bias: whether the first group is shown more often than the others, with its sign and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.balanced import Balanced
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._balance import CountMetric, ListMetric, Lists
from evalkit.metrics._balance_floors import best
from evalkit.metrics._thinned import DEEPER, evened_chances

SUBSAMPLE = "subsample"
"""The one way to make a pool even."""


def lead(counts: Float64) -> Float64:
    """Return by how much the first group leads all others, (..., groups) -> (...), -1 to 1."""
    first, everybody = counts[..., 0], counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Float64 = (2 * first - everybody) / everybody
    return found


class _Bias(CountMetric):
    """A number on the lead of the first group; it has no target but one half.

    With `balance: subsample` it is that of a pool made even: of the larger of two groups only as
    many items are kept as the smaller one has, each as likely, and the list closes up over those
    left out and those without a label. What Wang, Liu and Wang 2021 average over draws is worked
    out exactly here, so that there is no number of draws to choose.
    """

    __slots__ = ()

    brackets: ClassVar[str] = "balance"
    balance: str
    aims: ClassVar[bool] = False
    aim: ClassVar[str] = "half to the first group"
    unit: ClassVar[str] = "difference of shares"

    def __post_init__(self) -> None:
        """Refuse a way to make a pool even that there is not."""
        super().__post_init__()
        if self.balance not in ("", SUBSAMPLE):
            what = f"balance is '{self.balance}'; expected {SUBSAMPLE}, or nothing for the pool as"
            raise UsageError(f"{what} it is.")

    @property
    def evens(self) -> bool:
        """Whether it is of a pool made even, which holds twice the smaller group's items."""
        return bool(self.balance)

    @property
    def reach(self) -> int:
        """How many places are read: ten times k where left out items make room for others."""
        return self.k * DEEPER if self.balance else self.k

    def unfit(self, groups: tuple[str, ...]) -> str:
        """Return that a pool of three groups or more is not made even, "" where it need not be."""
        if not self.balance or len(groups) == 2:
            return ""
        return f"'{self.name}' makes pools of two groups even, and the task has {len(groups)}."

    def of(self, lists: Lists) -> Float64:
        """Return the number of every list, float64 (..., n)."""
        if not self.balance:
            return CountMetric.of(self, lists)
        first = np.arange(self.k + 1, dtype=np.float64)
        counts = np.stack([first, first[::-1]], axis=1)
        return evened_chances(lists, self.k) @ self.of_counts(counts, lists.target)

    def expected(self, evidence: Balanced, rng: np.random.Generator) -> Float64:
        """Return the mean of each query under shuffled labels, float64 (n,), NaN if not scored."""
        way = ListMetric if self.balance else CountMetric
        return way.expected(self, evidence, rng)


@plugin("metrics", "bias")
@dataclass(frozen=True, slots=True)
class Bias(_Bias):
    """How much more of the top k belongs to the first declared group than to all others, -1 to 1.

    0 is best, 1 means nobody else, -1 none of the first group: with `groups: [female, male]`, a
    number above 0 says that women are shown more. Bias@K of Wang, Liu and Wang 2021, who write it
    the other way round, (men - women) / (men + women). Unlabelled items do not count. By chance
    it is 0 in a pool of equal parts alone, so read, and gate, the excess. Signs cancel
    over queries: nurses at 0.9 and engineers at -0.9 make 0, so read `abs_bias` and the table of
    occupations beside it; lists that lean either way can cancel to 0, so no least value is shown. A
    list without a labelled item is NaN here; published code counts it 0.

    A corpus with many more of one group gives `bias@10[subsample]`, the bias in a pool made even:
    what is above 0 there is the model's. NaN for a query whose list is too short to tell, and where
    the smaller group has fewer than k items, so that even the most lopsided order looks even.
    """

    k: int
    balance: str = ""
    word: ClassVar[str] = "bias"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the lead of the first group, (..., groups) -> (...)."""
        return lead(counts)


@plugin("metrics", "abs_bias")
@dataclass(frozen=True, slots=True)
class AbsBias(_Bias):
    """How far the first declared group and all others are from equal parts of the top k, 0 to 1.

    Less is better; the mean over queries of |bias@k|, in which queries do not cancel. By chance it
    is above 0: with a large balanced pool 0.24 at k = 10 and 0.16 at k = 20. Read the excess over
    its null. `abs_bias@10[subsample]` is that of a pool made even, see `bias`, as a mean over the
    ways to make it so. Source: Wang, Liu and Wang 2021.
    """

    k: int
    balance: str = ""
    word: ClassVar[str] = "abs_bias"

    def of_counts(self, counts: Float64, target: Float64) -> Float64:
        """Return the lead of the first group without its sign, (..., groups) -> (...)."""
        return np.abs(lead(counts))

    def attainable(self, evidence: Balanced) -> Float64:
        """Return the least that the labelled places of each list allow, float64 (n,).

        0 for an even number of places; an odd one leaves one place over.
        """
        return best(evidence, self.k, lambda _, n: n % 2 / n, aims=False)


class _Bound(ListMetric):
    """Bias as it would be if all unlabelled places belonged to one side."""

    __slots__ = ()

    aims: ClassVar[bool] = False
    aim: ClassVar[str] = "half to the first group"
    covered: ClassVar[bool] = False
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    unit: ClassVar[str] = "difference of shares"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    side: ClassVar[float]

    def of(self, lists: Lists) -> Float64:
        """Return the lead of the first group with all unknown on one side, float64 (..., n)."""
        counts, places = lists.counts, lists.there.sum(axis=1)
        labelled = counts.sum(axis=-1)
        ahead = 2 * counts[..., 0] - labelled
        found: Float64 = (ahead + self.side * (places - labelled)) / places
        return found


@plugin("metrics", "bias_low")
@dataclass(frozen=True, slots=True)
class BiasLow(_Bound):
    """The least that bias@k can be, whoever the unlabelled items of the top k are, -1 to 1.

    All of them are taken to belong to other groups than the first (Manski 1990, worst-case bounds).
    0 is best. Where `bias_low` and `bias_high` lie on two sides of 0, labels are too few to tell
    who is favoured. Lists of any coverage are scored. By chance it is below 0 where items lack a
    label, so that the excess is gated.
    """

    k: int
    word: ClassVar[str] = "bias_low"
    side: ClassVar[float] = -1.0


@plugin("metrics", "bias_high")
@dataclass(frozen=True, slots=True)
class BiasHigh(_Bound):
    """The most that bias@k can be, whoever the unlabelled items of the top k are, -1 to 1.

    All of them are taken to belong to the first group; the counterpart of `bias_low`. 0 is best.
    Source: Manski 1990.
    """

    k: int
    word: ClassVar[str] = "bias_high"
    side: ClassVar[float] = 1.0

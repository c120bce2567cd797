"""What a metric must offer: a number per unit, and how units make one number."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.results import Scores


class Metric(Protocol):
    """A number per unit, and how units make one number.

    A metric reads evidence of the kind that it declares and of no other. It may have besides
    `null(evidence, rng) -> Float64`, draws of its summary as chance alone would give it, (draws,),
    and `expected(evidence, rng) -> Float64`, the value that chance gives each unit on average,
    (n,), of which the excess is taken, or `drawn(evidence, rng) -> Iterator[Scores]`, draws of its
    scores, where the number of all units is no mean of theirs. Of a metric of balance only the
    excess is held against a bound, unless it says with `requires` that its value is a demand by
    itself. `attainable(evidence) -> Float64` is the best that each unit's list could have, (n,),
    NaN where that is not known. `reach` says how many places it reads where these are more than
    `depth`; `brackets` names the parameter that stands in brackets behind its name; `unfit(groups)`
    says what keeps it from a task with these groups, "" where nothing does.
    """

    evidence_kind: ClassVar[str]
    better: ClassVar[Literal["high", "low", "zero"]]
    unit: ClassVar[str]
    range: ClassVar[tuple[float, float]]

    @property
    def name(self) -> str:
        """The whole name, cut-off included, such as `ndcg@10`."""

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at."""

    def scorable(self, evidence: Any) -> Bool:
        """Return which units could have a score at all, as far as the truth goes, bool (n,)."""

    def per_unit(self, evidence: Any) -> Scores:
        """Return the score of every unit of the evidence, NaN where there is none to give."""

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        """Return the summary of units under each row of weights, float64 (B, n).

        Columns of the scores are (n, J), J sets of scores at once, for a result (B, J); or (n,) for
        (B,). A unit that is NaN in any column does not count.
        """


def weighted_mean(scores: Scores, weights: Float64) -> Float64:
    """Return the weighted mean of the column `value` over scored units; most metrics are that.

    weights: float64 (B, n). The column is (n, J) for a result (B, J), or (n,) for (B,). NaN where a
    row of weights leaves nothing.
    """
    value = scores.columns["value"]
    scored = np.isfinite(value)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ np.where(scored, value, 0.0)) / _totals(scored, weights)


def _totals(scored: Bool, weights: Float64) -> Float64:
    """Return the weight of the scored units; columns that score the same units are added up once.

    scored: bool (n,) or (n, J). Returns (B,) or (B, J).
    """
    if scored.ndim == 1:
        return weights @ scored.astype(np.float64)
    first: dict[bytes, int] = {}
    alike = [first.setdefault(column.tobytes(), n) for n, column in enumerate(scored.T)]
    distinct = sorted(set(alike))
    totals: Float64 = weights @ scored[:, distinct].astype(np.float64)
    return totals[:, np.searchsorted(distinct, alike)]

"""What a run finds: cells of the cube, scores per unit, estimates, verdicts, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Ranking

CLEAN = "clean"
"""The probe of a cell whose input was left as it is."""
PLAIN = "plain"
"""The system of a cell that is the model and exact search alone."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One place in the cube: what was measured, on which model, system, probe and vector size."""

    case: str
    model: str
    system: str = PLAIN
    probe: str = CLEAN
    dim: int = 0

    def __str__(self) -> str:
        """Return the cell as a person would say it, leaving out what is usual."""
        extra = [p for p, usual in ((self.system, PLAIN), (self.probe, CLEAN)) if p != usual]
        return " ".join([self.case, self.model, *extra, f"at {self.dim}"])


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One metric's per-unit scores.

    ids: the units, queries mostly. clusters: one or more label arrays (object, (n,)) within which
    units are not independent; a unit's bootstrap weight is the product of its clusters' counts.
    columns: float64 (n,) each, NaN where a unit is not scored; most metrics have `value` alone.
    """

    ids: tuple[str, ...]
    clusters: tuple[np.ndarray, ...]
    columns: Mapping[str, Float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The scores of one metric in one cell, and which units could count at all.

    eligible: bool (n,), False for units that were never judged or, in a probe's cell, not changed.
    metric is its whole name such as `ndcg@10`.
    """

    cell: Cell
    metric: str
    scores: Scores
    eligible: Bool


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The ranking behind a cell, kept for the report: positions count in the case's own corpus.

    spans: float64 (n, k, 2), which part of each item won: the seconds or places it covers, NaN
    where that is the whole item or a list is shorter; None where every item is whole.
    """

    cell: Cell
    ranking: Ranking
    spans: Float64 | None = None


EstimateKind = Literal[
    "value",
    "null",
    "attainable",
    "drop",
    "mean_drop",
    "area",
    "loss",
    "gap",
    "advantage",
    "regression",
    "excess",
    "worst_group",
    "spread",
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty.

    kind: `value`; `null` (the mean by chance; low and high are the band that holds 90 % of it, p is
    the two-sided permutation p-value of the value); `attainable` (the mean over the same units of
    the best value that their lists could have, which whole items may keep from the ideal; no
    interval); or a comparison, in which a positive number is
    always the worse for `drop` (clean minus probe), `mean_drop` (the mean of several drops, named
    in the cell's probe), `area` (the mean drop along a probe's severities, by the trapezoidal rule
    from severity 0; the cell's probe is `name@side`), `loss` (against a larger
    size), `gap` (the rest minus the group) and `regression` (a stored run minus this one), and the
    better for `advantage` (this minus the other). `excess` is the value minus what chance gives.
    `worst_group` is the mean of the group of a tag that is served worst, corrected for the bias of
    a worst of several; `spread` the largest mean of a tag's groups minus the smallest, low and high
    being the band that holds 90 % of it for shuffled groups, and p the share that spreads as far.
    against: what a comparison compares with. group: a tag value written `language=es`, or "".
    low, high: the 90 % two-sided interval. n: units that count. p: two-sided sign-flip p-value of
    a paired comparison, of an `excess` of all units together the p of its `null`, NaN elsewhere;
    reported, never gated. method: how low and high were found.
    """

    kind: EstimateKind
    cell: Cell
    against: str
    metric: str
    group: str
    value: float
    low: float
    high: float
    n: int
    p: float
    method: str


VerdictStatus = Literal["pass", "fail", "inconclusive", "missing", "waived"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate decided.

    gate: the gate as a sentence. bound: the bound as written, such as `at least 0.55`. p: one-sided
    evidence that the bound is missed; p_adjusted: the same after Holm over the suite. mde: the
    smallest true difference from the bound that would be found with power 0.8. more_queries: about
    how many more would settle it, None where nothing would or nothing needs to. why: the reason in
    a sentence. rule: the gate as data, so that it can be decided again from the stored run; empty
    in runs that did not store it.
    """

    gate: str
    cell: Cell
    metric: str
    group: str
    status: VerdictStatus
    observed: float
    low: float
    high: float
    n: int
    bound: str
    p: float
    p_adjusted: float
    mde: float
    more_queries: int | None
    why: str
    line: int = 0
    rule: Mapping[str, object] = field(default_factory=dict, hash=False)


LossKind = Literal["refused", "failed", "truncated", "unchanged", "unjudged"]


@dataclass(frozen=True, slots=True)
class Lost:
    """An input that is not measured as meant, of one of five kinds.

    refused by the model's filter or failed: it has no vector, or a transform leaves none, which the
    reason tells. truncated: only a part of it has one. unchanged: the probe left it as it is.
    unjudged: nothing is known of what it should find.
    """

    case: str
    model: str
    probe: str
    side: str
    item: str
    kind: LossKind
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a task adds to the report, such as a confusion matrix.

    name: what it is called in files. title, note: shown above and below it. columns: headings.
    rows: one value a column, None for a dash. show: how it is drawn: as a `table`, as a `matrix` of
    shaded counts whose first column holds the row names, or as `curves`, the first column being the
    horizontal axis and every other one a line. quotes: whether it repeats what items say, which a
    suite with `content: hash` does not store.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    note: str = ""
    show: Literal["table", "matrix", "curves"] = "table"
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """A table with the cell it is of."""

    cell: Cell
    table: Table


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A size or modality that a model does not have; shown as a dash."""

    model: str
    case: str
    what: str


@dataclass(frozen=True, slots=True, eq=False)
class StoredScores:
    """The per-unit scores of a stored run, to compare a new one with.

    fingerprints maps case -> the data's fingerprint; measured maps (cell, metric) -> scores;
    relevant maps case -> the grade from which items were relevant.
    """

    name: str
    fingerprints: Mapping[str, str]
    measured: Mapping[tuple[Cell, str], Measured]
    relevant: Mapping[str, int] = field(default_factory=dict)

"""Quality against vector size, and models side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.archive import Pace, Run
from evalkit.core.items import SideName
from evalkit.core.results import CLEAN, PLAIN, Estimate
from evalkit.report.view.costs import pace
from evalkit.report.view.robustness import AGAINST
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.smallest import Smallest, smallest
from evalkit.report.view.ties import letters, tie_groups, told

_BYTES = 4
"""Of one number of a vector, stored as float32."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One series at one size: a value and a loss per metric, None where nothing was measured.

    robust: the mean drop of the primary metric over all probes; worst: the largest drop, with the
    probe it was found under. excess: how far a metric of balance exceeds chance. pace: how fast a
    query, or an item where there are none, was answered, and at what price.
    """

    series: Series
    dim: int
    bytes: int
    widest: bool
    values: tuple[Estimate | None, ...]
    losses: tuple[Estimate | None, ...]
    robust: Estimate | None = None
    worst: Estimate | None = None
    excess: Estimate | None = None
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Frontier:
    """The sizes of a case. metrics: the columns of rows; charted: those that are drawn.

    balance: the metric whose excess over chance stands beside quality, "" without one. asked: the
    side that paces are of. smallest: the smallest size of each series that is not inferior.
    """

    case: str
    metrics: tuple[str, ...]
    charted: tuple[str, ...]
    rows: tuple[SizeRow, ...]
    balance: str = ""
    asked: str = "query"
    smallest: tuple[Smallest, ...] = ()

    @property
    def probed(self) -> bool:
        """Whether quality was measured under probes too."""
        return any(row.robust or row.worst for row in self.rows)

    @property
    def averaged(self) -> bool:
        """Whether drops were averaged over several probes."""
        return any(row.robust for row in self.rows)

    @property
    def timed(self) -> bool:
        """Whether it is known how long answers took."""
        return any(row.pace and row.pace.seconds is not None for row in self.rows)

    @property
    def priced(self) -> bool:
        """Whether the price of any input is known."""
        return any(row.pace and row.pace.dollars is not None for row in self.rows)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One metric at one size, a value per series.

    ties: the letters of the tie groups of each series, "" where it was not compared.
    """

    metric: str
    dim: int
    values: tuple[Estimate | None, ...]
    ties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The series of a case next to each other, and their paired differences.

    Differences between a system and `plain` are shown with the systems. told: the primary metric at
    each size, and which models are tied on it, in words.
    """

    case: str
    series: tuple[Series, ...]
    rows: tuple[ModelRow, ...]
    advantages: tuple[Estimate, ...]
    told: tuple[tuple[str, str], ...] = ()

    @property
    def several(self) -> bool:
        """Whether there are models to compare, or differences between them."""
        return len({series.model for series in self.series}) > 1 or bool(self.advantages)


def frontier(run: Run, scope: Scope) -> Frontier:
    """Return the sizes of a case."""
    balance, asked = _balance(scope), "query" if scope.facts.queries else "corpus"
    rows = tuple(
        _size(run, scope, series, dim, balance) for series in scope.series for dim in scope.dims
    )
    return Frontier(
        scope.facts.name, scope.metrics(), scope.charted, rows, balance, asked,
        tuple(smallest(scope, run.verdicts)),
    )  # fmt: skip


def _balance(scope: Scope) -> str:
    """Return the first metric of a case of which is known how far it exceeds chance.

    The coverage of labels is no balance.
    """
    known = {
        e.metric
        for e in scope.estimates.rows
        if e.kind == "excess" and e.cell.case == scope.facts.name and not e.group
    }
    able = (m for m in scope.facts.metrics if m in known and not m.startswith("label_coverage"))
    return next(able, "")


def _size(run: Run, scope: Scope, series: Series, dim: int, balance: str) -> SizeRow:
    """Return one series at one size."""
    cell, widest = scope.cell(series, dim), scope.widest(series)
    find, against = scope.estimates.find, f"at {widest}"
    side: SideName = "query" if scope.facts.queries else "corpus"
    return SizeRow(
        series=series,
        dim=dim,
        bytes=dim * _BYTES,
        widest=dim == widest,
        values=tuple(scope.value(cell, m) for m in scope.metrics()),
        losses=tuple(find("loss", cell, m, against=against) for m in scope.metrics()),
        robust=find("mean_drop", scope.cell(series, dim, "*"), scope.primary, against=AGAINST),
        worst=_worst_drop(scope, series, dim),
        excess=find("excess", cell, balance, against="chance"),
        pace=pace(run, series.model, scope.facts.name, side, dim),
    )


def _worst_drop(scope: Scope, series: Series, dim: int) -> Estimate | None:
    """Return the largest drop of the primary metric under any probe at a size."""
    drops = [
        scope.estimates.find("drop", c, scope.primary, against=AGAINST)
        for c in scope.cells
        if c.probe != CLEAN and c.dim == dim and Series(c.model, c.system) == series
    ]
    known = [e for e in drops if e and math.isfinite(e.value)]
    return max(known, key=lambda e: e.value, default=None)


def side_by_side(scope: Scope) -> SideBySide:
    """Return the series of a case next to each other, with the groups of models that are tied."""
    rows, words = [], []
    for metric in scope.charted:
        for dim in scope.dims:
            values = tuple(scope.value(scope.cell(s, dim), metric) for s in scope.series)
            groups = tie_groups(scope, metric, dim)
            found = letters(groups)
            ties = tuple(found.get(series, "") for series in scope.series)
            rows.append(ModelRow(metric, dim, values, ties))
            if groups and metric == scope.primary:
                words.append((f"{metric} at {dim}", told(groups)))
    kept = tuple(row for row in rows if any(row.values))
    advantages = tuple(_advantages(scope))
    return SideBySide(scope.facts.name, scope.series, kept, advantages, tuple(words))


def _advantages(scope: Scope) -> Iterator[Estimate]:
    """Yield the paired differences between series on clean input, of the metrics that are drawn."""
    for e in scope.estimates.rows:
        mine = e.kind == "advantage" and e.cell.case == scope.facts.name
        shown = mine and not e.group and e.cell.probe == CLEAN and e.metric in scope.charted
        if shown and e.against != f"system {PLAIN}":
            yield e

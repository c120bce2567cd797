"""The two sides of a comparison: where each is measured, and their numbers, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import _place, runs
from evalkit import api
from evalkit.archive import Opened
from evalkit.core.results import Cell, Estimate
from evalkit.report.view.comparison import Tally, tally

_SCORED = ("case", "model", "system", "probe", "dim", "metric", "column")
_UNITS = ("unit", "cluster", "value", "eligible")


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what people call it, the run it is in, and the cell."""

    name: str
    opened: Opened
    cell: Cell


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides; the second is compared with the first."""

    first: Side
    second: Side

    @property
    def runs(self) -> bool:
        """Whether the sides are two runs."""
        return self.first.opened.folder != self.second.opened.folder


def differences(pair: Pair) -> tuple[Estimate, ...]:
    """Return the paired difference per metric, the very numbers of `evalkit compare` for runs.

    Raises DataError where the two cannot be compared.
    """
    first, second = pair.first, pair.second
    return _differences(_key(first), _key(second))


def tallies(pair: Pair, count: int) -> dict[str, Tally]:
    """Return wins, ties and losses per metric, with the units that changed most."""
    return _tallies(_key(pair.first), _key(pair.second), count)


_Key = tuple[tuple[str, int], Cell]


def _key(side: Side) -> _Key:
    """Return what tells the numbers of a side."""
    return _place.stamp(side.opened), side.cell


@st.cache_data(show_spinner="Drawing queries again for the intervals", max_entries=64)
def _differences(first: _Key, second: _Key) -> tuple[Estimate, ...]:
    """Return the paired differences of two sides."""
    (old, before), (new, after) = _side(first), _side(second)
    if first[0] != second[0]:
        return api.compare(_place.scored(old, [before]), _place.scored(new, [after]))
    known = {m.name for m in new.run.metrics}
    metrics = [m for m in _case_metrics(new, after) if m in known]
    return api.difference(_place.scored(new, [before, after]), after, before, metrics)


@st.cache_data(show_spinner=False, max_entries=64)
def _tallies(first: _Key, second: _Key, count: int) -> dict[str, Tally]:
    """Return wins, ties and losses of two sides."""
    (old, before), (new, after) = _side(first), _side(second)
    columns = _SCORED + _UNITS
    lower = _place.of_cell(old, "scores", before, columns)
    upper = _place.of_cell(new, "scores", after, columns)
    facts = _place.metric_facts(new.run)
    found = (tally(lower, upper, m, facts[m].better, count) for m in _case_metrics(new, after))
    return {one.metric: one for one in found if one}


def _side(key: _Key) -> tuple[Opened, Cell]:
    """Return the run and the cell of a side."""
    (folder, _), cell = key
    return runs.opened(Path(folder)), cell


def _case_metrics(opened: Opened, cell: Cell) -> Sequence[str]:
    """Return the metrics of the case of a cell."""
    return next(case.metrics for case in opened.run.cases if case.name == cell.case)

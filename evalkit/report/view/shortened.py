"""What a page keeps of a large table, and a sentence on what it leaves out.

A page holds so many cells of tables in all; where there are many tables, each gets fewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.core.results import Table
from evalkit.report.text import count

_IN_ALL, _MOST, _LEAST = 32_000, 1_600, 120
"""Cells: of all tables of a page, of the largest table, and what each may have however many."""
_COLUMNS, _POINTS = 24, 200
_WHERE = "The whole table is in run.json."


def room(tables: int) -> int:
    """Return how many cells each of so many tables may have."""
    return min(_MOST, max(_LEAST, _IN_ALL // max(tables, 1)))


def shortened(table: Table, cells: int) -> tuple[Table, str]:
    """Return a table of about so many cells and what was left out of it, "" for nothing.

    A table keeps its first rows, since tasks put first what matters most; a matrix the rows with
    the most counts off its diagonal; curves some of their points, the ends among them.
    """
    if table.show == "matrix":
        return _matrix(table, math.isqrt(cells))
    if table.show == "curves":
        return _curves(table, max(2, min(_POINTS, cells // max(len(table.columns), 1))))
    wide, high = len(table.columns), len(table.rows)
    columns = min(wide, _COLUMNS)
    rows = min(high, max(8, cells // max(columns, 1)))
    if (rows, columns) == (high, wide):
        return table, ""
    kept = tuple(row[:columns] for row in table.rows[:rows])
    short = replace(table, columns=table.columns[:columns], rows=kept)
    parts = [f"the first {count(rows)} of {count(high)} rows"] if rows < high else []
    parts += [f"{count(columns)} of {count(wide)} columns"] if columns < wide else []
    return short, f"Shown: {' and '.join(parts)}. {_WHERE}"


def _curves(table: Table, points: int) -> tuple[Table, str]:
    """Return curves with at most so many points each, evenly chosen."""
    whole = len(table.rows)
    if whole <= points:
        return table, ""
    at = np.unique(np.linspace(0, whole - 1, points).round().astype(int))
    told = f"Shown: {count(len(at))} of {count(whole)} points, evenly chosen. {_WHERE}"
    return replace(table, rows=tuple(table.rows[n] for n in at)), told


def _matrix(table: Table, side: int) -> tuple[Table, str]:
    """Return a matrix of at most so many rows and columns, in their order."""
    names = table.columns[1:]
    wide, high = len(names), len(table.rows)
    if wide <= side and high <= side:
        return table, ""
    counts = np.array([[_count(cell) for cell in row[1:]] for row in table.rows])
    own = np.array([[str(row[0]) == name for name in names] for row in table.rows])
    rows = _largest(np.where(own, 0.0, counts).sum(axis=1), side)
    columns = _largest(np.where(own, np.inf, counts)[rows].sum(axis=0), side)
    kept = tuple(
        (table.rows[r][0], *(table.rows[r][1 + c] for c in columns)) for r in rows.tolist()
    )
    short = replace(table, columns=(table.columns[0], *(names[c] for c in columns)), rows=kept)
    told = (
        f"Shown: {count(len(rows))} of {count(high)} rows, those with the most counts off the "
        f"diagonal, and {count(len(columns))} of {count(wide)} columns, their own and the fullest. "
        f"{_WHERE}"
    )
    return short, told


def _largest(totals: np.ndarray, most: int) -> np.ndarray:
    """Return the places of the largest totals in their order, int64 (n,)."""
    return np.sort(np.argsort(-totals, kind="stable")[:most])


def _count(cell: str | float | None) -> float:
    """Return a cell as a number, 0 for one that is none."""
    return float(cell) if isinstance(cell, int | float) else 0.0


def kept(values: Sequence[float], most: int) -> tuple[int, ...]:
    """Return the places of the largest of some values, in their order."""
    return tuple(_largest(np.array(values, float), most).tolist())

"""What a task found besides scores: confusions, curves and tables, size by size."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evalkit.core.results import CLEAN, Detail, Table
from evalkit.report.view.balance import is_balanced
from evalkit.report.view.fairness import Fairness
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.shortened import room, shortened

_STEPS = 8
"""How many shades a cell of a matrix can have, besides none."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A count in a matrix. share: of its row; shade: the same from 0 to 8; own: on the diagonal."""

    count: float | None
    share: float
    shade: int
    own: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts by row and column, shaded by their share of the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Sized:
    """The tables of one size.

    matrices: those of them that are counts, by name. short: what was left out of large ones, by
    name.
    """

    dim: int
    tables: tuple[Table, ...]
    matrices: dict[str, Matrix]
    short: dict[str, str]


@dataclass(frozen=True, slots=True)
class Details:
    """What a task found on a series: at the widest and the smallest size, and at the others."""

    case: str
    series: Series
    shown: tuple[Sized, ...]
    folded: tuple[Sized, ...]


def details(scope: Scope, found: Sequence[Detail]) -> Iterator[Details]:
    """Yield the tables of a case, a series at a time, large ones cut to what a page can hold."""
    cells = room(sum(d.cell.probe == CLEAN for d in found))
    mine = [d for d in found if d.cell.case == scope.facts.name and d.cell.probe == CLEAN]
    for series in scope.series:
        sized = [_sized(scope, series, dim, mine, cells) for dim in scope.measured_dims(series)]
        ends = scope.ends(series)
        shown = tuple(s for s in sized if s.tables and s.dim in ends)
        folded = tuple(s for s in sized if s.tables and s.dim not in ends)
        if shown or folded:
            yield Details(scope.facts.name, series, shown, folded)


def _sized(scope: Scope, series: Series, dim: int, found: Iterable[Detail], cells: int) -> Sized:
    """Return the tables of a series at one size, each of about so many cells at most."""
    cell = scope.cell(series, dim)
    cut = [shortened(d.table, cells) for d in found if d.cell == cell]
    tables = tuple(table for table, _ in cut)
    counts = {t.name: matrix(t) for t in tables if t.show == "matrix"}
    return Sized(dim, tables, counts, {table.name: told for table, told in cut if told})


def unseen(found: Iterable[Detail], fairness: Iterable[Fairness]) -> list[Detail]:
    """Return the tables that the fairness of the same page does not show already."""
    shown = {
        (one.case, one.series, balance.dim)
        for one in fairness
        for balance in one.balances[:1]  # the widest size, subject by subject
    }
    return [d for d in found if not (_is_told(d, shown) and is_balanced(d.table))]


def _is_told(one: Detail, shown: Container[tuple[str, Series, int]]) -> bool:
    """Return whether a table is of a case, series and size among those shown elsewhere."""
    series = Series(one.cell.model, one.cell.system)
    return one.cell.probe == CLEAN and (one.cell.case, series, one.cell.dim) in shown


def is_drawn(table: Table) -> bool:
    """Return whether a table holds lines that can be drawn."""
    return table.show == "curves" and len(table.columns) > 1 and len(table.rows) > 1


def matrix(table: Table) -> Matrix:
    """Return a table of counts with the share that each has of its row; 0 for an empty row."""
    columns = table.columns[1:]
    return Matrix(columns, tuple(_row(columns, row) for row in table.rows))


def _row(
    columns: tuple[str, ...], row: tuple[str | float | None, ...]
) -> tuple[str, tuple[MatrixCell, ...]]:
    """Return the name and the cells of one row."""
    name = str(row[0])
    counts = [c if isinstance(c, int | float) else None for c in row[1:]]
    total = sum(c for c in counts if c is not None)
    cells = []
    for column, count in zip(columns, counts, strict=True):
        share = (count or 0) / total if total else 0.0
        shade = max(1, round(share * _STEPS)) if share > 0 else 0
        cells.append(MatrixCell(count, share, shade, column == name))
    return name, tuple(cells)

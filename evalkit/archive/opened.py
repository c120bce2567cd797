"""Stored runs read in part: only the columns and the rows that are asked for, and run heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.archive.folder import TABLES, load_parts, reading
from evalkit.archive.run import Run
from evalkit.core.errors import UsageError, nearest

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds

Where = Mapping[str, object]
"""Conditions on rows: column -> the value it has, or a list, tuple or set of which it has one."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A stored run whose tables stay on disk.

    run: everything that run.json says; its five tables have their columns and no row.
    """

    folder: Path
    run: Run

    def rows(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        limit: int | None = None,
    ) -> pa.Table:
        """Return rows of a table (scores, rankings, judgements, items, examples) in their order.

        columns: those to read, all where left out. where: what the rows have to say; parts of the
        file in which no row can are not read. limit: how many rows at most; what lies behind them
        is not read. Raises DataError where the file is broken, UsageError for an unknown name.
        """
        with reading(self.folder, table):
            data = self._part(table, where or {})
            known = set(getattr(self.run, table).schema.names)
            for name in {*(columns or ()), *(where or {})} - known:
                raise UsageError(f"{table} has no column '{name}'; {nearest(name, known)}")
            wanted = {"columns": list(columns) if columns is not None else None}
            wanted |= {"filter": _expression(where)}
            return data.to_table(**wanted) if limit is None else data.head(limit, **wanted)

    def count(self, table: str) -> int:
        """Return how many rows a table has; raises as `rows` does."""
        return self.looked_at(table, {})

    def looked_at(self, table: str, where: Where) -> int:
        """Return how many rows `rows` has to read to answer; raises as it does."""
        with reading(self.folder, table):
            part = self._part(table, where)
            groups = getattr(part, "row_groups", ())
            return sum(group.num_rows for group in groups)

    def with_tables(self, **where: object) -> Run:
        """Return the run with tables that hold only rows of `where`.

        A condition counts for the tables that have its column. Raises as `rows` does.
        """
        tables = {}
        for name in TABLES:
            known = set(getattr(self.run, name).column_names)
            mine = {column: value for column, value in where.items() if column in known}
            tables[name] = self.rows(name, where=mine)
        return replace(self.run, **tables)

    def _part(self, table: str, where: Where) -> ds.Dataset | ds.Fragment:
        """Return the part of a table in which there may be rows that meet conditions.

        A table that the run lacks has no column. Raises UsageError for one that no run has.
        """
        import pyarrow.dataset as ds

        if table not in TABLES:
            raise UsageError(f"a run has no table '{table}'; {nearest(table, TABLES)}")
        path = self.folder / f"{table}.parquet"
        if not path.exists():
            return ds.dataset(getattr(self.run, table))
        whole = ds.dataset(path)
        (file,) = whole.get_fragments()
        ids = [g.id for g in file.row_groups if _may_meet(g.statistics, where)]
        return file.subset(row_group_ids=ids) if ids else ds.dataset(whole.schema.empty_table())


def _may_meet(known: Mapping[str, Mapping[str, object]], where: Where) -> bool:
    """Return whether a row group may hold a row that meets conditions.

    known: the least and the largest value of each column there. Arrow itself leaves out row groups
    by numbers, not by words that are stored once each.
    """
    for column, value in where.items():
        ends = known.get(column)
        several = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
        if ends and not any(_within(one, ends["min"], ends["max"]) for one in several):
            return False
    return True


def _within(value: Any, low: Any, high: Any) -> bool:
    """Return whether a value lies between two; one of another kind may."""
    return not isinstance(value, type(low)) or bool(low <= value <= high)


def open_run(folder: Path) -> Opened:
    """Return the run in a folder without its tables' rows; raises DataError as `load` does."""
    return Opened(folder, load_parts(folder, _schema_only))


def _schema_only(path: Path) -> pa.Table:
    """Return a table without rows that has the columns of a file."""
    import pyarrow.parquet as pq

    return pq.read_schema(path).empty_table()


def _expression(where: Where | None) -> Any:
    """Return conditions as an expression that Arrow pushes down to the file, None without any."""
    import pyarrow.dataset as ds

    found = None
    for column, value in (where or {}).items():
        several = isinstance(value, (list, tuple, set, frozenset))
        one = ds.field(column).isin(list(value)) if several else ds.field(column) == value  # type: ignore[call-overload]
        found = one if found is None else found & one
    return found

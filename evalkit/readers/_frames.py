"""Reads CSV and Parquet tables through pandas, as rows of texts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from evalkit.readers._files import open_file, whole_text
from evalkit.readers._problems import Problems, Wrong

SUFFIXES = (".csv", ".parquet")
Cell = str | tuple[str, ...]
Row = dict[str, Cell]
"""One row by column; "" is an empty cell, and a tuple a list in Parquet."""


def rows(root: Path, name: str, problems: Problems) -> tuple[tuple[str, ...], dict[str, Row]]:
    """Return the columns of a table and its rows by `file:line` (`file: row n` in Parquet).

    Rows without any value are left out. What cannot be read is noted, and nothing returned.
    """
    where = str(root / name)
    columns: tuple[str, ...] = ()
    found: dict[str, Row] = {}
    with problems.at(where), open_file(root, name) as file:
        read = _csv if name.lower().endswith(".csv") else _parquet
        columns, found = read(file.read(), where)
        twice = [column for column in columns if columns.count(column) > 1]
        if twice:
            columns, found = (), {}
            raise Wrong(f"the column '{twice[0]}' stands more than once.", "Keep one of them.")
    return columns, {at: row for at, row in found.items() if any(row.values())}


def many(cell: Cell) -> tuple[str, ...]:
    """Return the values of a cell: a list's, or a text's separated by `|`."""
    values = cell.split("|") if isinstance(cell, str) else cell
    return tuple(value.strip() for value in values if value.strip())


def _csv(raw: bytes, where: str) -> tuple[tuple[str, ...], dict[str, Row]]:
    """Return columns and rows of a CSV file; a quoted cell may run over several lines."""
    import pandas as pd

    text = io.StringIO(whole_text(raw).replace("\r\n", "\n"))
    try:
        frame = pd.read_csv(
            text, header=None, dtype=str, keep_default_na=False, skip_blank_lines=False
        )
    except pd.errors.EmptyDataError as e:
        raise Wrong("the table has no header.", "Write one in the first line.") from e
    except ValueError as e:  # pandas' own parser errors are such too
        raise Wrong(f"the table cannot be read ({_reason(e)}).", "Quote cells with commas.") from e
    header, *body = frame.fillna("").to_numpy().tolist()
    columns = tuple(cell.strip() for cell in header)
    found: dict[str, Row] = {}
    line = 1 + _height(header)
    for cells in body:
        found[f"{where}:{line}"] = dict(zip(columns, cells, strict=True))
        line += _height(cells)
    return columns, found


def _height(cells: list[str]) -> int:
    """Return how many lines of the file a row takes."""
    return 1 + sum(cell.count("\n") for cell in cells)


def _parquet(raw: bytes, where: str) -> tuple[tuple[str, ...], dict[str, Row]]:
    """Return columns and rows of a Parquet file."""
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(raw), dtype_backend="pyarrow")
    except (ValueError, OSError) as e:
        raise Wrong(f"the table cannot be read ({_reason(e)}).", "Write it as Parquet.") from e
    columns = tuple(str(column) for column in frame.columns)
    body = frame.reset_index(drop=True).to_dict("tight")["data"]
    return columns, {
        f"{where}: row {number}": dict(zip(columns, map(_cell, cells), strict=True))
        for number, cells in enumerate(body, 1)
    }


def _cell(value: Any) -> Cell:
    """Return a typed value as text, "" where it is missing."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, (list, tuple)):
        return tuple(map(str, value))
    return str(value)


def _reason(error: Exception) -> str:
    """Return the first line of what a parser complains of."""
    first = str(error).strip().split("\n")[0]
    return first.removeprefix("Error tokenizing data. C error: ").rstrip(".")

"""Reads tables of who does the work: the share of each group in each subject."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from evalkit.core.errors import DataError, Problem

Shares = Mapping[str, tuple[float, ...]]
_PERCENT = "percent_"
_PLURAL = {"female": "women", "male": "men"}
_TOLERANCE = 0.005
_MOST = 20


def read_shares(path: str, subject: str, groups: Sequence[str]) -> Shares:
    """Return the share of each group in every subject of a table, in the order of the groups.

    path: a file of comma-separated values, or of tabs where it ends in `.tsv`; lines that begin
    with # are left out. A column `subject`, or else the first one, names the subject. A group's
    column is named like the group and holds shares, or `percent_` and the group, or for female and
    male `percent_women` and `percent_men`. One group may be without a column and has the rest.
    Raises DataError naming the line of everything wrong.
    """
    lines = _lines(path)
    if not lines:
        raise DataError(Problem(path, "holds no line.", "Write a header and a line per subject."))
    header = lines[0][1]
    name = header.index(subject) if subject in header else 0
    columns = [_column(header, group) for group in groups]
    if columns.count(None) > 1:
        lacks = ", ".join(g for g, c in zip(groups, columns, strict=True) if c is None)
        what = f"no column of the header holds the share of {lacks}; it has {', '.join(header)}."
        raise DataError(Problem(path, what, f"Name columns like {_PERCENT}{groups[0]}."))
    found, problems = {}, []
    for number, row in lines[1:]:
        try:
            found[row[name]] = _shares(row, header, columns)
        except (ValueError, IndexError) as e:
            why = str(e) if isinstance(e, ValueError) else "it has too few columns"
            problems.append(Problem(f"{path}, line {number}", f"{why}.", "Correct the line."))
    if problems:
        raise DataError(*problems[:_MOST])
    return found


def _lines(path: str) -> list[tuple[int, list[str]]]:
    """Return the number and the cells of each line that is no remark and not empty."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        what = "is not UTF-8 text." if isinstance(e, UnicodeDecodeError) else "cannot be read."
        raise DataError(Problem(path, what, "Name a table of shares beside the suite.")) from e
    cut = "\t" if path.endswith(".tsv") else ","
    some = [(n, line) for n, line in enumerate(text.splitlines(), 1)]
    kept = [(n, line) for n, line in some if line.strip() and not line.startswith("#")]
    cells = csv.reader((line for _, line in kept), delimiter=cut)
    return [(n, [cell.strip() for cell in row]) for (n, _), row in zip(kept, cells, strict=True)]


def _column(header: Sequence[str], group: str) -> int | None:
    """Return the place of a group's column, None where it has none."""
    names = [group, _PERCENT + group]
    names += [_PERCENT + _PLURAL[group]] if group in _PLURAL else []
    return next((header.index(name) for name in names if name in header), None)


def _shares(
    row: Sequence[str], header: Sequence[str], columns: Sequence[int | None]
) -> tuple[float, ...]:
    """Return the shares of one line; raises ValueError with what is wrong."""
    given = [None if c is None else _number(row[c], header[c]) for c in columns]
    known = sum(share for share in given if share is not None)
    if known > 1 + _TOLERANCE or (None not in given and known < 1 - _TOLERANCE):
        raise ValueError(f"the shares sum to {known:.6g} and not to 1")
    rest = max(0.0, 1 - known)
    whole = [rest if share is None else share for share in given]
    return tuple(share / sum(whole) for share in whole)


def _number(cell: str, column: str) -> float:
    """Return a share from 0 to 1; raises ValueError with what is wrong."""
    most = 100.0 if column.startswith(_PERCENT) else 1.0
    try:
        share = float(cell)
    except ValueError:
        raise ValueError(f"{column} is '{cell}' and no number") from None
    if not math.isfinite(share) or not 0 <= share <= most:
        raise ValueError(f"{column} is {cell}; expected 0 to {most:g}")
    return share / most

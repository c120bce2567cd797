"""Reads tables of labels as others publish them: tab-separated rows and values of a closed set."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from evalkit.core.errors import nearest
from evalkit.readers._files import lines
from evalkit.readers._problems import Problems, Wrong


def label(value: str, known: Mapping[str, str], column: str) -> str:
    """Return what a label stands for; upper and lower case count the same.

    Raises Wrong where the label is none of the known ones, which are written in lower case.
    """
    key = " ".join(value.casefold().split())
    if key not in known:
        seen = f"holds '{value}'" if value.strip() else "is empty"
        what = f"the column '{column}' {seen}; expected one of {', '.join(known)}."
        raise Wrong(what, "Correct the label.")
    return known[key]


def require_columns(columns: Collection[str], needed: Collection[str]) -> None:
    """Raise Wrong naming the first needed column that is missing."""
    for name in needed:
        if name not in columns:
            raise Wrong(f"there is no column '{name}'; {nearest(name, columns)}")


def tsv(
    root: Path, name: str, needed: Collection[str], problems: Problems
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield `file:line` and the cells by column of each row of a tab-separated file.

    Empty cells at the end of a row may be missing; quotes mean nothing.
    """
    header: list[str] = []
    for where, text in lines(root, name, problems):
        cells = [cell.strip() for cell in text.split("\t")]
        if header:
            with problems.at(where):
                yield where, _row(header, cells)
            continue
        header, before = cells, problems.count
        with problems.at(where):
            require_columns(header, needed)
        if problems.count > before:
            return


def _row(header: list[str], cells: list[str]) -> dict[str, str]:
    """Return the cells of a row by column."""
    if len(cells) > len(header):
        what = f"the row has {len(cells)} cells and the header has {len(header)}."
        raise Wrong(what, "Separate the cells by tabs.")
    return dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=True))

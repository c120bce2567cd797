"""Reads pairs of phrases that mean the same from a TSV file, strictly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evalkit.core.errors import DataError, Problem

_SHOWN = 20
Row = tuple[int, Sequence[str]]
"""The number of a line, from 1, and its cells."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Two phrases of one language that mean the same, in the order of the file's halves."""

    language: str
    halves: tuple[str, str]


@lru_cache(maxsize=16)
def read_wordings(file: Path, halves: tuple[str, str]) -> Sequence[Wording]:
    """Return the pairs of a TSV file with the columns language and the two halves.

    Raises DataError naming every line with a missing half or with a phrase that an earlier line
    of its language has, in either half.
    """
    columns = ("language", *halves)
    rows = _rows(file, columns)
    problems = [*_incomplete(file, rows, columns)] or [*_repeated(file, rows)]
    if problems:
        raise DataError(*problems[:_SHOWN])
    return [Wording(language, (one, other)) for _, (language, one, other) in rows]


def key(phrase: str) -> str:
    """Return what phrases have in common that differ in case, spaces or apostrophes only."""
    return "".join(phrase.split()).replace("’", "'").casefold()


def _rows(file: Path, columns: Sequence[str]) -> list[Row]:
    """Return the lines below the header, blank ones left out."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "its bytes are not UTF-8"
        what = f"the pairs cannot be read ({why})."
        raise DataError(Problem(str(file), what, "Give a TSV file in UTF-8.")) from e
    rows = [(n, [cell.strip() for cell in line.split("\t")]) for n, line in enumerate(lines, 1)]
    if not rows or tuple(rows[0][1]) != tuple(columns):
        seen = ", ".join(rows[0][1]) if rows else "an empty file"
        what = f"expected the columns {', '.join(columns)}, got {seen}."
        raise DataError(Problem(f"{file}:1", what, "Part the columns by tabs."))
    return [(n, cells) for n, cells in rows[1:] if any(cells)]


def _incomplete(file: Path, rows: Iterable[Row], columns: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem for every line that lacks a cell or has one too many."""
    for n, cells in rows:
        there = dict(zip(columns, cells, strict=False))
        missing = [name for name in columns if not there.get(name)]
        if missing:
            what = f"the pair has no {' and no '.join(missing)}: {' | '.join(cells)}."
        elif len(cells) > len(columns):
            what = f"expected {len(columns)} columns, got {len(cells)}."
        else:
            continue
        yield Problem(f"{file}:{n}", what, "Write a language and both halves, parted by tabs.")


def _repeated(file: Path, rows: Iterable[Row]) -> Iterator[Problem]:
    """Yield a problem for every phrase that its language has before, in either half."""
    first: dict[tuple[str, str], int] = {}
    for n, (language, *phrases) in rows:
        for phrase in phrases:
            at = (language, key(phrase))
            if at in first:
                what = f"the phrase '{phrase}' is on line {first[at]} already."
                yield Problem(f"{file}:{n}", what, "Give each phrase one pair.")
            first.setdefault(at, n)

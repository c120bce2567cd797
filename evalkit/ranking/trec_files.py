"""Reads TREC judgements and runs; whatever is wrong in a file is named with its line."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from evalkit.core.errors import DataError, Problem

_MOST_PROBLEMS = 20
_LARGEST_GRADE = 2**31
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QRELS = "a query, an ignored field, an item and a grade"
_RUN = "a query, an ignored field, an item, a rank, a score and a tag"

Judgements = dict[str, dict[str, int]]
"""Query -> item -> grade, in the order of the file."""


Results = dict[str, dict[str, float]]
"""Query -> item -> what puts it in order, the highest first; in the order of the file."""


def read_qrels(path: Path) -> Judgements:
    """Return the judgements of a file of lines `query iteration item grade`.

    Fields are separated by blanks or tabs, blank lines are skipped, the file is UTF-8. Raises
    DataError naming file and line of everything wrong: a line with other fields, a grade that is
    no whole number, an item judged twice for a query, or nothing judged at all.
    """
    judgements: Judgements = {}

    def take(query: str, _iteration: str, item: str, grade: str) -> None:
        row = judgements.setdefault(query, {})
        if item in row:
            raise ValueError(f"the item '{item}' is judged twice for the query '{query}'.")
        row[item] = _whole_number(grade, "grade")

    _read(path, _QRELS, 4, lambda fields: take(*fields))
    return judgements


def read_run(path: Path, by_rank: bool = False) -> Results:
    """Return the results of a file of lines `query Q0 item rank score tag`.

    by_rank: whether the rank column decides; results are minus the rank then, else the score, and
    the other column may hold anything. Raises DataError naming file and line of everything wrong:
    a line with other fields, a score that is no number, an item found twice for a query, a rank
    that is no whole number or given twice for a query.
    """
    results: Results = {}
    ranks: set[tuple[str, int]] = set()

    def take(query: str, _q0: str, item: str, rank: str, score: str, _tag: str) -> None:
        row = results.setdefault(query, {})
        if item in row:
            raise ValueError(f"the item '{item}' is found twice for the query '{query}'.")
        row[item] = -place(query, rank) if by_rank else _score(score)

    def place(query: str, text: str) -> float:
        rank = _whole_number(text, "rank")
        if (query, rank) in ranks:
            raise ValueError(f"the query '{query}' has two items of rank {rank}.")
        ranks.add((query, rank))
        return float(rank)

    _read(path, _RUN, 6, lambda fields: take(*fields))
    return results


def _read(path: Path, wanted: str, width: int, take: Callable[[list[str]], None]) -> None:
    """Give the fields of each line to `take`; raise DataError for all lines it refuses."""
    problems: list[Problem] = []
    empty = True
    for number, line in enumerate(_lines(path), 1):
        fields = line.split()
        if not fields:
            continue
        empty = False
        try:
            if len(fields) != width:
                raise ValueError(f"{len(fields)} fields; expected {width}: {wanted}.")
            take([field.decode() for field in fields])
        except ValueError as e:
            problems.append(_problem(path, number, e))
            if len(problems) == _MOST_PROBLEMS:
                break
    if empty:
        problems.append(Problem(str(path), "holds no line.", f"Each line is {wanted}."))
    if problems:
        raise DataError(*problems)


def _lines(path: Path) -> list[bytes]:
    """Return the lines of a file; raises DataError where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise DataError(
            Problem(str(path), f"cannot be read ({e.strerror}).", "Check the path.")
        ) from e
    return data.removeprefix(_BYTE_ORDER_MARK).split(b"\n")


def _problem(path: Path, number: int, error: ValueError) -> Problem:
    """Return what is wrong with a line."""
    where = f"{path}:{number}"
    if isinstance(error, UnicodeDecodeError):
        return Problem(where, "is not UTF-8.", "Save the file in that encoding.")
    return Problem(where, str(error), "Correct the line.")


def _whole_number(text: str, what: str) -> int:
    """Return a grade or a rank; raises ValueError where it is no whole number."""
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"the {what} '{text}' is no whole number.") from None
    if abs(number) >= _LARGEST_GRADE:
        raise ValueError(f"the {what} {text} is too large.")
    return number


def _score(text: str) -> float:
    """Return a score, infinite ones too; raises ValueError where it is no number."""
    try:
        score = float(text)
    except ValueError:
        raise ValueError(f"the score '{text}' is no number.") from None
    if math.isnan(score):
        raise ValueError("the score is NaN, which has no place in an order.")
    return score

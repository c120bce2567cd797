"""Reads what reviewers said of queries: a CSV file, several lines a query."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from evalkit.core.errors import DataError, Problem

_YES = {"1": 1.0, "yes": 1.0, "true": 1.0, "0": 0.0, "no": 0.0, "false": 0.0}
_COLUMNS = ("query", "effective")
_SHOWN = 20


@lru_cache(maxsize=8)
def read_judgements(path: Path) -> Mapping[str, float]:
    """Return the share of reviewers who call each query's result effective, 0 to 1.

    The columns are `query` and `effective`; others are ignored. Raises DataError naming every line
    that says neither yes nor no.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        what = f"the judgements cannot be read ({e})."
        raise DataError(Problem(str(path), what, "Give a CSV file in UTF-8.")) from e
    missing = [name for name in _COLUMNS if rows and name not in rows[0]]
    if missing or not rows:
        what = f"there is no column '{missing[0]}'." if missing else "there is no judgement."
        raise DataError(Problem(str(path), what, "Write the columns query and effective."))
    said: dict[str, list[float]] = defaultdict(list)
    problems = []
    for line, row in enumerate(rows, 2):
        query, word = (str(row[name] or "").strip() for name in _COLUMNS)
        if query and word.casefold() in _YES:
            said[query].append(_YES[word.casefold()])
        else:
            what = f"'{word}' for the query '{query}' is neither 1 nor 0."
            problems.append(Problem(f"{path}:{line}", what, "Write 1 or 0, yes or no."))
    if problems:
        raise DataError(*problems[:_SHOWN])
    return {query: sum(votes) / len(votes) for query, votes in said.items()}

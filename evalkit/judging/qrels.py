"""Judgements as ground truth, in the files that others read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.errors import UsageError
from evalkit.judging.aggregate import How, Qrel, qrels
from evalkit.judging.records import Judgement

RULE = (
    "A result that is effective by {how} has the lower median of the grades given by those who "
    "call it effective, 1 where they gave none; any other has 0. What is undecided is left out."
)
"""How one grade is made of several; `{how}` is the way they are brought together."""


def of_case(judgements: Sequence[Judgement], case: str = "", how: How = "majority") -> list[Qrel]:
    """Return a grade from 0 to 2 for each judged result of a case, by `RULE`.

    case: which one, "" where there is one only. Raises UsageError where nothing is judged, where
    there are several cases (their queries may be called alike), and as `aggregate.qrels` does.
    """
    cases = sorted({one.case for one in judgements})
    if not cases:
        raise UsageError("nothing is judged yet.")
    if case not in cases and (case or len(cases) > 1):
        raise UsageError(f"name one of the judged cases with --case: {', '.join(cases)}.")
    return [row for row in qrels(judgements, how) if case in ("", row.case)]


def as_tsv(rows: Sequence[Qrel]) -> str:
    """Return grades as `qrels.tsv` of a data set: a header, then query, item and grade.

    Raises UsageError for an id with a tab or a line break, which the format cannot hold.
    """
    lines = ("\t".join(cells) for cells in _cells(rows, blanks=False))
    return "".join(f"{line}\n" for line in ("query-id\tcorpus-id\tscore", *lines))


def as_trec(rows: Sequence[Qrel]) -> str:
    """Return grades as TREC judgements: query, 0, item and grade, one a line.

    Raises UsageError for an id with a blank, which the format cannot hold.
    """
    every = _cells(rows, blanks=True)
    return "".join(f"{query} 0 {item} {grade}\n" for query, item, grade in every)


def _cells(rows: Sequence[Qrel], blanks: bool) -> Iterator[tuple[str, str, str]]:
    """Yield query, item and grade; blanks: whether a blank ends a field."""
    for row in rows:
        for name in (row.query, row.item):
            if name.split() != [name] if blanks else len(name.splitlines()) != 1 or "\t" in name:
                raise UsageError(f"the id {name!r} cannot stand in this format.")
        yield row.query, row.item, str(row.grade)

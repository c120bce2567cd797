"""What a request is answered with, before it is written: rows of vectors and their wrapping."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32
from tests.services.traffic import Answered
from tests.services.trouble import Reply

Numbers = list[float]


@dataclass(frozen=True)
class Row:
    """One vector of an answer, and what the answer says of it."""

    vector: Float32
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def numbers(self) -> Numbers:
        """The values with as many digits as services give."""
        rounded: Numbers = np.round(self.vector.astype(np.float64), 8).tolist()
        return rounded


@dataclass(frozen=True)
class Answer:
    """Rows, and how they are told. inputs: what was embedded, for the log.

    named: whether rows say by themselves which input they belong to, so that their order is free.
    """

    rows: tuple[Row, ...]
    tell: Callable[[Sequence[Row]], Any]
    inputs: tuple[Answered, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    named: bool = False

    def reply(self) -> Reply:
        """Return the answer as it is sent."""
        return Reply(200, json.dumps(self.tell(self.rows)).encode(), self.headers)


def plain(body: Mapping[str, object]) -> Answer:
    """Return an answer without vectors."""
    return Answer((), lambda rows: body)


def broken(answer: Answer, kind: str) -> Answer | None:
    """Return an answer with a fault in it; None where this one cannot have that fault.

    Whatever is wrong was embedded in vain: nothing of it counts as answered, except where rows that
    say which they are merely come in another order.
    """
    rows = answer.rows
    changed = _CHANGES[kind](rows, answer.named) if rows else None
    if changed is None:
        return None
    inputs = answer.inputs if kind == "reordered" else ()
    return replace(answer, rows=changed, inputs=inputs)


_Rows = tuple[Row, ...]


def _last(rows: _Rows, vector: Float32) -> _Rows:
    return (*rows[:-1], replace(rows[-1], vector=vector))


def _wrong_size(rows: _Rows, named: bool) -> _Rows | None:
    return _last(rows, rows[-1].vector[:-1])


def _nan(rows: _Rows, named: bool) -> _Rows | None:
    vector = rows[-1].vector.copy()
    vector[len(vector) // 2] = np.nan
    return _last(rows, vector)


def _empty(rows: _Rows, named: bool) -> _Rows | None:
    return ()


def _duplicated(rows: _Rows, named: bool) -> _Rows | None:
    """Give one row twice: in place of another where rows have names, else as one too many."""
    if len(rows) < 2:
        return None
    return (*rows[:-1], rows[0]) if named else (*rows, rows[-1])


def _reordered(rows: _Rows, named: bool) -> _Rows | None:
    return rows[::-1] if named and len(rows) > 1 else None


_CHANGES: Mapping[str, Callable[[_Rows, bool], _Rows | None]] = {
    "wrong_size": _wrong_size,
    "nan": _nan,
    "empty": _empty,
    "duplicated": _duplicated,
    "reordered": _reordered,
}

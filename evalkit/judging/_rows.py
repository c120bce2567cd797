"""Records as rows of the store, and rows as records."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from evalkit.core.errors import UsageError
from evalkit.core.results import Cell
from evalkit.judging.records import (
    GRADES,
    ErrorType,
    Event,
    Judgement,
    Mark,
    Place,
    Prompt,
    Seen,
    Study,
)

if TYPE_CHECKING:
    from sqlalchemy import Row

LONGEST_NAME = 100
LONGEST_COMMENT = 10_000
"""Letters of a comment; a limit against floods, far above what anybody writes."""
_ERRORS: tuple[str, ...] = get_args(ErrorType)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_Values = dict[str, Any]


# --- what people type -------------------------------------------------------------------------


def reviewer_name(text: str) -> str:
    """Return a reviewer's name as it is stored: composed letters, single spaces.

    Raises UsageError where it is empty, longer than 100 letters, or holds what cannot be shown.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise UsageError("a reviewer needs a name.")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"a reviewer's name has {LONGEST_NAME} letters at most.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise UsageError("a reviewer's name holds a character that cannot be shown.")
    return name


def study_name(name: str) -> str:
    """Return the name of a study; raises UsageError where it could not name a file as well."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        what = f"letters, digits, '.', '_' and '-', {LONGEST_NAME} at most"
        raise UsageError(f"'{name}' cannot be the name of a study: use {what}.")
    return name


def stamp(at: datetime) -> str:
    """Return a time as it is stored: ISO 8601 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def check_comment(comment: str) -> str:
    """Return a comment; raises UsageError where it is too long or no database could keep it."""
    if len(comment) > LONGEST_COMMENT:
        raise UsageError(f"a comment has {LONGEST_COMMENT} letters at most.")
    if any(letter == "\0" or unicodedata.category(letter) == "Cs" for letter in comment):
        raise UsageError("the comment holds a character that is none (NUL or half a pair).")
    return comment


def in_order(prompt: Prompt, marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return a mark for each result of a prompt, in the order of the results.

    Raises UsageError where a result has none or two, or a mark is of something else or not valid.
    """
    by_item = {mark.item: mark for mark in marks}
    if len(by_item) < len(marks):
        raise UsageError(f"prompt {prompt.id}: a result is marked twice.")
    if foreign := sorted(set(by_item) - set(prompt.results)):
        raise UsageError(f"prompt {prompt.id}: '{foreign[0]}' is not one of its results.")
    if missing := [item for item in prompt.results if item not in by_item]:
        count = f"{len(missing)} of {len(prompt.results)} results"
        raise UsageError(f"prompt {prompt.id}: {count} are not marked, such as '{missing[0]}'.")
    for mark in marks:
        _check(prompt, mark)
    return tuple(by_item[item] for item in prompt.results)


def _check(prompt: Prompt, mark: Mark) -> None:
    """Raise UsageError where a mark says what cannot be said."""
    if mark.grade is not None and mark.grade not in GRADES:
        raise UsageError(f"prompt {prompt.id}: grade {mark.grade!r} is not one of 0, 1 and 2.")
    if mark.error not in _ERRORS:
        known = ", ".join(filter(None, _ERRORS))
        raise UsageError(f"prompt {prompt.id}: the error '{mark.error}' is not one of {known}.")


# --- studies ----------------------------------------------------------------------------------


def study_row(study: Study) -> _Values:
    """Return the row of a study."""
    body = {
        "runs": study.runs,
        "cells": [asdict(cell) for cell in study.cells],
        "depth": study.depth,
        "seed": study.seed,
        "guideline": study.guideline,
    }
    head = {"name": study.name, "created": study.created, "wanted": study.wanted}
    return head | {"body": json.dumps(body)}


def study_of(
    row: Row[Any],
    prompts: Sequence[Prompt],
    places: Sequence[Row[Any]],
    seen: Mapping[tuple[str, str, str], Seen],
) -> Study:
    """Return a study from its rows."""
    body = json.loads(row.body)
    cells = tuple(Cell(**cell) for cell in body["cells"])
    results = {prompt.id: prompt.results for prompt in prompts}
    return Study(
        name=row.name,
        created=row.created,
        runs=tuple(body["runs"]),
        cells=cells,
        depth=body["depth"],
        wanted=row.wanted,
        seed=body["seed"],
        guideline=body["guideline"],
        prompts=tuple(prompts),
        places=tuple(
            Place(p.prompt, cells[p.cell], p.rank, results[p.prompt][p.result]) for p in places
        ),
        seen=seen,
    )


def prompt_rows(study: Study) -> Iterator[_Values]:
    """Yield the rows of a study's prompts, none of them judged or held."""
    for number, prompt in enumerate(study.prompts):
        body = {"case": prompt.case, "query": prompt.query, "results": prompt.results}
        head = {"study": study.name, "id": prompt.id, "number": number, "body": json.dumps(body)}
        yield head | {"given": 0, "finished": False, "holder": None, "until": None}


def prompt_of(row: Row[Any]) -> Prompt:
    """Return a prompt from its row."""
    body = json.loads(row.body)
    return Prompt(row.id, body["case"], body["query"], tuple(body["results"]))


def place_rows(study: Study) -> Iterator[_Values]:
    """Yield the rows of the places that the lists of a study had results at."""
    cells = {cell: n for n, cell in enumerate(study.cells)}
    results = {
        prompt.id: {item: n for n, item in enumerate(prompt.results)} for prompt in study.prompts
    }
    for number, place in enumerate(study.places):
        yield {
            "study": study.name,
            "number": number,
            "prompt": place.prompt,
            "cell": cells[place.cell],
            "rank": place.rank,
            "result": results[place.prompt][place.item],
        }


def shown_rows(study: Study) -> Iterator[_Values]:
    """Yield the rows of what a study shows."""
    for (case, side, name), seen in study.seen.items():
        body = {"case": case, "side": side, "id": name}
        body |= {"modality": seen.modality, "text": seen.text}
        yield {
            "study": study.name,
            "key": shown_key(case, side, name),
            "body": json.dumps(body),
            "picture": seen.picture,
            "sound": seen.sound,
        }


def shown_key(case: str, side: str, name: str) -> str:
    """Return the key under which something that is shown is found."""
    return hashlib.sha256(json.dumps([case, side, name]).encode()).hexdigest()


def shown_of(row: Row[Any]) -> tuple[tuple[str, str, str], Seen]:
    """Return something that is shown, with its case, side and id."""
    body = json.loads(row.body)
    seen = Seen(body["id"], body["modality"], body["text"], row.picture, row.sound)
    return (body["case"], body["side"], body["id"]), seen


# --- judgements -------------------------------------------------------------------------------


def mark_rows(marks: Sequence[Mark], shared: _Values) -> list[_Values]:
    """Return the rows of marks in the order of the results; shared: the columns all have alike."""
    return [
        shared
        | {
            "result": n,
            "effective": bool(mark.effective),
            "grade": mark.grade,
            "error": mark.error,
        }
        for n, mark in enumerate(marks)
    ]


def judgement_of(row: Row[Any], prompt: Prompt) -> Judgement:
    """Return a judgement from its row and its prompt."""
    mark = Mark(prompt.results[row.result], bool(row.effective), row.grade, row.error)
    return Judgement(
        prompt.id, prompt.case, prompt.query, row.reviewer, mark, row.comment, row.at,
        row.version, bool(row.adjudicates),
    )  # fmt: skip


def event_of(row: Row[Any]) -> Event:
    """Return a line of the audit trail from its row."""
    details = json.loads(row.details)
    return Event(row.at, row.study, row.reviewer, row.action, row.prompt, details)

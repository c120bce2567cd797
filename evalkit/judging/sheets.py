"""Sheets for reviewers without access: a page or a table goes out, a filled one comes back.

A sheet comes back whole or not at all: everything wrong in it is named with its line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.judging import _filled
from evalkit.judging._page import page
from evalkit.judging._rows import reviewer_name
from evalkit.judging.records import Answer, Judgement, Prompt, Seen, Study

_COLUMNS = (
    "study", "sheet", "reviewer", "prompt", "result", "query", "shown",
    "effective", "grade", "error", "comment",
)  # fmt: skip
_LARGEST = 50_000_000
"""Bytes of a sheet that comes back; one of 10,000 prompts has some."""
_MOST_PROBLEMS = 20


class Sheet(NamedTuple):
    """A sheet that came back. empty: ids of prompts that the reviewer left unmarked."""

    reviewer: str
    answers: tuple[Answer, ...]
    empty: tuple[str, ...]


def html_sheet(study: Study, reviewer: str = "") -> str:
    """Return the prompts of a study, with its views, as one HTML page that works from disk.

    It loads nothing, shows foreign text as text, can be filled by keyboard, printed, and saved as
    JSON or CSV for `read_sheet`. reviewer: filled in beforehand.
    """
    return page(study, sheet_id(study), reviewer)


def csv_sheet(study: Study, reviewer: str = "") -> str:
    """Return the prompts of a study as CSV, a line per result, `effective` and more to be filled.

    It begins with a byte order mark, which makes spreadsheets read UTF-8; what one of them could
    take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for prompt in study.prompts:
        for row in _lines(study, prompt, reviewer):
            writer.writerow([_filled.guarded(value) for value in row])
    return "\ufeff" + out.getvalue()


def _lines(study: Study, prompt: Prompt, reviewer: str) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a prompt."""
    head = study.name, sheet_id(study), reviewer, prompt.id
    asked = _words(study.seen.get((prompt.case, "query", prompt.query)), prompt.query)
    for number, item in enumerate(prompt.results, 1):
        shown = _words(study.seen.get((prompt.case, "corpus", item)), item)
        yield (*head, str(number), asked, shown, "", "", "", "")


def _words(seen: Seen | None, name: str) -> str:
    """Return what a table can show: the text, else the modality and the id."""
    if seen is None or not seen.text.strip():
        return f"{seen.modality} {name}".strip() if seen else name
    return seen.text


def sheet_id(study: Study) -> str:
    """Return what the sheets of a study are known by; no spreadsheet takes it for a number."""
    facts = json.dumps([study.name, study.created, study.runs, study.seed, study.depth])
    return f"s{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


def still_open(study: Study, judgements: Sequence[Judgement], reviewer: str = "") -> Study:
    """Return a study with the prompts alone that want judgements, and none by this reviewer yet."""
    by: dict[str, set[str]] = {prompt.id: set() for prompt in study.prompts}
    settled = set()
    for one in judgements:
        by[one.prompt].add(one.reviewer)
        settled |= {one.prompt} if one.adjudicates else set()
    name = reviewer_name(reviewer) if reviewer else ""
    wanting = tuple(
        prompt
        for prompt in study.prompts
        if len(by[prompt.id]) < study.wanted
        and prompt.id not in settled
        and name not in by[prompt.id]
    )
    return replace(study, prompts=wanting)


def read_sheet(path: Path, study: Study, reviewer: str = "") -> Sheet:
    """Return what a filled sheet of a study says, a CSV or JSON file.

    reviewer: whose it is where the sheet does not say. Raises DataError naming each line where
    something is wrong: another study, an unknown prompt, a result that is missing, twice there or
    not marked in a prompt that is begun, a word that is none of those asked for, two reviewers;
    UsageError where nobody is named.
    """
    text = _text(path)
    named = text.lstrip().startswith("{")
    read = _filled.from_json if named else _filled.from_csv
    problems = _filled.Problems(str(path))
    found = read(text, problems)
    _filled.check(found, study, sheet_id(study), problems)
    name = _one_reviewer(found, reviewer, problems)
    answers = _filled.answers(found, study, problems) if not problems.found else ()
    if problems.found:
        raise DataError(*problems.first(_MOST_PROBLEMS))
    if not name:
        raise UsageError(f"{path} does not say who the reviewer is; name one with --reviewer.")
    begun = {answer.prompt for answer in answers}
    left = dict.fromkeys(line.prompt for line in found if line.prompt not in begun)
    return Sheet(reviewer_name(name), answers, tuple(left))


def _one_reviewer(
    lines: Collection[_filled.Line], reviewer: str, problems: _filled.Problems
) -> str:
    """Return whose lines these are; adds a problem where they are of two."""
    first = reviewer_name(reviewer) if reviewer.strip() else ""
    for line in lines:
        name = " ".join(line.reviewer.split())
        name = reviewer_name(name) if name else ""
        if first and name and name != first:
            what = f"the reviewer is '{name}', but '{first}' elsewhere."
            problems.add(line.at, what, "Bring back one sheet for each reviewer.")
            break
        first = first or name
    return first


def _text(path: Path) -> str:
    """Return the text of a file; raises DataError where it cannot be read as such."""
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(Problem(str(path), "the file is too large for a sheet."))
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as e:
        fix = "Save it again as CSV in UTF-8."
        raise DataError(Problem(str(path), "the file is not text in UTF-8.", fix)) from e
    except OSError as e:
        raise DataError(Problem(str(path), f"the file cannot be read ({e.strerror}).")) from e

"""Filled sheets, read line by line: what was written where, and what is wrong with it."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast, get_args

from evalkit.core.errors import Problem
from evalkit.judging.records import GRADES, Answer, ErrorType, Mark, Prompt, Study

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NEEDED = ("sheet", "prompt", "result", "effective")
_YES = frozenset(("yes", "y", "true", "1", "effective"))
_NO = frozenset(("no", "n", "false", "0", "ineffective", "not", "not effective"))
_ERRORS = get_args(ErrorType)


def guarded(value: str) -> str:
    """Return a value that no spreadsheet takes for a formula; `plain` undoes it."""
    return f"'{value}" if value.startswith((*_FORMULA, "'")) else value


def plain(value: str) -> str:
    """Return a value as it was before `guarded`, one that was never guarded as it is."""
    is_guarded = value.startswith(tuple(f"'{first}" for first in (*_FORMULA, "'")))
    return value[1:] if is_guarded else value


class Line(NamedTuple):
    """What stands about one result. at: its place in the file, for people."""

    at: str
    sheet: str
    reviewer: str
    prompt: str
    result: str
    effective: str
    grade: str
    error: str
    comment: str

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is said."""
        return not (self.effective or self.grade or self.error or self.comment.strip())


@dataclass(slots=True)
class Problems:
    """What is wrong in a file."""

    path: str
    found: list[Problem] = field(default_factory=list)

    def add(self, at: str, what: str, fix: str = "") -> None:
        """Note a problem at a place in the file."""
        self.found.append(Problem(f"{self.path}: {at}" if at else self.path, what, fix))

    def first(self, most: int) -> list[Problem]:
        """Return the first problems, and how many more there are."""
        more = len(self.found) - most
        return self.found[:most] + [Problem(self.path, f"and {more} more.")] * (more > 0)


# --- reading ----------------------------------------------------------------------------------


def from_csv(text: str, problems: Problems) -> list[Line]:
    """Return the lines of a table separated by commas, semicolons or tabs."""
    head, _, _ = text.partition("\n")
    mark = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        if missing := [name for name in _NEEDED if name not in columns]:
            what = f"there is no column '{missing[0]}'; expected {', '.join(_NEEDED)}, and more."
            problems.add("line 1", what, "Fill in a sheet that `evalkit judge export` wrote.")
            return []
        reader.fieldnames = columns
        return list(_csv_lines(reader, problems))
    except csv.Error as e:
        problems.add(f"line {reader.line_num + 1}", f"this is not CSV ({e}).")
        return []


def _csv_lines(reader: csv.DictReader[str], problems: Problems) -> Iterator[Line]:
    """Yield the lines of a table, blank ones left out."""
    before = reader.line_num
    for row in reader:
        at, before = f"line {before + 1}", reader.line_num
        if None in row or None in row.values():
            problems.add(at, f"there are not {len(reader.fieldnames or ())} fields.")
        elif any(value.strip() for value in row.values()):
            yield _line(at, {name: plain(value) for name, value in row.items()})


def from_json(text: str, problems: Problems) -> list[Line]:
    """Return the lines of a sheet that was saved as JSON."""
    try:
        sheet = json.loads(text)
        return list(_json_lines(sheet))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        said = f"line {e.lineno}" if isinstance(e, json.JSONDecodeError) else ""
        problems.add(said, "this is not a sheet that was saved as JSON.", "Save it again.")
        return []


def _json_lines(sheet: Mapping[str, Any]) -> Iterator[Line]:
    """Yield a line for each mark."""
    if sheet["evalkit_sheet"] != 1:
        raise ValueError("another version")
    shared = {"sheet": sheet["sheet"], "reviewer": sheet["reviewer"]}
    for answer in sheet["answers"]:
        for number, mark in enumerate(answer["marks"], 1):
            at = f"prompt {answer['prompt']}, result {number}"
            values = {name: mark[name] for name in ("effective", "grade", "error")}
            values |= {"prompt": answer["prompt"], "result": str(number)}
            values["comment"] = answer["comment"] if number == 1 else ""
            if not all(isinstance(v, str) for v in (values | shared).values()):
                raise TypeError("a value is not text")
            yield _line(at, values | shared)


def _line(at: str, values: Mapping[str, str]) -> Line:
    """Return a line of named values, all but comments without blanks around."""
    names = ("sheet", "reviewer", "prompt", "result", "effective", "grade", "error")
    cells = {name: values.get(name, "").strip() for name in names}
    return Line(at=at, comment=values.get("comment", ""), **cells)


# --- checking ---------------------------------------------------------------------------------


def check(lines: Sequence[Line], study: Study, sheet: str, problems: Problems) -> None:
    """Note each line that is of another study, of no prompt or of no result of its prompt."""
    known = {prompt.id: prompt for prompt in study.prompts}
    seen: dict[tuple[str, str], str] = {}
    for line in lines:
        if line.sheet != sheet:
            what = f"the sheet is '{line.sheet}', but those of '{study.name}' are '{sheet}'."
            problems.add(line.at, what, "Import it into the study that it was exported from.")
            return
        if line.prompt not in known:
            problems.add(line.at, f"there is no prompt '{line.prompt}' in '{study.name}'.")
        elif line.result not in _numbers(known[line.prompt]):
            count = len(known[line.prompt].results)
            problems.add(line.at, f"result '{line.result}' is not a number from 1 to {count}.")
        elif (line.prompt, line.result) in seen:
            before = seen[line.prompt, line.result]
            problems.add(line.at, f"the same result of {line.prompt} stands at {before} too.")
        seen[line.prompt, line.result] = line.at


def _numbers(prompt: Prompt) -> list[str]:
    """Return the numbers of a prompt's results, as they are written."""
    return [str(number) for number in range(1, len(prompt.results) + 1)]


# --- understanding ----------------------------------------------------------------------------


def answers(lines: Sequence[Line], study: Study, problems: Problems) -> tuple[Answer, ...]:
    """Return the answers of the prompts that are begun; notes what is missing or no known word."""
    by_prompt: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_prompt[line.prompt].append(line)
    known = {prompt.id: prompt for prompt in study.prompts}
    return tuple(
        _answer(known[name], some, problems)
        for name, some in by_prompt.items()
        if not all(line.is_empty for line in some)
    )


def _answer(prompt: Prompt, lines: Sequence[Line], problems: Problems) -> Answer:
    """Return the answer of a prompt, notes what is missing in it."""
    there = {line.result: line for line in lines}
    for number in _numbers(prompt):
        if number not in there:
            problems.add(lines[0].at, f"prompt {prompt.id}: result {number} is missing.")
    marks = [
        _mark(there[number], item, problems)
        for number, item in zip(_numbers(prompt), prompt.results, strict=True)
        if number in there
    ]
    comments = dict.fromkeys(line.comment for line in lines if line.comment.strip())
    return Answer(prompt.id, tuple(marks), "\n".join(comments))


def _mark(line: Line, item: str, problems: Problems) -> Mark:
    """Return the mark of a line, notes words that are not known."""
    effective, grade, error = (v.casefold() for v in (line.effective, line.grade, line.error))
    where = f"prompt {line.prompt}, result {line.result}"
    if not effective:
        problems.add(line.at, f"{where}: `effective` is empty in a prompt that is begun.")
    elif effective not in _YES | _NO:
        problems.add(line.at, f"{where}: effective is '{line.effective}', expected yes or no.")
    if grade and grade not in map(str, GRADES):
        problems.add(line.at, f"{where}: grade is '{line.grade}', expected 0, 1, 2 or nothing.")
        grade = ""
    if error not in _ERRORS:
        expected = f"{', '.join(filter(None, _ERRORS))} or nothing"
        problems.add(line.at, f"{where}: error is '{line.error}', expected {expected}.")
    return Mark(item, effective in _YES, int(grade) if grade else None, cast("ErrorType", error))

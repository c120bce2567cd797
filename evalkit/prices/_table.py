"""Reads a table of prices strictly, and says everything that is wrong with it at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from evalkit.core.errors import DataError, Problem, nearest

_TOP = ("checked", "currency", "models")
_CONFIDENCE = ("good", "fair", "poor")
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one model charges in dollars, None where that is not known.

    confidence: good, fair or poor, "" where nothing is said. source: where the figures are from.
    note: what to know of them. checked: when they were looked at.
    """

    per_million_tokens: float | None = None
    per_text_call: float | None = None
    per_image: float | None = None
    per_audio_second: float | None = None
    per_video_second: float | None = None
    confidence: str = ""
    source: str = ""
    note: str = ""
    checked: date | None = None


_KEYS = tuple(field.name for field in fields(Price))


@dataclass(frozen=True, slots=True)
class Table:
    """A file of prices. checked: its date, None where it has none."""

    checked: date | None
    models: Mapping[str, Price]


def read_table(path: Path, below: Mapping[str, Price] | None = None) -> Table:
    """Return the prices of a file laid over those `below`; raises DataError with every problem."""
    problems: list[Problem] = []
    top = _mapping(_read(path), str(path), problems)
    _strangers(top, _TOP, str(path), problems)
    if top.get("currency", "USD") != "USD":
        what = f"the currency is {top['currency']!r}; prices are in USD."
        problems.append(Problem(str(path), what, "Convert them."))
    checked = _date(top.get("checked"), f"{path} checked", problems)
    models = dict(below or {})
    for model, entry in _mapping(top.get("models"), f"{path} models", problems).items():
        where = f"{path} models.{model}"
        given = _entry(_mapping(entry, where, problems), where, problems)
        origin = {"confidence": "", "source": str(path), "note": "", "checked": checked}
        models[str(model)] = replace(models.get(str(model), Price()), **(origin | given))
    if problems:
        raise DataError(*problems)
    return Table(checked, models)


def _read(path: Path) -> object:
    """Return what a YAML file holds."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as e:
        what = f"the prices cannot be read ({e.strerror or e})."
        raise DataError(Problem(str(path), what, "Check the path.")) from e
    if len(data) > _LARGEST:
        raise DataError(Problem(str(path), "the file of prices has more than 1 MB."))
    try:
        return yaml.load(data, Loader=_Loader)  # it is a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        mark = getattr(e, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        what = f"this is not valid YAML ({getattr(e, 'problem', None) or e})."
        raise DataError(Problem(where, what)) from e


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, which besides refuses a key that is given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; raises ConstructorError for a repeated key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                what = f"the key '{key.value}' is given twice"
                raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _mapping(value: object, where: str, problems: list[Problem]) -> Mapping[Any, Any]:
    """Return a value that is a mapping, an empty one where it is nothing or something else."""
    if value is None or isinstance(value, Mapping):
        return value or {}
    problems.append(Problem(where, f"expected keys with values, not {value!r}."))
    return {}


def _strangers(
    given: Mapping[Any, Any], known: tuple[str, ...], where: str, problems: list[Problem]
) -> None:
    """Note the keys that mean nothing here."""
    problems += [
        Problem(where, f"unknown key '{key}'; {nearest(str(key), known)}")
        for key in given
        if key not in known
    ]


def _entry(given: Mapping[Any, Any], where: str, problems: list[Problem]) -> dict[str, Any]:
    """Return what is given for a model, checked."""
    _strangers(given, _KEYS, where, problems)
    found: dict[str, Any] = {}
    for key, value in given.items():
        at = f"{where}.{key}"
        if key == "checked":
            found[key] = _date(value, at, problems)
        elif key in ("source", "note"):
            found[key] = str(value)
        elif key == "confidence":
            found[key] = _confidence(value, at, problems)
        elif key in _KEYS:
            found[key] = _amount(value, at, problems)
    return found


def _amount(value: object, where: str, problems: list[Problem]) -> float | None:
    """Return a price, None for one that is not known."""
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and math.isfinite(value) and value >= 0:  # type: ignore[arg-type, operator]
        return float(value)  # type: ignore[arg-type]
    what = f"expected dollars, as a number such as 0.00006, or null; not {value!r}."
    problems.append(Problem(where, what))
    return None


def _confidence(value: object, where: str, problems: list[Problem]) -> str:
    """Return how sure a price is."""
    if value not in _CONFIDENCE:
        what = f"expected one of {', '.join(_CONFIDENCE)}, not {value!r}."
        problems.append(Problem(where, what))
    return str(value)


def _date(value: object, where: str, problems: list[Problem]) -> date | None:
    """Return a day, None where none is given."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        problems.append(Problem(where, f"expected a day such as 2026-11-21, not {value!r}."))
        return None

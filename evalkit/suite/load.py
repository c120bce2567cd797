"""Reads a suite file: text to the pydantic model, with every problem at its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from evalkit.core.errors import nearest
from evalkit.suite.entries import Named, read_model
from evalkit.suite.literal_secrets import remove_secrets
from evalkit.suite.place import Key, Node, Place
from evalkit.suite.schema import (
    CaseFile,
    GateFile,
    SuiteFile,
    SuiteLeft,
    Target,
    UseCase,
    Waive,
)
from evalkit.suite.wording import sentence
from evalkit.suite.yaml_text import parse, read_text

_GRAMMAR: dict[tuple[str, ...], type[BaseModel]] = {
    (): SuiteFile,
    ("use_case",): UseCase,
    ("cases", "*"): CaseFile,
    ("gates", "*"): GateFile,
    ("gates", "*", "waive"): Waive,
    ("gates", "*", "no_worse_than"): Target,
    ("gates", "*", "advantage_over"): Target,
}
_ENTRIES = ("models", "metrics", "systems", "probes", "task")


@dataclass(frozen=True, slots=True)
class Read:
    """A suite file after reading: what is left of it once everything wrong was taken out.

    root: the place of the whole file, with its problems. models, cases: every name that was
    written, whether or not the rest of it was right. instead: where the models stand that were
    given in place of the suite's own, if any were.
    """

    path: Path
    digest: str
    root: Place
    models: frozenset[str]
    cases: frozenset[str]
    suite: SuiteFile
    instead: Place | None = None


def read_file(path: str | Path, models: Sequence[str] = ()) -> Read:
    """Return a suite file as read, problems kept; raises SuiteError where nothing can be read.

    models: entries of a list of models, as YAML, that stand in place of the suite's own.
    """
    path = Path(path)
    text = read_text(path)
    root = parse(text, str(path))
    if not isinstance(root.node.value, dict):
        root.wrong(f"expected keys such as suite, models and cases, got {_shape(root.node)}.")
        root.problems.raise_any()
    remove_secrets(root)
    _refuse_nothing(root)
    written = root.node.plain()
    names, cases = _model_names(written.get("models")), _case_names(written.get("cases"))
    digest = hashlib.sha256("\0".join((text, *models)).encode()).hexdigest()
    suite = _validate(root)
    if not models:
        return Read(path, digest, root, names, cases, suite)
    instead = parse("models:\n" + "".join(f"- {entry}\n" for entry in models), "--model")
    remove_secrets(instead)
    given = instead.node.plain().get("models", [])
    suite = suite.model_copy(update={"models": _given(given, instead)})
    instead.problems.raise_any()
    return Read(path, digest, root, names | _model_names(given), cases, suite, instead)


def _given(entries: object, place: Place) -> list[Named]:
    """Return models that were given beside a suite; what is wrong with them is reported."""
    found = []
    for row, entry in enumerate(entries if isinstance(entries, list) else []):
        try:
            found.append(read_model(entry))
        except PydanticCustomError as e:
            place.at("models", row).wrong(e.message())
    return found


def _model_names(entries: object) -> frozenset[str]:
    """Return the names of the models as written."""
    if not isinstance(entries, list):
        return frozenset()
    names = [list(entry)[:1] if isinstance(entry, dict) else [entry] for entry in entries]
    return frozenset(name for found in names for name in found if isinstance(name, str))


def _case_names(entries: object) -> frozenset[str]:
    """Return the names of the cases as written."""
    if not isinstance(entries, list):
        return frozenset()
    names = [entry.get("name") for entry in entries if isinstance(entry, dict)]
    return frozenset(name for name in names if isinstance(name, str))


def _shape(node: Node) -> str:
    """Return what the root of a file is instead of a mapping."""
    return "a list" if isinstance(node.value, list) else "a single value"


def _refuse_nothing(root: Place) -> None:
    """Report and take out keys that have no value, plugins without parameters excepted."""
    for keys, node in reversed(list(root.node.walk())):
        inside = any(key in _ENTRIES for key in keys[:-1])
        if node.value is None and not inside and isinstance(keys[-1], str):
            what = f"'{keys[-1]}' has no value."
            Place(root.file, node, root.problems).wrong(what, "Give it one, or remove the key.")
            root.node.remove(*keys)


def _validate(root: Place) -> SuiteFile:
    """Return the model of what is right in the file; what is wrong is reported and taken out."""
    try:
        return SuiteFile.model_validate(root.node.plain())
    except ValidationError as e:
        errors = e.errors(include_url=False)
    misspelled = {meant for error in errors for meant in _meant(error)}
    for error in errors:
        if error["type"] != "missing" or tuple(error["loc"]) not in misspelled:
            _report(root, error)
    _prune(root.node, [tuple(error["loc"]) for error in errors if error["type"] != "missing"])
    while errors:
        try:
            return SuiteLeft.model_validate(root.node.plain())
        except ValidationError as e:
            errors = e.errors(include_url=False)
        _prune(root.node, [_container(root.node, tuple(error["loc"])) for error in errors])
    raise AssertionError("a refused suite has errors")  # pragma: no cover


def _report(root: Place, error: Any) -> None:
    """Report one pydantic error, unless it follows from something taken out before."""
    loc = tuple(error["loc"])
    place = root.at(*loc)
    if error["type"] == "missing" and place.node.pruned:
        return
    place.wrong(sentence(error, _known(loc[:-1])))


def _meant(error: Any) -> list[tuple[Key, ...]]:
    """Return where a key belongs that is unknown as it is spelled; none where nothing is near."""
    *above, key = error["loc"] or ("",)
    if error["type"] != "extra_forbidden":
        return []
    known = _known(above)
    hint = nearest(str(key), known)
    return [(*above, name) for name in known if hint == f"did you mean '{name}'?"]


def _known(loc: Iterable[Key]) -> list[str]:
    """Return the keys that the grammar knows at a place."""
    pattern = tuple("*" if isinstance(key, int) else key for key in loc)
    model = _GRAMMAR.get(pattern)
    return list(model.model_fields) if model else []


def _prune(root: Node, locs: list[tuple[Key, ...]]) -> None:
    """Take out what each location leads to, the last entries of a list first."""
    for loc in sorted(set(locs), key=_late_first, reverse=True):
        if _find(root, loc) is not None:
            root.remove(*loc)


def _container(root: Node, loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """Return a location, or where it does not exist what should contain it."""
    while loc and _find(root, loc) is None:
        loc = loc[:-1]
    return loc


def _late_first(loc: tuple[Key, ...]) -> list[tuple[bool, int, str]]:
    """Return what sorts the entries of one list by position."""
    return [(isinstance(k, int), k if isinstance(k, int) else 0, str(k)) for k in loc]


def _find(root: Node, loc: tuple[Key, ...]) -> Node | None:
    """Return the node at exactly this location."""
    node: Node | None = root
    for key in loc:
        node = node.child(key) if node else None
    return node

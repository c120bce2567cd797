"""Makes plugins from what a suite says, checking every parameter against the plugin's fields.

A parameter is a field of the plugin's dataclass. A relative path counts from the suite file: a
field of type `Path`, one that the plugin names in its class attribute `files`, or a text that is
the name of a file beside the suite.
"""

from __future__ import annotations

import collections.abc
import json
import sys
import typing
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from evalkit.core import registry
from evalkit.core.errors import EvalkitError, Problem, nearest
from evalkit.core.results import PLAIN
from evalkit.suite.entries import Named
from evalkit.suite.paths import located
from evalkit.suite.place import Place
from evalkit.suite.wording import sentence

_ONE = {
    "metrics": "metric",
    "prepare": "step",
    "probes": "probe",
    "providers": "provider",
    "search": "system",
    "tasks": "task",
    "transforms": "transform",
}
_CHOOSES = {"providers": "provider"}
"""The key that names the plugin, where it is not `use`."""
RERANK = "rerank"
"""The step in which a second model of the suite puts the best items in order."""
_SIZES = ("dimension", "size", "sizes")
"""What people call `dimensions`."""
_FORMS: dict[str, Any] = {
    **{name: getattr(collections.abc, name) for name in collections.abc.__all__},
    "Any": Any,
    "Literal": typing.Literal,
    "Path": Path,
}


def find(family: str, name: str, place: Place) -> type[Any] | None:
    """Return the class of a plugin, None where there is none, which is then reported."""
    known = registry.names(family)
    others = (PLAIN, RERANK, *registry.names("prepare"), *registry.names("transforms"))
    shown = (*others, *known) if family == "search" else known
    if name in known:
        return registry.find(family, name)
    place.wrong(f"unknown {_ONE[family]} '{name}'; {nearest(name, shown)}")
    return None


def create(
    family: str, entry: Named, place: Place, own: Iterable[str] = (), cls: type[Any] | None = None
) -> Any:
    """Return the plugin of an entry, None where something is wrong, which is then reported.

    own: parameters that the pipeline takes itself; they are left out and named in hints. cls: the
    class where it was found already.
    """
    cls = cls or find(family, entry.use, place.at(entry.name, _CHOOSES.get(family, "use")))
    if cls is None:
        return None
    values = checked(cls, entry, place, own)
    if values is None:
        return None
    try:
        return cls(**values)
    except EvalkitError as e:
        _take(e, entry, place)
    except (TypeError, ValueError) as e:
        place.wrong(f"'{entry.use}' cannot be made like this: {str(e).rstrip('.')}.")
    return None


def _take(error: EvalkitError, entry: Named, place: Place) -> None:
    """Report what a plugin finds wrong with an entry, at a parameter where the problem names it."""
    for problem in error.problems:
        if problem.where in entry.params:
            inner = type(error)(Problem("", problem.what, problem.fix))
            place.at(entry.name, problem.where).take(inner)
        else:
            place.take(type(error)(problem))


def checked(
    cls: type[Any],
    entry: Named,
    place: Place,
    own: Iterable[str] = (),
    hidden: Iterable[str] = (),
) -> dict[str, Any] | None:
    """Return the parameters of an entry as the class wants them, None where any is wrong.

    hidden: fields that are set in another way and are no parameters.
    """
    set_elsewhere = tuple(hidden)
    known = {f.name: f for f in fields(cls) if f.init and f.name[0] != "_"}
    known = {name: field for name, field in known.items() if name not in set_elsewhere}
    own = tuple(own)
    before = len(place.problems.found)
    values: dict[str, Any] = {}
    for key, given in entry.params.items():
        below = place.at(entry.name, key)
        if key in known:
            values[key] = _value(cls, known[key], given, below)
        elif key not in own:
            below.wrong(f"'{entry.use}' has no parameter '{key}'; {_hint(key, known, own)}")
    pruned = place.at(entry.name).node.pruned
    for field in known.values():
        if field.name not in entry.params and _required(field) and not pruned:
            place.wrong(
                f"'{entry.use}' needs the parameter '{field.name}'.",
                f"Write {entry.name}: {{{field.name}: ...}}.",
            )
    return values if len(place.problems.found) == before else None


def _hint(key: str, known: Collection[str], own: Collection[str]) -> str:
    """Return what an unknown parameter was meant to be; `own` are those the pipeline takes."""
    if key in _SIZES and "dimensions" in own and "sizes" not in known:
        return "sizes go under 'dimensions' of the model or of the suite."
    return nearest(key, [*known, *own]) if known or own else "it has none."


def _required(field: Field[Any]) -> bool:
    """Return whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _value(cls: type[Any], field: Field[Any], given: object, place: Place) -> object:
    """Return one parameter, strictly of the field's type; what is wrong is reported."""
    try:
        made = TypeAdapter(_type(cls, field)).validate_json(json.dumps(given), strict=True)
    except ValidationError as e:
        for error in _without_branches(e.errors(include_url=False)):
            below = place.at(*error["loc"])
            below.wrong(sentence({**error, "loc": (field.name, *error["loc"])}, ()))
        return None
    return _from_suite(made, field.name in getattr(cls, "files", ()), Path(place.file).parent)


def _from_suite(value: Any, named: bool, folder: Path) -> Any:
    """Return a parameter, a relative path in it made to count from the suite's folder.

    A text is a path where the plugin's `files` names the parameter, or where it is written with
    an ending and such a file is there. Lists and mappings are gone through.
    """
    if isinstance(value, Mapping):
        return {key: _from_suite(one, named, folder) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_from_suite(one, named, folder) for one in value)
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, str) and value:
        found = located(folder, value) if Path(value).suffix else None
        return str(folder / value) if named or (found and found.is_file()) else value
    return value


def _without_branches(errors: list[Any]) -> list[Any]:
    """Return one error per value where pydantic has one per member of a union."""
    if len({str(e["input"]) for e in errors}) < len(errors):
        first = dict(errors[0])
        first["type"], first["loc"] = "union", ()
        first["ctx"] = {"kinds": [e["type"] for e in errors]}
        return [first]
    return errors


def _type(cls: type[Any], field: Field[Any]) -> Any:
    """Return the type of a field, anything where its annotation cannot be read at run time."""
    name = field.name
    owner = next(b for b in cls.__mro__ if name in vars(b).get("__annotations__", {}))
    space = {**_FORMS, **vars(sys.modules[owner.__module__])}
    holder = type("Holder", (), {"__annotations__": {name: field.type}})
    try:
        return typing.get_type_hints(holder, globalns=space)[name]
    except NameError:
        return Any

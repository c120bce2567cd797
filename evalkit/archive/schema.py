"""The JSON Schema of run.json, derived from the classes that it is written from."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from evalkit.archive.folder import SCHEMA, TABLES
from evalkit.archive.run import Run

_PLAIN: Mapping[type, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    NoneType: {"type": "null"},
    object: {},
}
"""A number that is not known is null, never 0."""
_ABOUT = (
    "What `evalkit run` stores of a run, beside its tables in Parquet. A number that is not known "
    "is null. Keys that are not required were added later: runs of earlier versions lack them. "
    "Later versions may add keys and keep the version, so that a reader passes over what it does "
    "not know; `schema` rises where a key changes its meaning or goes."
)


def run_schema() -> str:
    """Return the JSON Schema (2020-12) of run.json as indented JSON with sorted keys."""
    parts: dict[str, Any] = {}
    whole = _object(Run, parts, leave=frozenset(TABLES))
    whole["properties"] = {"schema": {"const": SCHEMA}, **whole["properties"]}
    whole["required"] = ["schema", *whole["required"]]
    whole |= {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "evalkit run",
        "description": _ABOUT,
        "$defs": parts,
    }
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _object(
    cls: type[Any], parts: dict[str, Any], leave: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return the schema of a dataclass; a field with a default may be missing."""
    # Arrow is needed for the names of types alone, and takes a while to import.
    hints = get_type_hints(cls, localns={"pa": SimpleNamespace(Table=object)})
    kept = [field for field in fields(cls) if field.name not in leave]
    return {
        "type": "object",
        "description": inspect.getdoc(cls) or "",
        "properties": {field.name: _type(hints[field.name], parts) for field in kept},
        "required": [field.name for field in kept if _is_required(field)],
    }


def _is_required(field: Field[Any]) -> bool:
    """Return whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _type(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; dataclasses are described once, in `parts`."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, UnionType):
        return {"anyOf": [_type(arg, parts) for arg in args]}
    if origin is tuple:
        return _array(args, parts)
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type(args[1], parts)}
    if is_dataclass(hint):
        return _reference(hint, parts)
    return dict(_PLAIN[hint])


def _array(args: tuple[Any, ...], parts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a tuple, of any length or of exactly one."""
    if args[-1] is Ellipsis:
        return {"type": "array", "items": _type(args[0], parts)}
    rows = [_type(arg, parts) for arg in args]
    return {"type": "array", "prefixItems": rows, "minItems": len(rows), "maxItems": len(rows)}


def _reference(cls: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """Return where a dataclass is described, and describe it if it is met first."""
    if cls.__name__ not in parts:
        parts[cls.__name__] = {}
        parts[cls.__name__] = _object(cls, parts)
    return {"$ref": f"#/$defs/{cls.__name__}"}

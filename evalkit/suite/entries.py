"""The small shapes that values of a suite take: names with parameters, sizes, one or several."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_NAME = re.compile(r"\w[\w.-]{0,99}")
NAME_RULE = "letters, digits, '.', '-' and '_', beginning with a letter or digit"


@dataclass(frozen=True, slots=True)
class Named:
    """An entry of a list of plugins: its name, the plugin it uses, the plugin's parameters."""

    name: str
    use: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Vector sizes, and how smaller ones are had."""

    sizes: tuple[int, ...]
    how: Literal["cut", "request"] = "cut"


def refuse(sentence: str) -> PydanticCustomError:
    """Return the error that carries a whole sentence of evalkit's own."""
    return PydanticCustomError("sentence", "{sentence}", {"sentence": sentence})


def seen(value: object) -> str:
    """Return a value as a person would say it, never the whole of a long one."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value!r}"
        case str():
            return f"the text '{value[:40]}{'...' if len(value) > 40 else ''}'"
        case list() | tuple():
            return "a list"
        case _:
            return "keys and values"


def cut(text: str) -> str:
    """Return a text for a message, never the whole of a long one."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_name(value: object) -> str:
    """Return a name that can stand in cells, gates and file names."""
    if not isinstance(value, str):
        raise refuse(f"expected a name, got {seen(value)}; put quotes around it.")
    if not _NAME.fullmatch(value):
        raise refuse(f"'{value[:40]}' is no name; use {NAME_RULE}.")
    return value


def _texts(value: object) -> tuple[str, ...]:
    """Return one text or a list of texts as a tuple."""
    values = value if isinstance(value, list) else [value]
    for one in values:
        if not isinstance(one, str):
            quotes = "; put quotes around it" if isinstance(one, int | float) else ""
            raise refuse(f"expected a text or a list of texts, got {seen(one)}{quotes}.")
    if not values:
        raise refuse("expected at least one text, got an empty list.")
    return tuple(values)


def _selector(value: object) -> dict[str, tuple[str, ...]]:
    """Return a mapping from tags to the values that are wanted."""
    if not isinstance(value, dict):
        raise refuse(f"expected tags and values such as {{language: es}}, got {seen(value)}.")
    return {tag: _texts(wanted) for tag, wanted in value.items()}


def _selectors(value: object) -> tuple[dict[str, tuple[str, ...]], ...]:
    """Return one mapping from tags to wanted values, or a list of which any may be met."""
    if isinstance(value, list) and value:
        return tuple(_selector(one) for one in value)
    return (_selector(value),)


def _named(use: str, shape: str, check: Callable[[object], str]) -> Callable[[object], Named]:
    """Return the reader of `name` or `name: {use: plugin, param: value}`; `shape` says the same."""

    def read(value: object) -> Named:
        if isinstance(value, Named):
            return value
        if isinstance(value, str):
            return Named(check(value), value)
        name, below = _single(value, shape)
        chosen = below.get(use, name)
        if not isinstance(chosen, str):
            raise refuse(f"expected the name of a plugin in '{use}', got {seen(chosen)}.")
        params = {key: given for key, given in below.items() if key != use}
        return Named(check(name), chosen, params)

    return read


def _single(value: object, shape: str) -> tuple[str, dict[str, Any]]:
    """Return the one key of an entry and the mapping below it."""
    if not isinstance(value, dict):
        raise refuse(f"expected {shape}, got {seen(value)}.")
    if len(value) != 1:
        first, *others = value or [""]
        if others and value[first] is None:
            raise refuse(f"'{others[0]}' stands beside '{first}'; indent it to go below.")
        raise refuse(f"expected {shape}, got {len(value)} keys in one entry.")
    name, below = next(iter(value.items()))
    if not isinstance(below, dict | None):
        raise refuse(f"expected parameters below '{name}', got {seen(below)}.")
    return name, below or {}


def read_dimensions(value: object) -> Dimensions:
    """Return sizes from a list, or from `{sizes: [...], how: cut | request}`."""
    if isinstance(value, Dimensions):
        return value
    how: object = "cut"
    sizes = value
    if isinstance(value, dict):
        for key in value:
            if key not in ("sizes", "how"):
                raise refuse(f"unknown key '{key}'; known: how, sizes.")
        sizes, how = value.get("sizes"), value.get("how", "cut")
    if how not in ("cut", "request"):
        raise refuse(f"expected how to be cut or request, got {seen(how)}.")
    return Dimensions(_sizes(sizes), how)


def _sizes(value: object) -> tuple[int, ...]:
    """Return a list of distinct sizes of at least 1."""
    if not isinstance(value, list) or not value:
        empty = "an empty list" if value == [] else seen(value)
        raise refuse(f"expected a list of vector sizes such as [1024, 256], got {empty}.")
    for size in value:
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise refuse(f"expected a vector size, a whole number from 1, got {seen(size)}.")
        if value.count(size) > 1:
            raise refuse(f"the size {size} is listed twice.")
    return tuple(value)


def _entry_schema(use: str) -> WithJsonSchema:
    """Return the JSON Schema of `name` or `name: {use: plugin, param: value}`."""
    below = {"type": ["object", "null"], "properties": {use: {"type": "string"}}}
    one = {"additionalProperties": below, "maxProperties": 1, "minProperties": 1, "type": "object"}
    return WithJsonSchema({"anyOf": [{"type": "string"}, one]})


def check_metric(value: object) -> str:
    """Return the text of a metric's name; whether it exists is checked when it is looked up."""
    if not isinstance(value, str):
        raise refuse(f"expected a metric such as ndcg@10, got {seen(value)}.")
    if len(value) > 100:
        raise refuse(f"'{cut(value)}' is no metric name; write it like ndcg@10, recall@5 or map.")
    return value


_SIZES = {"items": {"minimum": 1, "type": "integer"}, "minItems": 1, "type": "array"}
_TEXTS = {
    "anyOf": [
        {"type": "string"},
        {"items": {"type": "string"}, "minItems": 1, "type": "array"},
    ]
}

_PLUGIN = _named("use", "a name, or name: {use: plugin, parameter: value}", check_name)
_METRIC = _named("use", "a metric such as ndcg@10", check_metric)
_MODEL = _named("provider", "a name, or name: {provider: plugin, parameter: value}", check_name)


def read_plugin(value: object) -> Named:
    """Return an entry of a list of plugins; raises PydanticCustomError with a sentence."""
    return _PLUGIN(value)


def read_model(value: object) -> Named:
    """Return an entry of the list of models; raises PydanticCustomError with a sentence."""
    return _MODEL(value)


Name = Annotated[
    str, PlainValidator(check_name), WithJsonSchema({"pattern": r"^\w[\w.-]*$", "type": "string"})
]
Plugin = Annotated[Named, PlainValidator(_PLUGIN), _entry_schema("use")]
MetricEntry = Annotated[Named, PlainValidator(_METRIC), _entry_schema("use")]
Model = Annotated[Named, PlainValidator(_MODEL), _entry_schema("provider")]
Texts = Annotated[tuple[str, ...], PlainValidator(_texts), WithJsonSchema(_TEXTS)]
Selector = Annotated[
    dict[str, tuple[str, ...]],
    PlainValidator(_selector),
    WithJsonSchema({"additionalProperties": _TEXTS, "type": "object"}),
]
_ONE_SELECTOR = {"additionalProperties": _TEXTS, "type": "object"}
Selectors = Annotated[
    tuple[dict[str, tuple[str, ...]], ...],
    PlainValidator(_selectors),
    WithJsonSchema(
        {"anyOf": [_ONE_SELECTOR, {"items": _ONE_SELECTOR, "minItems": 1, "type": "array"}]}
    ),
]
Sizes = Annotated[
    Dimensions,
    PlainValidator(read_dimensions),
    WithJsonSchema(
        {
            "anyOf": [
                _SIZES,
                {
                    "additionalProperties": False,
                    "properties": {"how": {"enum": ["cut", "request"]}, "sizes": _SIZES},
                    "required": ["sizes"],
                    "type": "object",
                },
            ]
        }
    ),
]

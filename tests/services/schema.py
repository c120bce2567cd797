"""Shapes of JSON bodies, declared, and what does not fit them, as JSON schema checkers say it.

A field whose name ends with `?` may be left out. Everything that is not declared is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

_TYPES = {bool: "Boolean", int: "Integer", float: "Number", str: "String", list: "JSONArray"}


class Shape(Protocol):
    """What a value must look like."""

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Yield a sentence for everything that does not fit; `at` says where the value is."""


def _wrong_type(at: str, wanted: str, value: object) -> str:
    found = "Null" if value is None else _TYPES.get(type(value), "JSONObject")
    return f"{at}: expected type: {wanted}, found: {found}"


@dataclass(frozen=True)
class Text:
    """A string of some length, of a form where one is given."""

    least: int = 0
    most: int | None = None
    form: str = ""

    def problems(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _wrong_type(at, "String", value)
            return
        if len(value) < self.least:
            yield f"{at}: expected minLength: {self.least}, actual: {len(value)}"
        if self.most is not None and len(value) > self.most:
            yield f"{at}: expected maxLength: {self.most}, actual: {len(value)}"
        if self.form and not re.fullmatch(self.form, value, re.S):
            yield f"{at}: string [{value[:80]}] does not match pattern {self.form}"


@dataclass(frozen=True)
class Base64:
    """Bytes as base64 text without a prefix or line breaks. url: also in the alphabet of URLs."""

    most: int | None = None
    url: bool = False

    def problems(self, value: object, at: str) -> Iterator[str]:
        yield from Text(1, self.most).problems(value, at)
        if isinstance(value, str) and not _decodes(plain_base64(value) if self.url else value):
            yield f"{at}: string is not valid base64"


@dataclass(frozen=True, init=False)
class Choice:
    """One of some values."""

    values: tuple[object, ...]

    def __init__(self, *values: object) -> None:
        object.__setattr__(self, "values", values)

    def problems(self, value: object, at: str) -> Iterator[str]:
        if not any(value == v and type(value) is type(v) for v in self.values):
            yield f"{at}: {value} is not a valid enum value"


@dataclass(frozen=True)
class Number:
    """A number in a range; a whole one where asked."""

    least: float | None = None
    most: float | None = None
    whole: bool = False

    def problems(self, value: object, at: str) -> Iterator[str]:
        fine = isinstance(value, int if self.whole else (int, float))
        if not isinstance(value, int | float) or isinstance(value, bool) or not fine:
            yield _wrong_type(at, "Integer" if self.whole else "Number", value)
            return
        if self.least is not None and value < self.least:
            yield f"{at}: {value} is not greater or equal to {self.least}"
        if self.most is not None and value > self.most:
            yield f"{at}: {value} is not less or equal to {self.most}"


def whole(least: int | None = None, most: int | None = None) -> Number:
    """Return the shape of an integer in a range."""
    return Number(least, most, whole=True)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def problems(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, bool):
            yield _wrong_type(at, "Boolean", value)


@dataclass(frozen=True)
class Anything:
    """Whatever JSON can hold; checked elsewhere."""

    def problems(self, value: object, at: str) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class Many:
    """A list of so many values of one shape."""

    of: Shape
    least: int = 1
    most: int | None = None

    def problems(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield _wrong_type(at, "JSONArray", value)
            return
        if len(value) < self.least:
            yield f"{at}: expected minimum item count: {self.least}, found: {len(value)}"
        if self.most is not None and len(value) > self.most:
            yield f"{at}: expected maximum item count: {self.most}, found: {len(value)}"
        for n, one in enumerate(value):
            yield from self.of.problems(one, f"{at}/{n}")


@dataclass(frozen=True)
class Object:
    """Named fields. one_of: exactly one of these must be there; some_of: at least one."""

    fields: Mapping[str, Shape]
    one_of: tuple[str, ...] = ()
    some_of: tuple[str, ...] = ()

    def problems(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _wrong_type(at, "JSONObject", value)
            return
        shapes = {name.rstrip("?"): shape for name, shape in self.fields.items()}
        required = [name for name in self.fields if not name.endswith("?")]
        yield from (f"{at}: required key [{n}] not found" for n in required if n not in value)
        yield from (f"{at}: extraneous key [{n}] is not permitted" for n in value.keys() - shapes)
        given = [name for name in self.one_of if name in value]
        if self.one_of and len(given) != 1:
            names = ", ".join(self.one_of)
            yield f"{at}: {len(given)} subschemas matched instead of one (exactly one of {names})"
        if self.some_of and not any(name in value for name in self.some_of):
            yield f"{at}: no subschema matched (at least one of {', '.join(self.some_of)})"
        for name in shapes.keys() & value.keys():
            yield from shapes[name].problems(value[name], f"{at}/{name}")


@dataclass(frozen=True)
class Tagged:
    """An object whose shape is told by the value of one of its fields."""

    tag: str
    shapes: Mapping[str, Object] = field(default_factory=dict)

    def problems(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _wrong_type(at, "JSONObject", value)
        elif self.tag not in value:
            yield f"{at}: required key [{self.tag}] not found"
        elif value[self.tag] not in list(self.shapes):
            yield f"{at}/{self.tag}: {value[self.tag]} is not a valid enum value"
        else:
            shape = self.shapes[value[self.tag]]
            tagged = Object({self.tag: Anything(), **shape.fields}, shape.one_of, shape.some_of)
            yield from tagged.problems(value, at)


@dataclass(frozen=True, init=False)
class Either:
    """One of several shapes: fits where any does, and says what is wrong with the last."""

    shapes: tuple[Shape, ...]

    def __init__(self, *shapes: Shape) -> None:
        object.__setattr__(self, "shapes", shapes)

    def problems(self, value: object, at: str) -> Iterator[str]:
        told: list[str] = []
        for shape in self.shapes:
            told = list(shape.problems(value, at))
            if not told:
                return
        yield from told


def plain_base64(text: str) -> str:
    """Return base64 text in the usual alphabet."""
    return text.translate(_URL)


_URL = str.maketrans("-_", "+/")


def _decodes(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True

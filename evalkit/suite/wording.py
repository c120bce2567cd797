"""Says in plain English what pydantic found wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalkit.core.errors import nearest
from evalkit.suite.entries import seen
from evalkit.suite.literal_secrets import looks_secret

_GATE = "a gate such as {case: ..., metric: ndcg@10, at: 256, at_least: 0.5}"
_EXPECTED = {
    "bool_type": "true or false",
    "dataclass_type": "keys and values",
    "dict_type": "keys and values",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "keys and values",
    "string_pattern_mismatch": "a day such as 2027-01-31",
    "frozen_set_type": "a list",
    "mapping_type": "keys and values",
    "path_type": "a path",
    "set_type": "a list",
    "string_type": "a text",
    "tuple_type": "a list",
}
_LIMITS = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "finite_number": "a finite number",
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
}


def sentence(error: Mapping[str, Any], known: Iterable[str]) -> str:
    """Return one pydantic error as a sentence; `known` are the keys that may stand there."""
    kind, value, ctx = error["type"], error["input"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "sentence":
        return str(ctx["sentence"])
    if kind == "missing":
        return f"the key '{key}' is missing."
    if kind == "extra_forbidden":
        return f"unknown key '{key}'; {nearest(key, known)}"
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"expected a whole number, got {value!r}; write {value:.0f}."
    if kind == "string_too_short":
        return "expected a text, got an empty one."
    if kind == "literal_error" and _is_number(value) and "'" in ctx["expected"]:
        return _unquoted(value, error)
    wanted = _model(error["loc"]) if kind == "model_type" else _expected(kind, ctx)
    return f"expected {wanted}, got {_got(kind, value)}."


def shown(value: object) -> str:
    """Return what was written, unless it looks like a secret."""
    if isinstance(value, str) and looks_secret(value):
        return "a text that is not shown"
    return seen(value)


def _choices(ctx: Mapping[str, Any]) -> str:
    """Return the values of a choice without pydantic's quotes."""
    return str(ctx["expected"]).replace("'", "")


def _is_number(value: object) -> bool:
    """Return whether a value is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unquoted(value: object, error: Mapping[str, Any]) -> str:
    """Return what is wrong with a number that stands where one of some texts should."""
    expected, key = error["ctx"]["expected"], error["loc"][-1]
    wrong = f"expected the text {expected}, got {shown(value)}"
    texts = re.findall("'([^']*)'", expected)
    if str(value) in texts:
        owner = f"{key}: " if isinstance(key, str) else ""
        return f'{wrong}. Write it in quotes: {owner}"{value}".'
    hint = nearest(str(value), texts)
    return f"{wrong}; {hint}" if hint.startswith("did") else f"{wrong}."


def _model(loc: Sequence[str | int]) -> str:
    """Return what a part of the grammar looks like."""
    if loc and loc[-1] in ("no_worse_than", "advantage_over"):
        return "what to compare with, such as {at: 1024}"
    return _GATE if tuple(loc[:-1]) == ("gates",) else "keys and values"


def _expected(kind: str, ctx: Mapping[str, Any]) -> str:
    """Return what should have been written."""
    if kind == "union":
        kinds = [_EXPECTED[one] for one in ctx["kinds"] if one in _EXPECTED]
        return " or ".join(dict.fromkeys(kinds)) or "a value of another kind"
    if kind in _LIMITS:
        limits = {k: f"{v:g}" if isinstance(v, int | float) else v for k, v in ctx.items()}
        words = _LIMITS[kind].format_map(limits)
        return words.replace(" 1 entries", " 1 entry")
    if kind == "literal_error":
        return _choices(ctx)
    if kind == "int_from_float":
        return "a whole number"
    return _EXPECTED.get(kind, "a value of another kind")


def _got(kind: str, value: object) -> str:
    """Return what was written instead, with its length where that is what is wrong."""
    if kind in ("too_short", "too_long") and isinstance(value, list):
        return f"{len(value)}" if value else "none"
    return shown(value)

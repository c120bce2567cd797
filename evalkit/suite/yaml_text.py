"""Reads a YAML file strictly, as YAML 1.2 with nothing surprising, and keeps every line number.

Refused: duplicate keys, aliases and anchors, merge keys, tags, several documents, more than 1 MB.
`on`, `yes` and `no` are text, `1e3` is a float, `012` is twelve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from evalkit.core.errors import Problem, SuiteError
from evalkit.suite.paths import located, resembling
from evalkit.suite.place import Key, Node, Place, Problems, Scalar

LARGEST = 1_000_000
"""A suite file has at most this many bytes."""
DEEPEST = 30
"""Values are nested at most this deep."""

_NULL = re.compile(r"null|Null|NULL|~|")
_BOOL = re.compile(r"(?P<yes>true|True|TRUE)|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_BASED = re.compile(r"0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def scalar(text: str) -> Scalar:
    """Return what an unquoted YAML 1.2 scalar means."""
    if _NULL.fullmatch(text):
        return None
    if match := _BOOL.fullmatch(text):
        return match["yes"] is not None
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", ""))
    return text


def read_text(path: Path) -> str:
    """Return the text of a suite file; raises SuiteError where it is no small UTF-8 file."""
    where = str(path)
    _refuse_other_than_file(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as e:
        raise SuiteError(Problem(where, f"it cannot be read ({e.strerror}).")) from e
    if len(data) > LARGEST:
        size = path.stat().st_size / 1e6
        raise SuiteError(
            Problem(
                where,
                f"the file has {size:.1f} MB; a suite has at most 1 MB.",
                "Name the suite, not its data.",
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        raise SuiteError(
            Problem(
                f"{where}:{line}",
                f"the byte 0x{data[e.start]:02x} is not UTF-8 text.",
                "Save the file as UTF-8.",
            )
        ) from e


def _refuse_other_than_file(path: Path) -> None:
    """Raise SuiteError where there is no file, naming what is there instead."""
    found = located(path.parent, path.name or ".")
    if found is None:
        hint = resembling(path.parent, path.name)
        what = f"there is no such file{f'; {hint}' if hint else '.'}"
        raise SuiteError(Problem(str(path), what, "Check the path."))
    if path.is_dir():
        raise SuiteError(
            Problem(
                str(path),
                "this is a directory; expected a suite file.",
                "Name one YAML file in it.",
            )
        )
    if not path.is_file():
        raise SuiteError(Problem(str(path), "this is not an ordinary file."))


def parse(text: str, file: str) -> Place:
    """Return the root of a YAML text, with the problems found on the way.

    Raises SuiteError where the text is empty or is not YAML at all.
    """
    problems = Problems()
    try:
        root = _Builder(file, problems, yaml.parse(text, Loader=_Loader)).document()
    except yaml.YAMLError as e:
        raise SuiteError(_broken(e, text, file)) from e
    if root is None or (root.value is None and not problems.found):
        raise SuiteError(
            Problem(file, "the file is empty.", "A suite needs at least suite, models and cases.")
        )
    return Place(file, root, problems)


def _broken(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Return the parser's complaint with line and column."""
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    if mark is None:
        at = getattr(error, "position", 0)
        line, column = text[:at].count("\n") + 1, at - text.rfind("\n", 0, at)
    else:
        line, column = mark.line + 1, mark.column + 1
    here = text.split("\n")[min(line - 1, text.count("\n"))]
    tabs = here[: len(here) - len(here.lstrip())].count("\t")
    fix = "Indent with spaces, not tabs." if tabs else "Check quotes, brackets and indentation."
    return Problem(f"{file}:{line}:{column}", f"this is not valid YAML ({said}).", fix)


class _Builder:
    """Builds nodes from the parser's events, noting what is refused."""

    def __init__(self, file: str, problems: Problems, events: Iterator[Any]) -> None:
        self._file = file
        self._problems = problems
        self._events = events

    def document(self) -> Node | None:
        """Return the root of the one document, None where there is none."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._refuse(event, (), "a second document starts here", "Remove it.")
                    break
                first = next(self._events)
                root = self._node(first, (), first.start_mark) or Node(1, 1, "", None)
        return root

    def _refuse(self, event: Any, keys: tuple[Key, ...], what: str, fix: str) -> None:
        """Note something that evalkit's YAML does not have."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        path = ".".join(map(str, keys))
        where = f"{self._file}:{line}:{column} {path}".rstrip()
        self._problems.add(Problem(where, f"{what}.", fix), (line, column))

    def _node(self, event: Any, keys: tuple[Key, ...], mark: Any) -> Node | None:
        """Return the node that an event opens, None for an alias; `mark` is where its key is."""
        if isinstance(event, yaml.AliasEvent):
            fix = "Write the value out."
            self._refuse(event, keys, f"the alias '*{event.anchor}' is refused", fix)
            return None
        self._check(event, keys)
        node = Node(mark.line + 1, mark.column + 1, ".".join(map(str, keys)), None)
        if isinstance(event, yaml.ScalarEvent):
            node.value = scalar(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            self._sequence(node, keys)
        else:
            self._mapping(node, keys)
        return node

    def _check(self, event: Any, keys: tuple[Key, ...]) -> None:
        """Refuse anchors, tags and values nested without end."""
        if event.anchor is not None:
            fix = "Write the value out where it is needed."
            self._refuse(event, keys, f"the anchor '&{event.anchor}' is refused", fix)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, keys, f"the YAML tag '{tag}' is refused", "Remove it.")
        if len(keys) > DEEPEST:
            self._refuse(event, keys, f"values are nested more than {DEEPEST} deep", "Flatten it.")
            self._problems.raise_any()

    def _sequence(self, node: Node, keys: tuple[Key, ...]) -> None:
        """Fill a node with the items of a list, up to its end."""
        items: list[Node] = []
        node.value = items
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            item = self._node(event, (*keys, len(items)), event.start_mark)
            node.pruned |= item is None
            items += [item] if item else []

    def _mapping(self, node: Node, keys: tuple[Key, ...]) -> None:
        """Fill a node with the keys of a mapping; a repeated key keeps its first value."""
        values: dict[str, Node] = {}
        node.value = values
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, keys)
            value = self._node(next(self._events), (*keys, key), event.start_mark)
            if key in values:
                what = f"the key '{key}' is given twice, first on line {values[key].line}"
                self._refuse(event, (*keys, key), what, "Keep one.")
            elif key and value:
                values[key] = value
            node.pruned |= not (key and value)

    def _key(self, event: Any, keys: tuple[Key, ...]) -> str:
        """Return a key as text, "" where it is refused."""
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, keys, "a key is not plain text", "Use a word as key.")
            self._node(event, keys, event.start_mark)
            return ""
        self._check(event, keys)
        if event.value == "<<" and event.implicit[0]:
            self._refuse(event, keys, "the merge key '<<' is refused", "Write the keys out.")
            return ""
        if not event.value:
            self._refuse(event, keys, "a key is empty", "Name it.")
        return str(event.value)

"""Reads the lines of a data set's files and keeps every path inside its folder."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from evalkit.core.errors import nearest
from evalkit.readers._problems import Problems, Wrong

_MISSING = {
    "dataset.yaml": "Write the card there, at least `name: ...`.",
    "qrels.tsv": "Write the judgements there, or `truth: tags` into dataset.yaml.",
    "pairs.tsv": "Write the header `a b label` and the pairs there.",
    "groups.jsonl": "Write one group a line there.",
}


def locate(root: Path, name: str) -> Path:
    """Return the path of a file of the data set.

    Raises Wrong where it leaves the folder (`..`, an absolute path, a symbolic link) or is no file.
    """
    path = root / name
    try:
        inside = not Path(name).is_absolute() and path.resolve().is_relative_to(root.resolve())
        found, there = path.is_file(), path.exists()
    except (OSError, RuntimeError, ValueError) as e:  # too long, a loop of links, a NUL
        raise Wrong(f"the path {name!r} cannot be followed.", "Correct the path.") from e
    if not inside:
        raise Wrong(
            f"the path '{name}' leaves the data set's folder.", "Put the file inside the folder."
        )
    if path.is_dir():
        raise Wrong(f"'{name}' is a folder; expected a file.")
    if there and not found:
        raise Wrong(f"'{name}' is a pipe or a device; expected a file.", "Put a file in its place.")
    if not found:
        raise Wrong(f"the file '{name}' does not exist.", "Add the file or correct the path.")
    return path


def lines(root: Path, name: str, problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield `file:line` and text for each line that is not blank, noting what cannot be read."""
    where = str(root / name)
    with problems.at(where), open_file(root, name) as file:
        for number, raw in enumerate(file, 1):
            if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                problems.add(f"{where}:1", "the file is UTF-16.", "Save the file as UTF-8.")
                return
            with problems.at(f"{where}:{number}"):
                text = decode(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw)
                if text.strip():
                    yield f"{where}:{number}", text.rstrip("\r\n")


def open_file(root: Path, name: str) -> BinaryIO:
    """Open one of the format's own files; raises Wrong where it is missing or cannot be read."""
    try:
        if not (root / name).exists():
            raise Wrong("the file is missing.", _MISSING.get(name, "Write one item a line there."))
        if (root / name).is_dir():
            what = "a file with one item a line" if name.endswith(".jsonl") else "a file"
            raise Wrong(f"this is a folder; expected {what}.")
        return locate(root, name).open("rb")
    except OSError as e:
        raise Wrong(f"the file cannot be read ({e.strerror}).", "Correct its permissions.") from e


def decode(raw: bytes) -> str:
    """Return the text of UTF-8 bytes; raises Wrong naming the first byte that is not."""
    try:
        return raw.decode()
    except UnicodeDecodeError as e:
        what = f"byte {e.start + 1} of the line, 0x{raw[e.start]:02x}, is not UTF-8."
        raise Wrong(what, "Save the file as UTF-8.") from e


def whole_text(raw: bytes) -> str:
    """Return the text of a small file; raises Wrong naming the first line that is not UTF-8."""
    parts = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            parts.append(decode(line))
        except Wrong as wrong:
            raise Wrong(f"line {number}: {wrong.what}", wrong.fix) from wrong
    return "\n".join(parts)


def entries(root: Path, name: str, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `file:line` and the JSON object of each line, noting the lines that hold none."""
    for where, text in lines(root, name, problems):
        with problems.at(where):
            yield where, json_object(text)


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object that a line holds; raises Wrong where it is anything else."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as e:
        what = f"the line is not valid JSON ({e.msg}, column {e.colno})."
        raise Wrong(what, "Write one JSON object a line.") from e
    except (ValueError, RecursionError) as e:  # a number of thousands of digits, deep nesting
        raise Wrong("the line is not JSON that can be read.", "Write one object a line.") from e
    if "\\ud" in text.lower() and not _encodes(value):
        raise Wrong("the line holds half of a surrogate pair.", "Write the whole character.")
    if not isinstance(value, dict):
        raise Wrong(f"the line holds {_kind(value)}, not a JSON object.", "Write {...} there.")
    return value


def refuse_unknown(entry: dict[str, Any], known: tuple[str, ...], what: str) -> None:
    """Raise Wrong naming the first key that is not known and the one nearest to it."""
    for key in entry:
        if key not in known:
            raise Wrong(f"the {what} has the unknown key '{key}'; {nearest(key, known)}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's pairs as a dict; raises Wrong for a key that stands twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Wrong(f"the key '{twice}' stands more than once in one object.", "Keep one of them.")
    return made


def _encodes(value: object) -> bool:
    """Return whether every text in a JSON value is whole characters."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> float:
    """Refuse NaN and Infinity, which are no JSON."""
    raise Wrong(f"the line holds {name}, which is no JSON.", "Write a number.")


def _kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    words = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return words.get(type(value), "a number")

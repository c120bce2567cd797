"""Reads `dataset.yaml`: what a data set says of itself, as texts and lists of texts alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.core.errors import nearest
from evalkit.core.items import Card
from evalkit.readers._files import open_file, whole_text
from evalkit.readers._problems import Problems, Wrong

NAME = "dataset.yaml"
TRUTHS = ("grades", "tags", "pairs", "groups")
_WORDS = {"scalar": "one text", "sequence": "a list", "mapping": "keys with values"}
_LISTS = ("languages", "modalities", "groups", "limits")
_TEXTS = ("name", "about", "licence", "source", "ground_truth")


def read_card(root: Path, problems: Problems) -> tuple[Card, tuple[str, ...]]:
    """Return the card and the kinds of truth it announces, noting everything wrong with it.

    The key `truth` holds one or more of grades (the default), tags, pairs and groups.
    """
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {"truth": ("grades",)}
    seen: dict[str, int] = {}
    where = str(root / NAME)
    for key, line, node in _top(root, problems):
        with problems.at(f"{where}:{line}"):
            if key in seen:
                raise Wrong(f"the key '{key}' stands on line {seen[key]} already.", "Keep one.")
            seen[key] = line
            _refuse_unknown_key(key)
            if key in _TEXTS:
                texts[key] = _text(key, node)
            else:
                lists[key] = _texts(key, node)
    truth = lists.pop("truth")
    if seen and not texts.get("name"):
        problems.add(where, "the card has no name.", "Write for example `name: storefront`.")
    card = Card(texts.pop("name", "") or root.resolve().name)
    return replace(card, **texts, **lists), truth  # type: ignore[arg-type]  # keys were checked


def _top(root: Path, problems: Problems) -> list[tuple[str, int, Any]]:
    """Return key, line and value of each entry of the card."""
    where = str(root / NAME)
    found: list[tuple[str, int, Any]] = []
    with problems.at(where):
        with open_file(root, NAME) as file:
            node = _parse(whole_text(file.read()))
        if node is None or node.id != "mapping":
            raise Wrong("the card is not a list of keys and values.", "Write `key: value` lines.")
        for key, value in node.value:
            name = key.value if key.id == "scalar" else "?"
            found.append((name, key.start_mark.line + 1, value))
    return found


def _parse(text: str) -> Any:
    """Return the root node of a YAML text; no value is interpreted."""
    import yaml

    try:
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise Wrong(f"line {line} is not valid YAML ({e.problem}).", "Correct the line.") from e
    except yaml.reader.ReaderError as e:
        line = text.count("\n", 0, e.position) + 1
        what = f"line {line} holds the control character U+{ord(text[e.position]):04X}."
        raise Wrong(what, "Remove it.") from e
    except (yaml.YAMLError, RecursionError) as e:
        raise Wrong("the card is not YAML that can be read.", "Write `key: value` lines.") from e


def _text(key: str, node: Any) -> str:
    """Return a text; an empty value is an empty text."""
    if node.id != "scalar":
        raise Wrong(f"'{key}' is {_WORDS[node.id]}; it must be a text.")
    plain = getattr(node, "style", None) is None
    return "" if plain and node.value in ("", "~", "null") else str(node.value)


def _refuse_unknown_key(key: str) -> None:
    """Raise Wrong where the card has no such key."""
    known = (*_TEXTS, *_LISTS, "truth")
    if key not in known:
        raise Wrong(f"the card has the unknown key '{key}'; {nearest(key, known)}")


def _texts(key: str, node: Any) -> tuple[str, ...]:
    """Return a list of texts; for `truth`, one text may stand alone, and all must be known."""
    nodes = [node] if key == "truth" and node.id == "scalar" else node.value
    if node.id == "mapping" or not isinstance(nodes, list):
        raise Wrong(f"'{key}' is {_WORDS[node.id]}; it must be a list of texts.")
    values = tuple(_text(key, one) for one in nodes)
    for value in values if key == "truth" else ():
        if value not in TRUTHS:
            raise Wrong(f"'truth' names the unknown kind '{value}'; {nearest(value, TRUTHS)}")
    return values

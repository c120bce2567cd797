"""Makes items from the JSON objects of `corpus.jsonl` and `queries.jsonl`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from evalkit.core.errors import nearest
from evalkit.core.items import Content, Item, Media, Page, Part, Tag
from evalkit.readers._files import entries, locate, refuse_unknown
from evalkit.readers._problems import Problems, Wrong

_MIME = {
    "image": {
        "avif": "avif", "bmp": "bmp", "gif": "gif", "jpeg": "jpeg", "jpg": "jpeg",
        "png": "png", "tif": "tiff", "tiff": "tiff", "webp": "webp",
    },
    "audio": {
        "aac": "aac", "flac": "flac", "m4a": "mp4", "mp3": "mpeg", "ogg": "ogg", "opus": "ogg",
        "wav": "wav",
    },
    "video": {
        "avi": "x-msvideo", "mkv": "x-matroska", "mov": "quicktime", "mp4": "mp4", "webm": "webm",
    },
    "application": {"pdf": "pdf"},
}  # fmt: skip
_CONTENT = ("text", "image", "audio", "video", "document", "parts")
_PART = ("text", "image", "audio", "video", "document", "page")
_ITEM = ("id", *_CONTENT, "page", "mask", "tags")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def items(root: Path, file: str, what: str, problems: Problems) -> dict[str, Item]:
    """Return the items of a file by id, noting everything wrong with it.

    what: `corpus` or `query set`, for the message that there is nothing in it.
    """
    found: dict[str, Item] = {}
    first: dict[str, str] = {}
    for where, entry in entries(root, file, problems):
        with problems.at(where):
            name = check_id(entry.get("id"))
            note_id(first, name, where)
            found[name] = Item(name, "")  # known to the judgements, even if what follows is wrong
            found[name] = make_item(entry, root)
    report_empty(root / file, found, what, problems)
    return found


def report_empty(path: Path, found: Mapping[str, Item], what: str, problems: Problems) -> None:
    """Note that a file holds nothing; one that cannot be read or is broken was told of already."""
    with suppress(OSError):
        if not found and path.is_file() and not path.read_bytes().strip():
            problems.add(str(path), f"the {what} is empty.", "Write one item a line.")


def note_id(first: dict[str, str], name: str, where: str) -> None:
    """Remember where an id stands; raises Wrong where it stood before."""
    if name in first:
        line = first[name].rpartition(":")[2]
        raise Wrong(f"the id '{name}' stands on line {line} already.", "Make ids unique.")
    first[name] = where


def make_item(entry: dict[str, Any], root: Path) -> Item:
    """Return the item that a JSON object describes; raises Wrong for the first thing wrong."""
    refuse_unknown(entry, _ITEM, "item")
    name, content = check_id(entry.get("id")), _content(entry, root)
    return Item(name, content, tags(entry.get("tags", {})), _mask(entry, root))


def _mask(entry: Mapping[str, Any], root: Path) -> Media | None:
    """Return the file that says where the subject of an image is, None where none is named."""
    if "mask" not in entry:
        return None
    if "image" not in entry:
        raise Wrong("'mask' stands beside no 'image'; only an image has one.", "Leave it out.")
    if not isinstance(entry["mask"], str):
        raise Wrong(f"'mask' is {_show(entry['mask'])}; it must be a file name.")
    return find_media(root, entry["mask"], "image")


def check_id(value: object, key: str = "id") -> str:
    """Return an id; raises Wrong where it is no text, empty, or holds control characters."""
    if not isinstance(value, str) or not value.strip() or _CONTROL.search(value):
        raise Wrong(f"'{key}' is {_show(value)}; it must be a text of one line.")
    return value


def _content(entry: dict[str, Any], root: Path) -> Content:
    """Return the one content of an item: a part, or the parts of a mix."""
    given = [key for key in _CONTENT if key in entry]
    if not given:
        raise Wrong("the item has no content.", f"Give it one of {_any_of(_CONTENT)}.")
    if len(given) > 1:
        what = f"the item has {len(given)} contents, '{given[0]}' and '{given[1]}'."
        raise Wrong(what, "Keep one, or put them into 'parts'.")
    if given != ["parts"]:
        return _part(entry, given[0], root)
    listed = entry["parts"]
    if not isinstance(listed, list) or not listed:
        raise Wrong(f"'parts' is {_show(listed)}; it must be a list of objects.")
    return tuple(_listed_part(part, root) for part in listed)


def _listed_part(part: object, root: Path) -> Part:
    """Return one entry of `parts`."""
    if not isinstance(part, dict):
        raise Wrong(f"'parts' holds {_show(part)}; each part must be an object.")
    refuse_unknown(part, _PART, "part")
    given = [key for key in _PART[:-1] if key in part]
    if len(given) != 1:
        raise Wrong(f"a part has {len(given)} contents; it must have one of {_any_of(_PART[:-1])}.")
    return _part(part, given[0], root)


def _part(entry: Mapping[str, Any], key: str, root: Path) -> Part:
    """Return the part under a key; a page number may stand beside a document alone."""
    value = entry[key]
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"'{key}' is {_show(value)}; it must be a text that is not empty.")
    if "page" in entry and key != "document":
        raise Wrong(f"'page' stands beside '{key}'; only a document has pages.", "Leave it out.")
    if key == "text":
        return value
    media = find_media(root, value, key)
    return Page(media, check_page(entry["page"])) if "page" in entry else media


def find_media(root: Path, name: str, kind: str) -> Media:
    """Return a file of the data set as media of a kind: image, audio, video or document."""
    family = "application" if kind == "document" else kind
    suffix = Path(name).suffix.lower().removeprefix(".")
    path = locate(root, name)
    if suffix not in _MIME[family]:
        what = f"the file '{name}' is given as {kind}, but ends in '.{suffix}';"
        raise Wrong(f"{what} {nearest(suffix, _MIME[family])}")
    return Media(f"{family}/{_MIME[family][suffix]}", path=path)


def check_page(value: object) -> int:
    """Return a page number; raises Wrong where it is no whole number from 1 up."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Wrong(f"the page is {_show(value)}; pages are whole numbers from 1.")
    return value


def tags(raw: object) -> dict[str, Tag]:
    """Return tags: a name with a text, a list of texts, or texts with weights."""
    if not isinstance(raw, dict):
        raise Wrong(f"'tags' is {_show(raw)}; it must be an object.")
    return {_tag_name(name): _tag(name, value) for name, value in raw.items()}


def _tag_name(name: str) -> str:
    """Return a tag's name; `modality` is derived from the content."""
    if name == "modality":
        raise Wrong("the tag 'modality' may not be given; it follows from the content.", "Drop it.")
    if not name.strip() or _CONTROL.search(name):
        raise Wrong(f"the tag name {name!r} is no name.", "Give it a name of one line.")
    return name


def _tag(name: str, value: object) -> Tag:
    """Return the value or values of a tag."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, dict)) or not values or not all(map(_is_value, values)):
        what = f"the tag '{name}' is {_show(value)}; it must be a text, a list of texts, or texts"
        raise Wrong(f"{what} with weights.", "Write 'unknown' where it is not known.")
    if isinstance(values, list):
        if len(set(values)) < len(values):
            raise Wrong(f"the tag '{name}' names a value twice.", "Name each value once.")
        return tuple(values)
    if not all(map(_is_weight, values.values())) or not sum(values.values()):
        raise Wrong(f"the weights of the tag '{name}' must be numbers from 0 up, not all 0.")
    return {key: float(weight) for key, weight in values.items()}


def _is_value(value: object) -> bool:
    """Return whether something can be a tag's value."""
    return isinstance(value, str) and bool(value.strip()) and not _CONTROL.search(value)


def _is_weight(value: object) -> bool:
    """Return whether something can be a weight."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= sys.float_info.max


def _any_of(names: tuple[str, ...]) -> str:
    """Return names as a choice: a, b or c."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _show(value: object) -> str:
    """Return what was seen, short enough for a message."""
    if value is None:
        return "missing"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."

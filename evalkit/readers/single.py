"""One item to look at: a file, an item of a data set, or a text."""

from __future__ import annotations

import re
from pathlib import Path

from evalkit.core import registry
from evalkit.core.errors import DataError, Problem, UsageError, nearest
from evalkit.core.items import Content, Dataset, Item, Page
from evalkit.core.protocols import Reader
from evalkit.readers._files import locate, whole_text
from evalkit.readers._items import find_media
from evalkit.readers._media_files import kind_of
from evalkit.readers._problems import Wrong

_PAGE = re.compile(r"(?P<name>.+\.pdf)#(?P<page>[1-9][0-9]{0,5})", re.I)


def dataset_at(path: str | Path) -> Dataset:
    """Return the data set at a path; raises DataError where there is none, or it is wrong."""
    place = Path(path)
    try:
        for name in registry.names("readers"):
            reader: Reader = registry.create("readers", name)
            if reader.claims(str(place)):
                return reader.read(str(place))
    except PermissionError as e:
        what = "cannot be read (Permission denied)."
        raise DataError(Problem(str(place), what, "Correct its permissions.")) from e
    what = "there is no data set here" if place.exists() else "there is no such file or folder"
    expected = "expected a folder with dataset.yaml, a BEIR folder, or a table (.csv, .parquet)."
    raise DataError(Problem(str(place), f"{what}; {expected}"))


def item_of(data: Dataset, name: str) -> tuple[Item, tuple[Item, ...]]:
    """Return an item of a data set by its id, and all items of its side, sorted by id.

    An id that both sides have means the corpus. Raises UsageError for an id that is not there.
    """
    for side in (data.corpus, data.queries):
        for item in side:
            if item.id == name:
                return item, tuple(sorted(side, key=lambda one: one.id))
    known = [item.id for item in (*data.corpus, *data.queries)]
    raise UsageError(f"no item of '{data.name}' has the id '{name}'; {nearest(name, known)}")


def item_in(data: Dataset | None, written: str) -> Item:
    """Return the item that a data set calls so; else what `item_at` makes of what is written."""
    for side in (data.corpus, data.queries) if data else ():
        for item in side:
            if item.id == written:
                return item
    return item_at(written)


def item_at(written: str) -> Item:
    """Return what is written as an item: a file of media or text, `file.pdf#3`, or a text itself.

    Of a PDF without a page number it is page 1. Raises DataError for a file that cannot be read,
    and for the name of a file of media that is not there.
    """
    if not written.strip():
        raise UsageError("the item is empty; write a file, an id, or a text.")
    page = _PAGE.fullmatch(written)
    path = Path(page["name"] if page else written)
    if _is_there(path) or _is_name_of_media(path):
        name = f"{path.stem}-{page['page']}" if page else path.stem
        return Item(name, _content(path, int(page["page"]) if page else 1))
    return Item("text", written)


def _is_there(path: Path) -> bool:
    """Return whether there is something of that name; a long text is no name."""
    try:
        return path.exists()
    except OSError:
        return False


def _is_name_of_media(path: Path) -> bool:
    """Return whether a text looks like the name of a file, which then must be there."""
    return bool(kind_of(path.name)) and " " not in path.name


def _content(path: Path, page: int) -> Content:
    """Return what a file holds; raises DataError where it cannot be used."""
    real = path.resolve()
    kind = kind_of(real.name)
    try:
        if real.is_dir():
            raise Wrong("this is a folder; expected a file.", "Name a file in it.")
        if not kind:
            raise Wrong(f"files that end in '{real.suffix}' are no media that can be read.")
        if kind == "text":
            return _text(real)
        media = find_media(real.parent, real.name, kind)
    except Wrong as e:
        raise DataError(Problem(str(path), e.what, e.fix)) from e
    return Page(media, page) if kind == "document" else media


def _text(path: Path) -> str:
    """Return what a text file says; raises Wrong where it says nothing, or cannot be read."""
    try:
        text = whole_text(locate(path.parent, path.name).read_bytes()).strip()
    except OSError as e:
        raise Wrong(f"the file cannot be read ({e.strerror}).", "Correct its permissions.") from e
    if not text:
        raise Wrong("the file holds nothing but blanks.", "Name a file that says something.")
    return text

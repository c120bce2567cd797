"""Finds the media in a folder of any depth and makes sure that each can be read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.errors import DataError, nearest
from evalkit.core.items import Media
from evalkit.readers._files import locate, whole_text
from evalkit.readers._items import _MIME, find_media
from evalkit.readers._problems import Problems, Wrong

TEXTS = ("txt", "md")
_KINDS = {
    "text": TEXTS,
    **{k.replace("application", "document"): tuple(v) for k, v in _MIME.items()},
}
_LEFT_BEHIND = frozenset({"Thumbs.db", "desktop.ini"})
"""What file managers leave in folders; passed over like names that begin with a dot."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the folder: its name from there, with slashes, and what is in it.

    kind: text, image, audio, video or document. text: what a text file says. pages: how many a
    document has.
    """

    name: str
    path: Path
    kind: str
    text: str = ""
    pages: int = 0


def visible(root: Path, table: Path | None, problems: Problems) -> list[str]:
    """Return the names of all files below a folder but the table and hidden ones, sorted."""
    names: list[str] = []

    def note(error: OSError) -> None:
        what = f"the folder cannot be read ({error.strerror})."
        problems.add(str(error.filename), what, "Correct its permissions.")

    for home, folders, files in os.walk(root, onerror=note):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in folders:
            if (Path(home) / name).is_symlink():
                what = "this is a link to a folder; such are not followed."
                problems.add(str(Path(home) / name), what, "Put the files themselves there.")
        paths = [Path(home) / name for name in files if not is_hidden(name)]
        names += [path.relative_to(root).as_posix() for path in paths if not _is_same(path, table)]
    return sorted(names)


def is_hidden(name: str) -> bool:
    """Return whether a file or a folder of this name is passed over."""
    return name.startswith(".") or name in _LEFT_BEHIND


def kind_of(name: str) -> str:
    """Return text, image, audio, video or document by a name's ending, "" for any other."""
    suffix = Path(name).suffix.lower().removeprefix(".")
    return next((kind for kind, suffixes in _KINDS.items() if suffix in suffixes), "")


def read_all(root: Path, names: list[str], problems: Problems) -> dict[str, Found]:
    """Return the files by name, noting those that are no media or cannot be read."""
    found: dict[str, Found] = {}
    for name in names:
        with problems.at(str(root / name)):
            found[name] = _read(root, name)
    return found


def _read(root: Path, name: str) -> Found:
    """Return one file after reading it; raises Wrong where that is not possible."""
    if not name.isprintable():
        raise Wrong(f"the name {name!r} holds characters that cannot be shown.", "Rename the file.")
    kind, path = kind_of(name), locate(root, name)
    if not kind:
        known = nearest(Path(name).suffix.lower(), (f".{s}" for k in _KINDS.values() for s in k))
        what = f"files that end in '{Path(name).suffix}' are no media that can be read;"
        raise Wrong(f"{what} {known}", "Move it out of the folder, or store it as another kind.")
    try:
        if not path.stat().st_size:
            raise Wrong("the file is empty.", "Store it again, or move it out of the folder.")
        if kind == "text":
            return Found(name, path, kind, text=_text(path))
        return Found(name, path, kind, pages=_opened(find_media(root, name, kind), kind))
    except OSError as e:
        raise Wrong(f"the file cannot be read ({e.strerror}).", "Correct its permissions.") from e
    except DataError as e:
        raise Wrong(e.problems[0].what, e.problems[0].fix) from e


def _text(path: Path) -> str:
    """Return what a text file says."""
    text = whole_text(path.read_bytes()).strip()
    if not text:
        raise Wrong("the file holds nothing but blanks.", "Write a text, or move it out.")
    return text


def _opened(media: Media, kind: str) -> int:
    """Open a piece of media; return how many pages a document has, 0 for anything else."""
    if kind == "image":
        from evalkit.media.images import open_rgb

        open_rgb(media.read(), "")
        return 0
    if kind == "document":
        from evalkit.media.pages import page_count

        return page_count(media)
    from evalkit.media import containers

    stream = containers.picture_stream if kind == "video" else containers.sound_stream
    with containers.opened(media) as container:
        stream(media, container)
    return 0


def _is_same(path: Path, table: Path | None) -> bool:
    """Return whether a file is the table."""
    return table is not None and table.exists() and path.exists() and path.samefile(table)

"""Files that show something at several strengths: a contact sheet, sounds or films beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from evalkit.core.errors import OutputError, Problem, UsageError
from evalkit.core.items import Media
from evalkit.report.sheet import Tile, draw_sheet

PICTURES, TEXTS = ".png", ".txt"


class View(NamedTuple):
    """One strength: its label, words about it, its picture, and the sound or film to play."""

    label: str
    words: str
    picture: bytes | None = None
    media: Media | None = None


def check_target(path: Path, suffix: str, source: str) -> None:
    """Raise UsageError where a file of that kind may not be written: another ending, the item."""
    if path.suffix.lower() != suffix:
        raise UsageError(f"'{path}' does not end in {suffix}, which is what is written here.")
    if path.resolve() == Path(source).resolve():
        raise UsageError(f"'{path}' is the item itself; write somewhere else.")


def write_gallery(
    path: Path, title: str, words: str, views: Sequence[View], source: str
) -> tuple[Path, ...]:
    """Write a contact sheet of views, and their sounds as WAV or films beside it; return the files.

    They are called like the sheet with the number of the view behind. source: the file that is
    shown, which is never written over. Raises UsageError as `check_target` does, and OutputError.
    """
    check_target(path, PICTURES, source)
    tiles = [Tile(view.label, view.words, view.picture) for view in views]
    files = {path: draw_sheet(title, words, tiles)}
    for number, view in enumerate(views):
        if view.media is not None:
            suffix, data = _playable(view.media)
            beside = path.with_name(f"{path.stem}-{number}{suffix}")
            check_target(beside, suffix, source)
            files[beside] = data
    for place, data in files.items():
        _write(place, data)
    return tuple(files)


def write_texts(path: Path, views: Sequence[View], source: str) -> tuple[Path, ...]:
    """Write the words of views below their labels; return the file. Raises as `write_gallery`."""
    check_target(path, TEXTS, source)
    _write(path, "\n\n".join(f"{v.label}\n{v.words}" for v in views).encode() + b"\n")
    return (path,)


def _playable(media: Media) -> tuple[str, bytes]:
    """Return the ending and the bytes of a file: mono WAV of a sound, a film as it is."""
    from evalkit.media.audio import cut_sound

    if media.mime.startswith("audio/"):
        return ".wav", cut_sound(media).read()
    return (media.path.suffix if media.path else ".mp4"), media.read()


def _write(path: Path, data: bytes) -> None:
    """Write a file, its folder made where it is missing; raises OutputError where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as e:
        what = f"cannot be written ({e.strerror})."
        raise OutputError(Problem(str(path), what, "Name another file with --out.")) from e

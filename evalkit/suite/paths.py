"""Paths that a suite writes, relative to its own folder."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.errors import nearest


def located(folder: Path, written: str) -> Path | None:
    """Return what a path leads to, None where it leads to nothing or is no path at all."""
    try:
        path = folder / written
        return path if path.exists() else None
    except (OSError, ValueError):
        return None


def resembling(folder: Path, written: str) -> str:
    """Return a hint at what lies where a path should lead, "" where nothing resembles it."""
    name = (folder / written).name
    beside = located(folder, str(Path(written).parent))
    if beside is None:
        return ""
    try:
        there = [path.name for path in beside.iterdir() if path.name[0] != "."]
    except OSError:  # no folder, or one that may not be listed
        return ""
    hint = nearest(name, [other for other in there if other != name])
    return hint if hint.startswith("did you mean") else ""


def is_broken_link(folder: Path, written: str) -> bool:
    """Return whether a path that leads to nothing is a link: to what is gone, or in a loop."""
    try:
        return (folder / written).is_symlink()
    except (OSError, ValueError):
        return False

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
    path = folder / written
    beside = located(folder, str(Path(written).parent))
    if beside is None or not beside.is_dir():
        return ""
    hint = nearest(path.name, [p.name for p in beside.iterdir() if p.name[0] != "."])
    return hint if hint.startswith("did you mean") else ""

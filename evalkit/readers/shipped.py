"""The data sets that come with evalkit, wherever it is installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def shipped() -> dict[str, Path]:
    """Return the folders of the shipped data sets by name.

    They lie below the package where it was installed, and beside it in the repository.
    """
    installed, repository = _PACKAGE / "_share" / "datasets", _PACKAGE.parent
    home = installed
    if not installed.is_dir() and (repository / "pyproject.toml").is_file():
        home = repository / "datasets"
    folders = sorted(path for path in home.glob("*") if (path / "make.py").is_file())
    return {folder.name: folder for folder in folders}

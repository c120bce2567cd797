"""init: a starter suite with data of its own, to be changed into the user's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from evalkit.core.errors import OutputError, Problem, UsageError

STARTER = Path(__file__).parent / "starter"


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)
    ],
) -> None:
    """Write a starter suite, with data, that runs at once.

    The suite explains its keys. Replace the data in DIR/data and the model by yours.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"'{folder}' is not an empty folder. Name a new or an empty one.")
    try:
        shutil.copytree(STARTER, folder, dirs_exist_ok=True)
    except OSError as e:
        what = f"cannot be written ({e.strerror or e})."
        raise OutputError(Problem(str(folder), what, "Name another folder.")) from e
    typer.echo(f"Written: {folder / 'suite.yaml'} and its data set {folder / 'data'}.")
    typer.echo(f"Next: evalkit run {folder / 'suite.yaml'} --out {folder / 'reports'}")

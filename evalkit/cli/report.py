"""report: the reports of stored runs, written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="Run folders, or suite folders: the newest run in them.",
            show_default=False,
        ),
    ],
) -> None:
    """Write the reports of stored runs anew.

    Nothing is embedded or computed; the same run gives the same bytes.
    """
    from evalkit import api

    for folder in runs:
        typer.echo(f"report: {api.render(folder) / 'report.html'}")

"""What every judge command shares: where judgements are kept, and the options they are named by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.core.errors import UsageError
from evalkit.judging.place import NAME, VARIABLE, is_made, place_of

if TYPE_CHECKING:
    from evalkit.judging.store import Store

Place = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="FILE|URL",
        help=f"Where judgements are kept (default: ${VARIABLE}, else {NAME} beside the runs).",
        show_default=False,
    ),
]
Named = Annotated[str, typer.Argument(metavar="STUDY", help="The study.", show_default=False)]
OfStudy = Annotated[
    str,
    typer.Option("--study", help="The study (default: the one of this run).", show_default=False),
]
RunFolder = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's or suite's folder.", show_default=False)
]


class Way(StrEnum):
    """How several judgements of a result are brought together."""

    majority = "majority"
    dawid_skene = "dawid-skene"


How = Annotated[Way, typer.Option(help="How judgements are brought together.")]


@contextmanager
def opened(where: str, make: bool = False) -> Iterator[Store]:
    """Open a store; none is made by looking at it."""
    try:
        from evalkit.judging.store import Store
    except ModuleNotFoundError as e:
        if e.name != "sqlalchemy":
            raise
        raise UsageError("judging needs SQLAlchemy: pip install 'evalkit[judging]'.") from None

    if not make and not is_made(where):
        raise UsageError(
            f"{where}: there are no judgements here. Name their file with --store or {VARIABLE}; "
            "`evalkit judge new` makes one."
        )
    with Store(where) as store:
        yield store


def where_of(given: str, run: str = "") -> str:
    """Return where judgements are kept: beside a run where one is named, else below `reports`."""
    from evalkit import api

    return place_of(out_of(run) if run else api.REPORTS, given)


def out_of(run: str) -> Path:
    """Return the folder below which a run is stored."""
    from evalkit import archive

    found = archive.latest(Path(run).parent, Path(run).name) or Path(run)
    return Path(os.path.relpath(found.resolve().parents[1]))

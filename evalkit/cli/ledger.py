"""ledger info, verify, export and prune: looking after the embeddings already paid for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import AsJson, LedgerFolder
from evalkit.cli.output import print_entries, print_json, print_table
from evalkit.core.errors import UsageError, nearest

if TYPE_CHECKING:
    from evalkit.ledger import Holding, Ledger

app = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    help="Look after the embeddings already paid for.",
    rich_markup_mode=None,
)

_HEAD = (
    "model",
    "revision",
    "size",
    "inputs",
    "vectors",
    "on disk",
    "refused",
    "conflicts",
    "stored",
)
_SHOWN = 20
"""So many damaged inputs are named to a person."""


@app.command("info")
def info(ledger: LedgerFolder = None, as_json: AsJson = False) -> None:
    """Tell what is stored, by model, revision and vector size."""
    with _opened(ledger) as store:
        told = store.info()
    if as_json:
        print_json(asdict(told))
        return
    print_table(f"{told.folder}, {_bytes(told.size)}", _HEAD, [_row(h) for h in told.holdings])
    typer.echo(
        f"Claims of running processes: {told.claims}. Jobs that are not over: {told.jobs}. "
        f"Space that prune would free: {_bytes(told.unused)}."
    )


@app.command("verify")
def verify(ledger: LedgerFolder = None, as_json: AsJson = False) -> None:
    """Check every record; ends with code 1 where something is damaged."""
    with _opened(ledger) as store:
        told = store.verify()
        folder, missing = store.folder, _missing(store)
    damaged = [{"key": d.key.hex(), "why": d.why} for d in told.damaged]
    if as_json:
        counts = {"inputs": told.inputs, "vectors": told.vectors}
        found = {"missing": missing, "damaged": damaged, "index": told.index}
        print_json({"sound": told.sound, **counts, **found})
        raise typer.Exit(not told.sound)
    if told.sound:
        typer.echo(f"{folder}: {told.vectors} vectors of {told.inputs} inputs, all sound.")
        return
    lines = [f"{name} is missing" for name in missing]
    lines += _first([f"{d['key']}: {d['why']}" for d in damaged])
    lines += [f"index: {line}" for line in told.index]
    title = f"{folder}: {len(damaged)} of {told.inputs} inputs are damaged"
    print_entries(title, [("", line, "") for line in lines])
    _advise(bool(damaged), bool(told.index))
    raise typer.Exit(1)


@app.command("export")
def export(
    path: Annotated[
        Path, typer.Argument(help="A file to write, .parquet or .npz.", show_default=False)
    ],
    ledger: LedgerFolder = None,
    as_json: AsJson = False,
) -> None:
    """Write all vectors to one file for other programs."""
    with _opened(ledger) as store:
        done = store.export(path)
    if as_json:
        print_json({"file": str(path), **asdict(done)})
        return
    typer.echo(f"Written: {path}, {done.vectors} vectors.")
    if done.damaged:
        typer.echo(f"{done.damaged} vectors are damaged and were left out.", err=True)


@app.command("prune")
def prune(
    model: Annotated[
        str | None, typer.Option(help="Remove what this model gave.", show_default=False)
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="Remove what this revision gave.", show_default=False)
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option(metavar="DAYS", help="Remove what is older than this.", show_default=False),
    ] = None,
    damaged: Annotated[bool, typer.Option("--damaged", help="Remove what is damaged.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: LedgerFolder = None,
    as_json: AsJson = False,
) -> None:
    """Remove what meets all conditions that are given, and free space.

    What is removed has to be paid for when it is needed again. Without a condition nothing is
    removed: space is freed that interrupted runs left unused.
    """
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    removes = damaged or any(given is not None for given in (model, revision, before))
    with _opened(ledger) as store:
        meant = _meant(store.info().holdings, model, revision)
        if removes and not yes:
            what = f"{_amount(meant, model, revision)} from {store.folder}"
            if not _confirmed(_question(what, older_than, damaged), as_json):
                typer.echo("Nothing was removed.")
                return
        done = store.prune(model, revision, before, damaged)
    if as_json:
        print_json(asdict(done))
        return
    typer.echo(
        f"Removed: {done.inputs} inputs, {done.refusals} refusals. "
        f"Freed: {_bytes(max(done.freed, 0))}."
    )


@contextmanager
def _opened(folder: Path | None) -> Iterator[Ledger]:
    """Open a ledger that is there; none is made by looking at it."""
    from evalkit.ledger import Ledger, default_folder
    from evalkit.ledger.database import names_a_file

    place = default_folder() if folder is None else folder
    if place.is_file():
        raise UsageError(names_a_file(place))
    if not (place / "ledger.sqlite").is_file():
        raise UsageError(
            f"{place}: there is no ledger here. Name its folder with --ledger or EVALKIT_LEDGER; "
            "the first run that embeds something makes one."
        )
    with Ledger(place) as store:
        yield store


def _missing(store: Ledger) -> list[str]:
    """Return the files of vectors that records point to and that are gone."""
    from evalkit.ledger.database import Database
    from evalkit.ledger.segments import Segments

    files = Segments(store.folder / "ledger.vectors")
    index = Database(store.path, list)
    try:
        query = "SELECT DISTINCT segment FROM record WHERE typeof(segment) = 'integer' ORDER BY 1"
        paths = [files.path(segment) for (segment,) in index.rows(query)]
    finally:
        index.close()
    return [str(path.relative_to(store.folder)) for path in paths if not path.exists()]


def _first(lines: list[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {more} more"] if more > 0 else lines


def _advise(damaged: bool, index: bool) -> None:
    """Say what to do about damaged vectors and a damaged index."""
    from evalkit.ledger.database import RESCUE

    if index:
        typer.echo(f"The index itself is damaged. {RESCUE}")
    elif damaged:
        typer.echo(
            "They count as not paid for. `evalkit ledger prune --damaged` removes them; "
            "`evalkit ledger export` writes all others."
        )


def _meant(holdings: Sequence[Holding], model: str | None, revision: str | None) -> list[Holding]:
    """Return what is stored of a model and a revision; raises UsageError for unknown ones."""
    meant = [h for h in holdings if model in (None, h.model)]
    if model is not None and not meant:
        known = nearest(model, (h.model for h in holdings))
        raise UsageError(f"no model '{model}' is in this ledger; {known}")
    some = [h for h in meant if revision in (None, h.revision)]
    if revision is not None and not some:
        of = "" if model is None else f" of '{model}'"
        known = nearest(revision, (h.revision for h in meant))
        raise UsageError(f"no revision '{revision}'{of} is in this ledger; {known}")
    return some


def _amount(meant: Sequence[Holding], model: str | None, revision: str | None) -> str:
    """Return how much is stored of a model and a revision, in words."""
    vectors, refusals = sum(h.vectors for h in meant), sum(h.refusals for h in meant)
    words = f"{vectors} embedding{'s' * (vectors != 1)}"
    if refusals:
        words += f" and {refusals} refusal{'s' * (refusals != 1)}"
    names = [model, revision and f"revision {revision}"]
    return " of ".join([words, *filter(None, [", ".join(filter(None, names))])])


def _question(what: str, older_than: float | None, damaged: bool) -> str:
    """Return the question whether to remove what meets the conditions."""
    days = "" if older_than is None else f"older than {older_than:g} days"
    if only := " and ".join(filter(None, ["damaged" * damaged, days])):
        return f"Of {what}, remove what is {only}?"
    return f"Remove {what}?"


def _confirmed(question: str, as_json: bool) -> bool:
    """Return whether the user wants to go on; raises UsageError where nobody can be asked."""
    if sys.stdin.isatty() and not as_json:
        try:
            return typer.confirm(question)
        except typer.Abort:
            typer.echo()
    raise UsageError("prune asks before it removes anything, and nobody answered. Add --yes.")


def _row(holding: Holding) -> tuple[str, ...]:
    """Return a line of the table of `info`."""
    days = sorted({holding.first[:10], holding.last[:10]})
    return (
        holding.model, holding.revision, str(holding.dim or "-"), str(holding.inputs),
        str(holding.vectors), _bytes(holding.size), str(holding.refusals), str(holding.conflicts),
        " to ".join(days),
    )  # fmt: skip


def _bytes(size: float) -> str:
    """Return a number of bytes for a person."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"

"""ledger info, verify, export and prune: looking after the embeddings already paid for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import AsJson, LedgerFolder
from evalkit.cli.output import print_entries, print_json, print_table
from evalkit.core.errors import UsageError

if TYPE_CHECKING:
    from evalkit.ledger import Holding, Ledger

app = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    help="Look after the embeddings already paid for.",
    rich_markup_mode=None,
)

_HEAD = ("model", "revision", "size", "inputs", "vectors", "on disk", "refused", "conflicts", "")


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
        folder = store.folder
    damaged = [{"key": d.key.hex(), "why": d.why} for d in told.damaged]
    if as_json:
        counts = {"inputs": told.inputs, "vectors": told.vectors}
        print_json({"sound": told.sound, **counts, "damaged": damaged, "index": told.index})
        raise typer.Exit(not told.sound)
    if told.sound:
        typer.echo(f"{folder}: {told.vectors} vectors of {told.inputs} inputs, all sound.")
        return
    entries = [("", f"{d['key']}: {d['why']}", "") for d in damaged]
    entries += [("", f"index: {line}", "") for line in told.index]
    print_entries(f"{folder}: {len(damaged)} of {told.inputs} inputs are damaged", entries)
    if damaged:
        typer.echo("They count as not paid for. `evalkit ledger prune --damaged` removes them.")
    if told.index:
        typer.echo("The index itself is damaged. Export what can be read, and begin a new ledger.")
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
        if removes and not yes and not _confirmed(store.folder, as_json):
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

    place = default_folder() if folder is None else folder
    if not (place / "ledger.sqlite").is_file():
        raise UsageError(
            f"{place}: there is no ledger here. Name its folder with --ledger or EVALKIT_LEDGER; "
            "the first run that embeds something makes one."
        )
    with Ledger(place) as store:
        yield store


def _confirmed(folder: Path, as_json: bool) -> bool:
    """Return whether the user wants to go on; raises UsageError where nobody can be asked."""
    if not as_json:
        try:
            return typer.confirm(f"Remove embeddings that were paid for from {folder}?")
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

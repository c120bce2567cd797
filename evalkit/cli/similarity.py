"""similarity: how alike two items are to a model, and through which of their pieces."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import AllowEndpoint, AsJson, LedgerFolder, interruptible
from evalkit.cli.output import number, print_json, print_table, progress
from evalkit.core.errors import UsageError

if TYPE_CHECKING:
    from evalkit.core.items import Item
    from evalkit.pipeline.similarity import AtSize, Change, Needed, Similar

_LETTERS = 60
_PIECES = 20


def similarity(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A text, a file (report.pdf#3 is its third page), or an id with --data or --run.",
            show_default=False,
        ),
    ],
    b: Annotated[
        str,
        typer.Argument(metavar="B", help="What to compare it with, likewise.", show_default=False),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="ENTRY",
            help="The model, as a suite names it: minilm, or "
            "'mine: {provider: openai, model_id: e5}'.",
        ),
    ] = "reference",
    at: Annotated[
        int | None,
        typer.Option("--at", metavar="SIZE", help="One size. Default: all.", show_default=False),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="A data set whose random and true pairs show what the cosine means.",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="A stored run in its place: its texts, and images as small as it keeps them.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Leave out each word, tile, second or region in turn, and say what that changes.",
        ),
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="The seed that pairs are drawn with.")
    ] = 7,
    offline: Annotated[
        bool, typer.Option("--offline", help="Fail where something was never embedded.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Pay what a service asks, without a question.")
    ] = False,
    ledger: LedgerFolder = None,
    allow_endpoint: AllowEndpoint = None,
    as_json: AsJson = False,
) -> None:
    """Say how alike two items are to a model.

    The cosine at every size; its percentile among pairs of a data set, drawn by chance and true
    ones, 100 items a side; and what leaving out each piece changes. A is embedded as a query, B as
    a document. Before a service is asked, the price is shown and you are asked; what was paid for
    before is in the ledger and costs nothing.
    """
    from evalkit import api

    api.allow_endpoints(allow_endpoint or ())
    with interruptible(), progress() as told:
        found = api.similarity(
            a, b, model=model, dim=at, data=data, run=run, ledger=ledger, explain=explain,
            offline=offline, agree=None if yes else _agreed, seed=seed, progress=told,
        )  # fmt: skip
    if as_json:
        print_json(_plain(found))
        return
    typer.echo(f"A: {_said(found.a)}")
    typer.echo(f"B: {_said(found.b)}")
    _show(found)


def _agreed(needed: Needed) -> bool:
    """Show what a service would cost and ask; raises UsageError where nobody can answer."""
    import sys

    left = f", {needed.paid} are in the ledger" if needed.paid else ""
    typer.echo(f"{needed.to_embed} inputs would be sent{left}; about {needed.cost}.", err=True)
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to agree to that; say --yes to go on. Nothing was sent.")
    return typer.confirm("Go on?", err=True)


def _said(item: Item) -> str:
    """Return an item in a line."""
    if isinstance(item.content, str):
        text = " ".join(item.content.split())
        return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 3]}..."
    return f"{item.id} ({item.modality})"


def _show(found: Similar) -> None:
    """Print the cosines, what they are held against, and what each piece does."""
    rows = [_row(one, bool(found.pairs)) for one in found.sizes]
    head = ("size", "cosine") + (("above random", "above true") if found.pairs else ())
    print_table(found.model, head, rows)
    if found.pairs:
        typer.echo(f"Above: the share of pairs that are less alike; {found.pairs}.")
    elif not found.changes:
        typer.echo("--data shows what such a cosine means; --explain shows where it comes from.")
    if found.changes:
        _show_changes(found)


def _row(one: AtSize, among: bool) -> tuple[str, ...]:
    """Return a size as cells; percentiles where pairs were drawn."""
    cells = str(one.dim), number(one.cosine)
    percentiles = (_percent(one.among_random), _percent(one.among_true))
    return cells + (percentiles if among else ())


def _percent(value: float) -> str:
    """Return a percentile, a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.1f} %"


def _show_changes(found: Similar) -> None:
    """Print what leaving out each piece does at the widest size, the strongest first."""
    widest = found.sizes[0].dim
    known = [change for change in found.changes if change.changes]
    known.sort(key=lambda one: -abs(one.changes[widest]))
    parts = any(change.part for change in known)
    head = ("left out of", "piece", f"change at {widest}")
    rows = [(_of(one, parts), one.label, f"{one.changes[widest]:+.3f}") for one in known[:_PIECES]]
    print_table("Left out in turn", head, rows)
    typer.echo("Below 0: the piece makes the two more alike.")
    if len(known) > _PIECES:
        typer.echo(f"{len(known) - _PIECES} more change it less; --json has them all.")
    lost = len(found.changes) - len(known)
    if lost:
        reason = next(change.reason for change in found.changes if not change.changes)
        typer.echo(f"{lost} pieces could not be left out: {reason}")


def _of(change: Change, parts: bool) -> str:
    """Return what a piece is of; the part where an item has several."""
    return f"{change.item}, part {change.part + 1}" if parts else change.item


def _plain(found: Similar) -> dict[str, object]:
    """Return the answer for programs; of the pairs how many there are."""
    widest = found.sizes[0].dim
    return {
        "model": found.model,
        "a": {"id": found.a.id, "modality": found.a.modality},
        "b": {"id": found.b.id, "modality": found.b.modality},
        "sizes": [
            {
                "dim": one.dim,
                "cosine": one.cosine,
                "percentile_among_random": one.among_random,
                "percentile_among_true": one.among_true,
            }
            for one in found.sizes
        ],
        "pairs": found.pairs,
        "random_pairs": len(found.random.get(widest, ())),
        "true_pairs": len(found.true.get(widest, ())),
        "changes": [
            {
                "item": one.item,
                "part": one.part,
                "kind": one.kind,
                "label": one.label,
                "place": one.place,
                "changes": dict(one.changes),
                "reason": one.reason,
            }
            for one in found.changes
        ],
    }

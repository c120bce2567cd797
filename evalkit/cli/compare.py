"""compare: what changed between two stored runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import AsJson, LedgerFolder
from evalkit.cli.output import number, print_entries, print_json, print_table, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalkit.pipeline.paired_spaces import PairedSpaces
    from evalkit.stats.spaces import Likeness

_HEAD = (
    "cell", "inputs", "overlap@10 (by chance)", "corrected CKA", "Procrustes", "cosine"
)  # fmt: skip
_SAYS = (
    (
        "overlap@10: the share of the inputs nearest to an input that are the same.",
        "What a search finds changes as this falls.",
    ),
    (
        "corrected CKA: 1 where the spaces have one shape at large, 0 where they share nothing.",
        "It moves little, so judge by the overlap.",
    ),
    (
        "Procrustes: the share of one space that is left when the other is turned to fit it best.",
        "Near 0, a matrix can turn the vectors of one run into those of the other.",
    ),
    (
        "cosine: of an input's two vectors, on average.",
        "Where it is not near 1, an index must not mix the vectors of both.",
    ),
)


def compare(
    before: Annotated[
        Path,
        typer.Argument(
            help="The earlier run, or a suite's folder: its newest.", show_default=False
        ),
    ],
    after: Annotated[Path, typer.Argument(help="The later run.", show_default=False)],
    spaces: Annotated[
        Path | None,
        typer.Option(
            metavar="SUITE",
            help="Compare the vectors as well: the suite of the runs finds them in the ledger.",
        ),
    ] = None,
    spaces_before: Annotated[
        Path | None,
        typer.Option(metavar="SUITE", help="The suite of the earlier run, where it was another."),
    ] = None,
    ledger: LedgerFolder = None,
    as_json: AsJson = False,
) -> None:
    """Compare two stored runs, query by query.

    Both must rest on the same queries, items and judgements. A positive number is a loss.
    """
    from evalkit import api

    if spaces_before and not spaces:
        raise typer.BadParameter("name the suite of the later run too, with --spaces.")
    found = api.compare(before, after)
    lie = api.compare_spaces(before, after, spaces, spaces_before, ledger=ledger) if spaces else ()
    if as_json:
        changes = [asdict(e) for e in found]
        print_json({"changes": changes, "spaces": [asdict(s) for s in lie]} if spaces else changes)
        return
    rows = [
        (str(e.cell), e.metric, span(e.value, e.low, e.high), str(e.n), number(e.p, 4))
        for e in found
    ]
    head = ("cell", "metric", "before minus after [90 % interval]", "n", "p")
    print_table(f"{before} before, {after} after", head, rows)
    if lie:
        _show_spaces(lie)


def _show_spaces(lie: Sequence[PairedSpaces]) -> None:
    """Show how alike the vectors of two runs are, what the numbers say, and what is missing."""
    found = [(one, one.likeness) for one in lie if one.likeness]
    if found:
        print_table("vectors of the same inputs", _HEAD, [_row(*pair) for pair in found])
        print_entries("what this says", [("", *line) for line in _SAYS])
    notes: dict[str, list[str]] = {}
    for one in lie:
        if one.note:
            notes.setdefault(one.note, []).append(f"{one.case} {one.model} at {one.dim}")
    if notes:
        missing = [("", ", ".join(cells), why) for why, cells in notes.items()]
        print_entries("vectors that are not compared", missing)


def _row(one: PairedSpaces, found: Likeness) -> tuple[str, ...]:
    """Return one row of the table of vectors."""
    return (
        f"{one.case} {one.model} at {one.dim}",
        f"{found.n:,} of {one.total:,}",
        f"{number(found.overlap)} ({number(found.chance)})",
        number(found.corrected_cka),
        number(found.procrustes),
        number(found.cosine),
    )

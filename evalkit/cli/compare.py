"""compare: what changed between two stored runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import AsJson, LedgerFolder
from evalkit.cli.output import number, print_entries, print_json, print_table, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalkit.pipeline.paired_spaces import PairedSpaces
    from evalkit.stats.spaces import Likeness

_ONLY_TURNED = 0.01
"""Below this residual, spaces differ by little but a rotation."""


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
    for one in lie:
        print_entries(f"vectors: {one.case} {one.model} at {one.dim}", _entries(one))


def _entries(one: PairedSpaces) -> Iterator[tuple[str, str, str]]:
    """Yield what is known of two runs' vectors: a number a line, and what it says."""
    if one.likeness is None:
        yield "", "Not compared.", one.note
        return
    found = one.likeness
    some = "All" if found.n == one.total else f"{found.n:,} of"
    yield "", f"{some} {one.total:,} inputs, in both runs.", ""
    overlap = f"overlap@{found.k} {number(found.overlap)} (by chance {number(found.chance)})"
    yield (
        "",
        f"neighbour {overlap}",
        f"Of the {found.k} inputs nearest to an input, {found.overlap:.0%} are the same in both. "
        "Search changes as this falls.",
    )
    yield (
        "",
        f"corrected CKA {number(found.corrected_cka)}",
        "1: the spaces have one shape at large, 0: they have nothing in common. It moves little.",
    )
    yield "", f"Procrustes residual {number(found.procrustes)}", _turned(found)
    yield (
        "",
        f"mean cosine {number(found.cosine)}",
        "Of an input's two vectors. Where it is not near 1, an index must not mix them.",
    )


def _turned(found: Likeness) -> str:
    """Return what a Procrustes residual says."""
    if found.procrustes < _ONLY_TURNED:
        return "The spaces differ by little but a rotation and scale, which a matrix can undo."
    left = f"{found.procrustes:.0%}" if found.procrustes == found.procrustes else "An unknown part"
    return f"{left} of one space is left when the other is turned and scaled to fit it best."

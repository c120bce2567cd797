"""compare: what changed between two stored runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.output import number, print_json, print_table, span


def compare(
    before: Annotated[
        Path,
        typer.Argument(
            help="The earlier run, or a suite's folder: its newest.", show_default=False
        ),
    ],
    after: Annotated[Path, typer.Argument(help="The later run.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Compare two stored runs, query by query.

    Both must rest on the same queries, items and judgements. A positive number is a loss.
    """
    from evalkit import api

    found = api.compare(before, after)
    if as_json:
        print_json([asdict(e) for e in found])
        return
    rows = [
        (str(e.cell), e.metric, span(e.value, e.low, e.high), str(e.n), number(e.p, 4))
        for e in found
    ]
    head = ("cell", "metric", "before minus after [90 % interval]", "n", "p")
    print_table(f"{before} before, {after} after", head, rows)

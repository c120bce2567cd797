"""compare: what changed between two stored runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.output import number, print_json, print_table, span
from evalkit.cli.run import AsJson


def compare(
    before: Annotated[Path, typer.Argument(help="The earlier run: its folder.")],
    after: Annotated[Path, typer.Argument(help="The later run: its folder.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs on the same data, query by query; positive numbers are losses."""
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
    print_table(f"{before} against {after}", head, rows)

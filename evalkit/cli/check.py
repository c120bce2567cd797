"""check: what a run would need and could find, before anything is spent."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import AsJson, LedgerFolder, Out, Suites, interruptible, over_suites
from evalkit.cli.output import number, print_entries, print_table

if TYPE_CHECKING:
    from evalkit.pipeline.check import Check, GatePower, ModelNeeds


def check(
    suites: Suites,
    out: Out = Path("reports"),
    ledger: LedgerFolder = None,
    spread: Annotated[
        float | None,
        typer.Option(
            "--spread",
            min=0.0,
            help="Standard deviation of per-query scores to assume, 0.3 for instance. "
            "Default: that of the suite's last run.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check suites without spending anything.

    Says everything that is wrong at once; how many inputs a run would embed; and the smallest
    difference from its bound that each gate would find with power 0.8.
    """

    def work(path: Path) -> Check:
        from evalkit import api

        return api.check(path, out=out, ledger=ledger, spread=spread)

    with interruptible():
        over_suites(suites, work, _show, asdict if as_json else None)


def _show(found: Check) -> None:
    """Print what a suite needs and what its gates could find."""
    typer.echo(f"{found.suite}: the suite is right.")
    needs = [_needs(m) for m in found.models]
    print_table("What a run would embed", ("model", "inputs", "already paid", "to embed"), needs)
    if found.gates:
        title = "The smallest difference from its bound that each gate would find (power 0.8)"
        print_entries(title, [("", g.gate, _power(g)) for g in found.gates])


def _needs(model: ModelNeeds) -> tuple[str, ...]:
    """Return the row of a model; one with stored vectors, or without a case, is asked nothing."""
    if not model.inputs:
        return model.model, "none: nothing is asked of it", "", ""
    return model.model, str(model.inputs), str(model.paid), str(model.to_embed)


def _power(gate: GatePower) -> str:
    """Return what a gate could find, as far as that is known."""
    size = f"about {number(gate.mde)}" if gate.mde == gate.mde else "not known"
    return f"{size}, {gate.queries} queries ({gate.source})"

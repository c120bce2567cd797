"""check: what a run would need and could find, before anything is spent."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import (
    AllowEndpoint,
    AsJson,
    LedgerFolder,
    Models,
    Out,
    Suites,
    interruptible,
    over_suites,
)
from evalkit.cli.output import number, print_entries, print_table
from evalkit.core.errors import UsageError
from evalkit.pipeline.pace import clock

if TYPE_CHECKING:
    from evalkit.pipeline.check import Check, GatePower, ModelNeeds


_SHOWN = 10


def check(
    suites: Suites,
    out: Out = Path("reports"),
    ledger: LedgerFolder = None,
    allow_endpoint: AllowEndpoint = None,
    model: Models = None,
    spread: Annotated[
        float | None,
        typer.Option(
            "--spread",
            metavar="NUMBER",
            help="Standard deviation of per-query scores to assume, 0.3 for instance. "
            "Default: that of the suite's last run.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check suites without spending anything.

    Says everything that is wrong at once; how many inputs a run would embed, in how many calls and
    for what price; and the smallest difference from its bound that each gate would find with power
    0.8.
    """
    if spread is not None and not 0 < spread < math.inf:
        raise UsageError(
            f"--spread is {spread:g}; expected the standard deviation of per-query scores, a "
            "number above 0 such as 0.3. Leave it out to take that of the suite's last run."
        )

    def work(path: Path) -> Check:
        from evalkit import api

        api.allow_endpoints(allow_endpoint or ())
        return api.check(api.load(path, model or ()), out=out, ledger=ledger, spread=spread)

    with interruptible():
        over_suites(suites, work, _show, asdict if as_json else None)


def _show(found: Check) -> None:
    """Print what a suite needs and what its gates could find."""
    typer.echo(f"{found.suite}: the suite is right.")
    needs = [_needs(m) for m in found.models]
    print_table("What a run would embed", ("model", "inputs", "already paid", "to embed"), needs)
    priced = [_price(m) for m in found.models if m.calls]
    if priced:
        prices = " and ".join(filter(None, (found.prices, found.own_prices)))
        title = f"What that would cost (prices of {prices}; tokens are estimated)"
        print_entries(title, priced)
    if found.unusable:
        title = "Items that cannot be used as meant; a run lists them and goes by the suite's rules"
        print_entries(title, list(_unusable(found)))
    for lack in found.lacks:
        typer.echo(f"To run it: {lack}")
    if found.gates:
        title = "The smallest difference from its bound that each gate would find (power 0.8)"
        print_entries(title, [("", g.gate, _power(g)) for g in found.gates])


def _unusable(found: Check) -> Iterator[tuple[str, str, str]]:
    """Yield the first items that cannot be used, and how many more there are."""
    from evalkit.core.results import CLEAN

    for one in found.unusable[:_SHOWN]:
        under = "" if one.probe == CLEAN else f", {one.probe}"
        yield "", f"{one.case}, {one.side} side{under}: {one.item}", one.reason
    if (more := len(found.unusable) - _SHOWN) > 0:
        yield "", f"and {more} more; --json lists all", ""


def _needs(model: ModelNeeds) -> tuple[str, ...]:
    """Return the row of a model; one with stored vectors, or without a case, is asked nothing."""
    if not model.inputs:
        return model.model, "none: nothing is asked of it", "", ""
    return model.model, str(model.inputs), str(model.paid), str(model.to_embed)


def _price(model: ModelNeeds) -> tuple[str, str, str]:
    """Return the price of a model's calls and what it is made of."""
    from evalkit.prices import Cost

    amounts = [
        (model.calls, "calls"),
        (model.tokens, "tokens"),
        (model.images, "images"),
        (model.audio_seconds, "seconds of audio"),
        (model.video_seconds, "seconds of video"),
    ]
    used = ", ".join(f"{amount:,.0f} {what}" for amount, what in amounts if amount)
    used += f"; price unconfirmed: {model.price_source}" if _doubtful(model) else ""
    time = f"; {clock(model.seconds)} at the stated or usual pace" if model.seconds > 0 else ""
    return "", f"{model.model}: {Cost(model.dollars, model.unpriced)}", f"{used}{time}"


def _doubtful(model: ModelNeeds) -> bool:
    """Return whether a price is known, but not well."""
    return model.price_confidence == "poor" and model.dollars > 0


def _power(gate: GatePower) -> str:
    """Return what a gate could find, as far as that is known."""
    size = f"about {number(gate.mde)}" if gate.mde == gate.mde else "not known"
    return f"{size}, {gate.queries} {gate.units} ({gate.source})"

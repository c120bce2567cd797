"""probe show: what a probe does to an item, to look at and to listen to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.core.errors import UsageError

if TYPE_CHECKING:
    from evalkit.api import Shown

app = typer.Typer(
    name="probe",
    no_args_is_help=True,
    help="Look at what probes do.",
    rich_markup_mode=None,
)


@app.callback()
def common() -> None:
    """Look at what probes do."""


@app.command("show")
def show(
    name: Annotated[
        str, typer.Argument(help="A probe, as `evalkit list probes` has it.", show_default=False)
    ],
    item: Annotated[
        str,
        typer.Argument(
            help="A file (report.pdf#3 is its third page), an id with --data, or a text.",
            show_default=False,
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="The data set that has the item, and others to borrow from.",
            show_default=False,
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="KEY=VALUE",
            help="A parameter of the probe; may be given several times.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The contact sheet (.png), or the texts (.txt). Default: a .png named after "
            "probe and item; none for a text.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="The seed, as in a suite.")
    ] = 7,
) -> None:
    """Show an item at every severity of a probe.

    Texts are printed. Of images, pages, sounds and films a contact sheet is written; the six sounds
    or films lie beside it.
    """
    from evalkit import api

    given = dict(map(_parameter, param or ()))
    shown = api.show_probe(name, item, data=data, params=given, out=out, seed=seed)
    typer.echo(f"{name}: {shown.about}")
    typer.echo(f"May break: {shown.may_break}")
    for line in _lines(shown, alone=data is None):
        typer.echo(line)
    for file in shown.files:
        typer.echo(f"Written: {file}")


def _lines(shown: Shown, alone: bool) -> list[str]:
    """Return each version of a text, and where the item cannot be changed; alone: no others."""
    stuck = [step for step in shown.steps if step.item is None]
    texts = all(step.picture is None for step in shown.steps)
    lines = [
        f"{step.label}{': ' if step.text else ''}{step.text}"
        for step in shown.steps
        if texts or step.item is None
    ]
    if alone and len(stuck) == len(shown.steps) - 1:
        lines.append("Where a probe borrows from other items, or needs a mask, --data has them.")
    return lines


def _parameter(written: str) -> tuple[str, object]:
    """Return a parameter and its value, read as YAML as in a suite."""
    import yaml

    key, sign, value = written.partition("=")
    try:
        if key and sign:
            return key, yaml.safe_load(value)
    except yaml.YAMLError:
        pass
    raise UsageError(f"'{written}' is no parameter; write it as KEY=VALUE, kind=white for example.")

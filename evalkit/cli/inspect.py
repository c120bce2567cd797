"""list and schema: what evalkit knows."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from typing import Annotated, Any

import typer

from evalkit.cli.output import print_json, print_table
from evalkit.cli.run import AsJson
from evalkit.core import registry
from evalkit.core.errors import UsageError, nearest


def list_plugins(
    family: Annotated[
        str, typer.Argument(help=f"One of {', '.join(registry.FAMILIES)}; all where left out.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the plugins of a family with their parameters."""
    if family and family not in registry.FAMILIES:
        raise UsageError(f"unknown family '{family}'; {nearest(family, registry.FAMILIES)}")
    chosen = [family] if family else list(registry.FAMILIES)
    found = [_described(f, name) for f in chosen for name in registry.names(f)]
    if as_json:
        print_json(found)
        return
    for one in chosen:
        rows = [
            (d["name"], ", ".join(f"{k}={v}" for k, v in d["parameters"].items()), d["about"])
            for d in found
            if d["family"] == one
        ]
        print_table(one, ("name", "parameters", "about"), rows)


def _described(family: str, name: str) -> dict[str, Any]:
    """Return a plugin's name, first sentence, parameters with defaults, and declarations."""
    cls = registry.find(family, name)
    declared = {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key in ("modalities", "sides", "may_break", "better", "unit", "range")
        if isinstance(value := getattr(cls, key, None), (str, tuple, frozenset))
    }
    return {
        "family": family,
        "name": name,
        "about": (inspect.getdoc(cls) or "").split("\n")[0],
        "parameters": {
            f.name: "required" if f.default is MISSING else f.default for f in fields(cls) if f.init
        },
    } | declared


def schema() -> None:
    """Print the JSON Schema of suite files, for editors that complete and check YAML."""
    from evalkit import suite

    typer.echo(suite.json_schema(), nl=False)

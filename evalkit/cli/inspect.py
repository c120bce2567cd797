"""list and schema: what evalkit knows."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field, fields
from typing import Annotated, Any

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.output import print_entries, print_json
from evalkit.core.errors import EvalkitError, UsageError, nearest

_FAMILIES = "metrics, probes, providers, readers, search, tasks"
_DECLARED = ("sizes", "modalities", "nested", "sides", "may_break", "better", "unit", "range")


def list_plugins(
    family: Annotated[
        str,
        typer.Argument(help=f"One of {_FAMILIES}; all where left out.", show_default=False),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List models, probes, metrics and other plugins.

    Each with its first sentence, its parameters with their defaults, and what it declares: sizes
    and modalities of a model that needs no parameters, sides of a probe, range of a metric.
    """
    from evalkit.core import registry

    if family and family not in registry.FAMILIES:
        raise UsageError(f"unknown family '{family}'; {nearest(family, registry.FAMILIES)}")
    chosen = [family] if family else sorted(registry.FAMILIES)
    found = [_described(f, name) for f in chosen for name in registry.names(f)]
    if as_json:
        print_json(found)
        return
    for one in chosen:
        print_entries(one, [_entry(d) for d in found if d["family"] == one])


def _entry(plugin: dict[str, Any]) -> tuple[str, str, str]:
    """Return the lines that a person reads of a plugin."""
    given = ", ".join(f"{k} = {_word(v)}" for k, v in plugin["parameters"].items())
    words = [f"{k}: {_word(plugin[k])}" for k in _DECLARED if k in plugin]
    return "", f"{plugin['name']}: {plugin['about']}", "; ".join(filter(None, [given, *words]))


def _word(value: object) -> str:
    """Return a value as text, the entries of a list separated by blanks."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value)) or "none"
    return '""' if value == "" else str(value)


def _described(family: str, name: str) -> dict[str, Any]:
    """Return a plugin's name, first sentence, parameters with defaults, and declarations."""
    from evalkit.core import registry

    cls = registry.find(family, name)
    return {
        "family": family,
        "name": name,
        "about": (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " "),
        "parameters": {f.name: _default(f) for f in fields(cls) if f.init},
    } | _declared(cls)


def _default(field: Field[Any]) -> object:
    """Return the default of a parameter, the word `required` where it has none."""
    if field.default is not MISSING:
        return field.default
    return "required" if field.default_factory is MISSING else field.default_factory()


def _declared(cls: type[Any]) -> dict[str, object]:
    """Return what a plugin says of itself, as far as that can be known without parameters."""
    try:
        made = cls()
    except (TypeError, EvalkitError):
        made = cls
    found = {key: getattr(made, key, None) for key in _DECLARED}
    return {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key, value in found.items()
        if isinstance(value, (str, tuple, frozenset))
    }


def schema() -> None:
    """Print the JSON Schema of suite files.

    Editors that know it complete and check suites as they are typed.
    """
    from evalkit import suite

    typer.echo(suite.json_schema(), nl=False)

"""list and schema: what evalkit knows."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field, asdict, fields
from typing import Annotated, Any, Literal

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.output import print_entries, print_json, print_table
from evalkit.core.errors import EvalkitError, UsageError, nearest

_FAMILIES = "metrics, prepare, probes, providers, readers, search, tasks, transforms"
_DECLARED = ("sizes", "modalities", "nested", "sides", "may_break", "better", "unit", "range")
_MODALITIES = ("text", "image", "document", "audio", "video", "mixed")
_HERE = "this computer"
_OF_ITS_MODEL = "by parameter"


def list_plugins(
    family: Annotated[
        str,
        typer.Argument(help=f"One of {_FAMILIES}; all where left out.", show_default=False),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List models, probes, metrics and other plugins.

    Each with its first sentence, its parameters with their defaults, and what it declares: a
    model's modalities, sizes and limits, sides of a probe, range of a metric.
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
        mine = [d for d in found if d["family"] == one]
        if one == "providers":
            _print_providers(mine)
        else:
            print_entries(one, [_entry(d) for d in mine])


def _entry(plugin: dict[str, Any]) -> tuple[str, str, str]:
    """Return the lines that a person reads of a plugin."""
    given = _given(plugin["parameters"])
    words = [f"{k}: {_word(plugin[k])}" for k in _DECLARED if k in plugin]
    return "", f"{plugin['name']}: {plugin['about']}", "; ".join(filter(None, [given, *words]))


def _given(parameters: dict[str, object]) -> str:
    """Return parameters with their defaults as text."""
    return ", ".join(f"{name} = {_word(value)}" for name, value in parameters.items())


def _word(value: object) -> str:
    """Return a value as text, the entries of a list separated by blanks."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value)) or "none"
    return '""' if value == "" else str(value)


def _print_providers(found: list[dict[str, Any]]) -> None:
    """Print a table of embedding models, and below it what is too long for a table."""
    head = ("name", "takes", "sizes", "nested", "retires")
    rows = [_row(one) for plugin in found for one in (plugin, *plugin["others"])]
    print_table("providers", head, rows)
    shared = _shared([d["parameters"] for d in found if "endpoint" in d["parameters"]])
    print_entries("", [_details(plugin, shared) for plugin in found])
    if shared:
        print_entries("", [("", "Parameters of everything that has an endpoint:", _given(shared))])


def _row(plugin: dict[str, Any]) -> tuple[str, ...]:
    """Return a provider's row of the table, which fits into 100 columns."""
    takes = [kind for kind in _MODALITIES if kind in plugin["modalities"]]
    words = "anything" if len(takes) == len(_MODALITIES) else _word(takes)
    sizes = _word(plugin["sizes"]) if plugin["sizes"] else _OF_ITS_MODEL
    nested = "?" if plugin["nested"] == "unknown" else plugin["nested"]
    name = "  ".join(("", *plugin["with"].values())) if "with" in plugin else plugin["name"]
    return name, words if takes else _OF_ITS_MODEL, sizes, nested, plugin["retires"]


def _details(plugin: dict[str, Any], shared: dict[str, object]) -> tuple[str, str, str]:
    """Return a provider's first sentence, then where it runs, its limits and its parameters."""
    words = [f"runs on {_HERE}" if _here(plugin) else f"served by {plugin['service']}"]
    if plugin["switch"]:
        words.append(f"queries are told from documents by {plugin['switch']}")
    if plugin["per_call"] is not None:
        words.append(_a_call(plugin))
    limits = [f"{kind}: {most}" for kind, most in plugin["limits"].items()]
    given = _given({k: v for k, v in plugin["parameters"].items() if k not in shared})
    lines = ("; ".join(words), *limits, given and f"parameters: {given}")
    return "", f"{plugin['name']}: {plugin['about']}", "\n  ".join(filter(None, lines))


def _a_call(plugin: dict[str, Any]) -> str:
    """Return how many items a provider sends in a call, and with which parameters that differs."""
    usual, different = _items(plugin), dict[str, list[str]]()
    for other in plugin["others"]:
        if (items := _items(other)) != usual:
            different.setdefault(items, []).append(_word(tuple(other["with"].values())))
    told = "; ".join(f"{', '.join(names)}: {items}" for items, names in different.items())
    return f"{usual} a call" + (f" ({told})" if told else "")


def _items(one: dict[str, Any]) -> str:
    """Return the items of a call as words, with the modalities of which it takes fewer."""
    most = one["per_call"]
    words = ["one item" if most == 1 else f"up to {most} items"]
    words += [f"{n} {kind}" + "s" * (n > 1) for kind, n in one["per_call_of"].items()]
    return " or ".join(words)


def _here(plugin: dict[str, Any]) -> bool:
    """Return whether a provider needs no service."""
    return bool(plugin["service"] == _HERE)


def _shared(parameters: list[dict[str, object]]) -> dict[str, object]:
    """Return the parameters that all of several plugins have with the same default."""
    first, *others = parameters or [{}]
    return {
        name: value
        for name, value in first.items()
        if others and all(name in other and other[name] == value for other in others)
    }


def _described(family: str, name: str) -> dict[str, Any]:
    """Return a plugin's name, first sentence, parameters with defaults, and declarations."""
    from evalkit.core import registry

    cls = registry.find(family, name)
    found = {
        "family": family,
        "name": name,
        "about": (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " "),
        "parameters": {f.name: _default(f) for f in fields(cls) if f.init and f.name[0] != "_"},
    }
    facts = _facts(cls) if family == "providers" else {}
    facts |= _promised(cls) if family == "probes" else {}
    others = [_other(cls, name, given) for given in facts.get("others", ())]
    more = {"others": others} if family == "providers" else {}
    return found | facts | _declared(_made(cls)) | more


def _other(cls: type[Any], name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return what a provider is with other parameters: `with` them, as far as that differs."""
    made = _made(cls, given)
    facts = {key: getattr(made.facts, key) for key in ("per_call", "per_call_of", "retires")}
    return {"name": name, "with": given, **facts, **_declared(made)}


def _facts(cls: type[Any]) -> dict[str, Any]:
    """Return what is known of an embedding model, with a value for everything the table shows."""
    known: dict[str, Any] = {"sizes": (), "modalities": [], "nested": "unknown"}
    facts = getattr(cls, "facts", None)
    if facts is None:
        here: dict[str, Any] = {
            "service": _HERE,
            "limits": {},
            "switch": "",
            "per_call": None,
            "per_call_of": {},
            "retires": "",
            "others": (),
        }
        return known | here
    return known | asdict(facts)


def _promised(cls: type[Any]) -> dict[str, Any]:
    """Return the share of items that a probe changes, and whether its severities rise in effect."""
    return {"changes": cls.changes, "ordered": getattr(cls, "ordered", True)}


def _default(field: Field[Any]) -> object:
    """Return the default of a parameter, the word `required` where it has none."""
    if field.default is not MISSING:
        return field.default
    return "required" if field.default_factory is MISSING else field.default_factory()


def _made(cls: type[Any], given: dict[str, Any] | None = None) -> Any:
    """Return a plugin with given parameters, and defaults for all others that have some."""
    try:
        return cls(**given or {})
    except (TypeError, EvalkitError):
        return object.__new__(cls)  # with its defaults, and without what has none


def _declared(made: object) -> dict[str, object]:
    """Return what a plugin says of itself, as far as that can be known."""
    found = {key: _told(made, key) for key in _DECLARED}
    return {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key, value in found.items()
        if isinstance(value, (str, tuple, frozenset))
    }


def _told(plugin: object, key: str) -> object:
    """Return what a plugin says, None where that takes parameters which were not given."""
    try:
        return getattr(plugin, key, None)
    except (TypeError, LookupError, EvalkitError):
        return None


def schema(
    of: Annotated[
        Literal["suite", "run"],
        typer.Option("--of", help="A suite file, or the run.json of a stored run."),
    ] = "suite",
) -> None:
    """Print the JSON Schema of suite files, or of stored runs.

    Editors that know it complete and check suites as they are typed; programs that read run.json
    check what they were given.
    """
    from evalkit import suite
    from evalkit.archive.schema import run_schema

    typer.echo(run_schema() if of == "run" else suite.json_schema(), nl=False)

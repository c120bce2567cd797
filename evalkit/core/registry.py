"""Finds plugins by family and name: one file in the family's folder is all an addition needs.

    @plugin("probes", "typos")
    @dataclass(frozen=True, slots=True)
    class Typos:
        ...

The folder `evalkit/<family>` is scanned on first use; other packages announce theirs through the
entry-point group `evalkit.<family>`, each entry point naming a module to import.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import entry_points
from typing import Any, TypeVar

from evalkit.core.errors import UsageError, nearest

FAMILIES = ("providers", "search", "probes", "metrics", "tasks", "readers", "prepare", "transforms")

_known: dict[str, dict[str, type[Any]]] = {family: {} for family in FAMILIES}
T = TypeVar("T", bound=type[Any])


def plugin(family: str, name: str) -> Callable[[T], T]:
    """Register the decorated class as `name` in a family; the name is what suites write."""

    def register(cls: T) -> T:
        other = _known[family].get(name)
        if other is not None and (other.__module__, other.__qualname__) != (
            cls.__module__,
            cls.__qualname__,
        ):
            raise UsageError(f"Two {family} are called '{name}': {other} and {cls}; rename one.")
        _known[family][name] = cls
        return cls

    return register


@cache
def _scan(family: str) -> None:
    """Import every public module of the family's folder, then what other packages announce."""
    package = importlib.import_module(f"evalkit.{family}")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"evalkit.{family}.{module.name}")
    for entry in entry_points(group=f"evalkit.{family}"):
        entry.load()


def names(family: str) -> tuple[str, ...]:
    """Return the names of a family's plugins, sorted."""
    _scan(family)
    return tuple(sorted(_known[family]))


def find(family: str, name: str) -> type[Any]:
    """Return the class registered under a name; raises UsageError naming the nearest one."""
    if name not in names(family):
        raise UsageError(f"unknown {family.rstrip('s')} '{name}'; {nearest(name, names(family))}")
    return _known[family][name]


def create(family: str, name: str, **params: Any) -> Any:
    """Return an instance with the given parameters; raises UsageError for unknown ones."""
    cls = find(family, name)
    known = [f.name for f in fields(cls) if f.init]
    for key in params:
        if key not in known:
            raise UsageError(f"'{name}' has no parameter '{key}'; {nearest(key, known)}")
    return cls(**params)


_METRIC = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)(?:@(?P<k>[1-9][0-9]{0,5}))?(?:\[(?P<of>[^\[\]@]+)\])?"
)


def metric(text: str, params: Mapping[str, Any] | None = None) -> Any:
    """Return the metric that a whole name such as `ndcg@10`, `map` or `skew@10[female]` means.

    What stands in brackets is the parameter that the metric names in `brackets`. Raises UsageError
    for an unknown name, a cut-off or brackets where there are none, or a missing cut-off.
    """
    match = _METRIC.fullmatch(text)
    if match is None:
        raise UsageError(f"'{text}' is no metric name; write it like ndcg@10, recall@5 or map.")
    name, k = match["name"], match["k"]
    if name not in names("metrics"):
        shown = {f"{n}@{k}" if k and _takes_k(n) else n for n in names("metrics")}
        raise UsageError(f"unknown metric '{text}'; {nearest(text, shown)}")
    if k and not _takes_k(name):
        raise UsageError(f"the metric '{name}' has no cut-off; write '{name}' instead of '{text}'.")
    if not k and _needs_k(name):
        raise UsageError(f"the metric '{name}' needs a cut-off; write for example '{name}@10'.")
    within = getattr(_known["metrics"][name], "brackets", "")
    if match["of"] and not within:
        raise UsageError(f"the metric '{name}' takes nothing in brackets; write '{name}' alone.")
    given = {within: match["of"]} if match["of"] else {}
    return create("metrics", name, **({"k": int(k)} if k else {}), **{**(params or {}), **given})


def _takes_k(name: str) -> bool:
    """Return whether a metric has a cut-off."""
    return any(f.name == "k" for f in fields(_known["metrics"][name]))


def _needs_k(name: str) -> bool:
    """Return whether a metric cannot do without a cut-off: its field `k` has no default."""
    from dataclasses import MISSING

    return any(f.name == "k" and f.default is MISSING for f in fields(_known["metrics"][name]))
